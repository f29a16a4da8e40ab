package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Holes and promises over more extents than one transaction takes, and what interrupts them. */
class RangeChangeTest extends VolumeFixture {
  private static final int PIECE = 4096;

  /** More steps than a journal of 64 KiB holds. */
  private static final int MANY = 1200;

  private static final int FEW = 100;
  private static final int FROM = 100;
  private static final Set<FallocateMode> CLEARING =
      EnumSet.complementOf(EnumSet.of(FallocateMode.ALLOCATE, FallocateMode.KEEP_SIZE));
  private static final Set<FallocateMode> EXTENDING =
      EnumSet.of(FallocateMode.ALLOCATE, FallocateMode.ZERO_RANGE);

  private final ScarceSpace space = new ScarceSpace();
  private long inode;
  private byte[] content;
  private int end;

  RangeChangeTest() {
    super(5);
  }

  /** A file of many pieces with holes between them, in a checkpoint. */
  private void make(int pieces) throws IOException {
    format(16 << 20, 64 << 10, 8192);
    open(manual().allocationFault(space));
    inode = create("file");
    content = new byte[2 * PIECE * pieces];
    end = content.length + 5000;
    for (int i = 0; i < pieces; i++) {
      byte[] piece = noise(PIECE);
      System.arraycopy(piece, 0, content, (2 * i + 1) * PIECE, PIECE);
      volume.write(inode, (2L * i + 1) * PIECE, ByteBuffer.wrap(piece));
      volume.sync();
    }
    volume.checkpoint();
  }

  /** What a file shows and takes. */
  private record State(int size, int hash, long units) {
    static State of(Volume volume, long inode) throws IOException {
      Attributes attributes = volume.attributes(inode);
      ByteBuffer found = ByteBuffer.allocate((int) attributes.size());
      volume.read(inode, 0, found);
      assertEquals(0, found.remaining());
      return new State(found.capacity(), Arrays.hashCode(found.array()), attributes.blocks());
    }
  }

  private void assertChanged(FallocateMode mode) throws IOException {
    byte[] expected = Arrays.copyOf(content, EXTENDING.contains(mode) ? end : content.length);
    if (CLEARING.contains(mode)) {
      Arrays.fill(expected, FROM, expected.length, (byte) 0);
    }
    assertArrayEquals(expected, read(volume, inode));
  }

  /** Promises space until there is none. */
  private void fillUp(long filler) throws IOException {
    for (long at = 0; ; at += 64 << 10) {
      volume.fallocate(filler, FallocateMode.ALLOCATE, at, 64 << 10);
    }
  }

  @ParameterizedTest
  @EnumSource(FallocateMode.class)
  void crashLeavesAllOrNothing(FallocateMode mode) throws IOException {
    make(MANY);
    State before = State.of(volume, inode);
    List<MemoryDevice> crashed = new ArrayList<>();
    tapped.beforeWrite(() -> crashed.add(device.fork()));
    volume.fallocate(inode, mode, FROM, end - FROM);
    volume.sync();
    tapped.beforeWrite(TappedDevice.Tap.NONE);
    crashed.add(device.fork());
    assertChanged(mode);
    State after = State.of(volume, inode);
    assertTrue(crashed.size() > 5, "not in steps: " + crashed.size());
    Set<State> seen = new HashSet<>();
    long unfinished = 0;
    for (MemoryDevice image : crashed) {
      unfinished += CleanImage.assertClean(image).totals().orphans();
      State read = readOnly(image);
      State found;
      try (Volume again = opened(image)) {
        found = State.of(again, inode);
      }
      assertTrue(found.equals(before) || found.equals(after), () -> found + " is half done");
      assertEquals(found.hash, read.hash);
      assertEquals(found.size, read.size);
      CleanImage.assertClean(image);
      seen.add(found);
    }
    assertEquals(Set.of(before, after), seen);
    assertTrue(unfinished > 0, "no checkpoint between two steps");
  }

  private State readOnly(BlockDevice image) throws IOException {
    try (Volume readOnly = Volume.open(image, VolumeOptions.builder().readOnly(true).build())) {
      return State.of(readOnly, inode);
    }
  }

  @ParameterizedTest
  @EnumSource(FallocateMode.class)
  void noSpaceIsFoundBeforeAnythingChanges(FallocateMode mode) throws IOException {
    make(FEW);
    State before = State.of(volume, inode);
    boolean done = false;
    for (long requests = 0; !done; requests += 1 + requests / 8) {
      done = space.suffices(requests, () -> volume.fallocate(inode, mode, FROM, end - FROM));
      if (done) {
        assertChanged(mode);
      } else {
        assertEquals(before, State.of(volume, inode));
      }
    }
    volume.checkpoint(); // Goes on with what an injected refusal has stopped.
    assertChanged(mode);
    if (mode != FallocateMode.PUNCH_HOLE) {
      assertTrue(volume.attributes(inode).blocks() >= (end - FROM) / 512, "promised");
    }
    closeAndCheck();
  }

  @ParameterizedTest
  @EnumSource(
      value = FallocateMode.class,
      names = {"ALLOCATE", "KEEP_SIZE"})
  void promisesThatDoNotFitAreRefusedAsAWhole(FallocateMode mode) throws IOException {
    make(FEW);
    long filler = create("filler");
    assertThrows(FsException.class, () -> fillUp(filler));
    State before = State.of(volume, inode);
    FsException refused =
        assertThrows(FsException.class, () -> volume.fallocate(inode, mode, FROM, end - FROM));
    assertEquals(Fault.NO_SPACE, refused.fault());
    assertEquals(before, State.of(volume, inode));
    volume.fallocate(inode, FallocateMode.PUNCH_HOLE, FROM, end - FROM);
    assertChanged(FallocateMode.PUNCH_HOLE);
    closeAndCheck();
  }
}
