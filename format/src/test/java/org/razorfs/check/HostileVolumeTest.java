package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Keys;
import org.razorfs.layout.TreeId;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.wire.Bytes;

/**
 * Images whose every CRC is right, and whose values are not, opened and used: nothing but named
 * faults comes out, and it ends.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileVolumeTest {
  private static final int TOTALS_AT = 248;

  private MemoryDevice image;

  @BeforeAll
  void make() throws IOException {
    image = SampleImage.make(16384);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void attempt(Work work) throws IOException {
    try {
      work.run();
    } catch (FsException e) {
      // Named, as it has to be.
    }
  }

  /** Does a little of everything; false where the image cannot be opened. */
  private static boolean use(MemoryDevice device, int choice) throws IOException {
    Volume volume;
    try {
      volume = Volume.open(device, SampleImage.options());
    } catch (FsException e) {
      return false;
    }
    try {
      Map<Long, byte[]> found = new LinkedHashMap<>();
      list(volume, Volume.ROOT, found);
      int number = choice;
      for (long inode : found.keySet()) {
        read(volume, inode);
        change(volume, inode, number++);
      }
      attempt(volume::checkpoint);
      for (byte[] name : found.values()) {
        attempt(() -> volume.unlink(Volume.ROOT, name));
      }
      attempt(volume::compact);
    } finally {
      attempt(volume::close);
    }
    return true;
  }

  private static void list(Volume volume, long directory, Map<Long, byte[]> found)
      throws IOException {
    List<Long> below = new ArrayList<>();
    attempt(
        () ->
            volume.readdir(
                directory,
                0,
                (name, inode, type, cookie) -> {
                  if (found.put(inode, name) == null && type == FileType.DIRECTORY >>> 12) {
                    below.add(inode);
                  }
                  return true;
                }));
    for (long inode : below) {
      list(volume, inode, found);
    }
  }

  private static void read(Volume volume, long inode) throws IOException {
    attempt(() -> volume.readlink(inode));
    for (long at : new long[] {0, 100_000, 900_000}) {
      attempt(() -> volume.read(inode, at, ByteBuffer.allocate(200_000)));
    }
    attempt(() -> volume.seekHole(inode, volume.seekData(inode, 0)));
    attempt(
        () -> {
          for (byte[] name : volume.listXattr(inode)) {
            volume.getXattr(inode, name);
          }
        });
  }

  private static void change(Volume volume, long inode, int number) throws IOException {
    switch (number % 6) {
      case 0 -> attempt(() -> volume.write(inode, 9_000, ByteBuffer.allocate(5_000)));
      case 1 -> attempt(() -> volume.change(inode, new AttributeChange().size(700)));
      case 2 -> attempt(() -> volume.fallocate(inode, FallocateMode.PUNCH_HOLE, 100, 100_000));
      case 3 -> attempt(() -> volume.fallocate(inode, FallocateMode.KEEP_SIZE, 0, 100_000));
      case 4 -> attempt(() -> volume.copyRange(inode, 0, inode, 1 << 20, 200_000));
      default -> attempt(() -> volume.change(inode, new AttributeChange().mode(0600)));
    }
  }

  /** One item of each type, and of each type of inode and kind of extent. */
  private Map<ImageEditor.Key, TreeId> samples() throws IOException {
    ImageEditor editor = new ImageEditor(image);
    Map<Integer, ImageEditor.Key> kinds = new LinkedHashMap<>();
    Map<ImageEditor.Key, TreeId> samples = new LinkedHashMap<>();
    for (TreeId tree : List.of(TreeId.INODES, TreeId.STRINGS, TreeId.CHUNKS)) {
      for (Map.Entry<ImageEditor.Key, byte[]> item : editor.items(tree).entrySet()) {
        byte[] value = item.getValue();
        int type = Keys.type(item.getKey().hi());
        int kind =
            type << 8
                | switch (type) {
                  case Keys.INODE -> Bytes.u8(value, 1) >>> 4;
                  case Keys.EXTENT -> value[0];
                  default -> 0;
                };
        if (value.length > 0 && kinds.putIfAbsent(kind, item.getKey()) == null) {
          samples.put(item.getKey(), tree);
        }
      }
    }
    assertTrue(samples.size() >= 12, samples::toString);
    return samples;
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE})
  @Tag("slow")
  void itemsOfExtremeValues(long extreme) throws IOException {
    int opened = 0;
    for (Map.Entry<ImageEditor.Key, TreeId> sample : samples().entrySet()) {
      ImageEditor sound = new ImageEditor(image);
      byte[] value = sound.items(sample.getValue()).get(sample.getKey());
      for (int at = 0; at < Math.min(value.length, 104); at += 4) {
        ImageEditor editor = new ImageEditor(image);
        for (int i = 0; i < 8 && at + i < value.length; i++) {
          editor.poke(sample.getValue(), sample.getKey(), at + i, (int) (extreme >>> (8 * i)));
        }
        opened += use(editor.rebuild().device(), at / 4) ? 1 : 0;
      }
    }
    assertTrue(opened > 100, opened + " opened");
  }

  @Test
  void linkWithATargetThatNoLinkCanHave() throws IOException {
    for (long size : new long[] {-1, 0, 4096, Long.MAX_VALUE}) {
      ImageEditor editor = new ImageEditor(image);
      long link = editor.inodeNamed("link");
      editor.inode(link, inode -> inode.size(size));
      try (Volume volume = Volume.open(editor.rebuild().device(), SampleImage.options())) {
        FsException e = assertThrows(FsException.class, () -> volume.readlink(link));
        assertEquals(Fault.CORRUPT, e.fault());
      }
    }
  }

  @Test
  void extentThatEndsBeyondAllOffsets() throws IOException {
    ImageEditor editor = new ImageEditor(image);
    long inode = editor.inodeNamed("promised");
    editor.put(inode, 8192, new ExtentRecord.Reserved(Long.MAX_VALUE));
    MemoryDevice device = editor.rebuild().device();
    try (Volume volume = Volume.open(device, SampleImage.options())) {
      FsException e =
          assertThrows(
              FsException.class, () -> volume.fallocate(inode, FallocateMode.KEEP_SIZE, 0, 9000));
      assertEquals(Fault.CORRUPT, e.fault());
      attempt(() -> volume.unlink(Volume.ROOT, SampleImage.bytes("promised")));
      volume.checkpoint();
    }
  }

  /** INV-SB-15 is lived with, and must not turn into INV-SB-10, with which nobody does. */
  @Test
  void volumeWithWrongTotalsIsUsedAndOpenedAgain() throws IOException {
    for (int field = 0; field < 5; field++) {
      int at = TOTALS_AT + 8 * field;
      for (long total : new long[] {0, 1, 2, 1000, Long.MAX_VALUE}) {
        MemoryDevice device =
            new ImageEditor(image).superblock(bytes -> Bytes.put64(bytes, at, total)).device();
        if (use(device, field)) {
          try (Volume again = Volume.open(device, SampleImage.options())) {
            // Where nothing counts as free, nothing is given.
            attempt(() -> again.create(Volume.ROOT, SampleImage.bytes("new"), 0644, Owner.ROOT, 0));
            attempt(again::sync);
          }
          Set<Problem> found = CleanImagesTest.check(device).counts().keySet();
          assertTrue(Set.of(Problem.SB_15).containsAll(found), found::toString);
        }
      }
    }
  }

  @Test
  void transactionsOfAnyMutation() throws IOException {
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      byte[] redo = new byte[300];
      random.nextBytes(redo);
      redo[0] = (byte) (1 + random.nextInt(15));
      Bytes.put64(redo, 1, random.nextInt(40));
      int length =
          switch (redo[0]) {
            case 1, 14 -> 113;
            case 2 -> 9;
            case 3 -> 26;
            case 4, 6 -> 17;
            case 11, 12 -> 13;
            case 13 -> 25;
            case 15 -> 53;
            default -> redo.length;
          };
      ImageEditor editor = new ImageEditor(image);
      editor.journal(record -> record, java.util.Arrays.copyOf(redo, length));
      refused += use(editor.device(), i) ? 0 : 1;
    }
    assertTrue(refused > 100, refused + " refused");
  }
}
