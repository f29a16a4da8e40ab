package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.volume.CleanImage.assertClean;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;

/** Copies that share what they should not, do not share what they should, or count it wrong. */
class CopySharingTest extends ModelFixture {
  /** What the trees may take more for it. */
  private static final long METADATA = 96 << 10;

  CopySharingTest() {
    super(17);
  }

  @BeforeEach
  void makeVolume() throws IOException {
    makeVolume(64 << 20, 0);
  }

  private void makeVolume(long size, long journal) throws IOException {
    abandon();
    model.clear();
    format(size, journal, 8 << 10);
    open();
  }

  /** Copies, as much at a time as one call does. */
  private void copy(String from, int offset, String to, int at, int length) throws IOException {
    int wanted = Math.min(length, model.get(from).length - offset);
    byte[] bytes = Arrays.copyOfRange(model.get(from), offset, offset + wanted);
    model.put(to, overwritten(model.get(to), at, bytes));
    for (int done = 0; done < wanted; ) {
      long count =
          volume.copyRange(inode(from), offset + done, inode(to), at + done, length - done);
      assertTrue(count > 0, "nothing copied");
      done += (int) count;
    }
  }

  private void copyOf(String from, String to) throws IOException {
    create(to, new byte[0]);
    copy(from, 0, to, 0, model.get(from).length);
  }

  private void assertUsed(long expected, String what) throws IOException {
    long used = used();
    assertTrue(
        Math.abs(used - expected) <= METADATA, () -> what + ": " + used + " used, not " + expected);
  }

  @Test
  void aCopyTakesTheSpaceAgainOrKeepsIt() throws IOException {
    create("empty", new byte[0]);
    long empty = used();
    create("f", noise(20 * CHUNK + 700));
    long one = used();
    assertTrue(one > empty + 20 * CHUNK);
    copyOf("f", "g");
    copyOf("g", "h");
    assertUsed(one, "three files with the same content");
    verifyThroughout();
    unlink("f");
    assertUsed(one, "two are left");
    unlink("g");
    assertUsed(one, "one is left");
    verifyThroughout();
    unlink("h");
    assertUsed(empty, "none is left");
    verifyThroughout();
  }

  @Test
  void littleThatIsStoredIsQuickToCopy() throws IOException {
    create("f", noise(9 * CHUNK));
    long file = inode("f");
    assertFalse(volume.isQuickToCopy(file, CHUNK), "has to be stored first");
    volume.fsync(file, false);
    assertTrue(volume.isQuickToCopy(file, CHUNK));
    assertFalse(volume.isQuickToCopy(file, Long.MAX_VALUE), "long");
    create("g", noise(CHUNK));
    volume.fsync(inode("g"), false);
    assertTrue(volume.isQuickToCopy(inode("g"), Long.MAX_VALUE), "ends soon");
    assertThrows(FsException.class, () -> volume.isQuickToCopy(4711, CHUNK));
    volume.close();
    open();
    assertTrue(volume.isQuickToCopy(file, CHUNK), "not in memory");
  }

  @Test
  void whatACopyReplacesIsNotFreed() throws IOException {
    create("f", noise(8 * CHUNK));
    long one = used();
    create("g", noise(8 * CHUNK));
    long two = used();
    copy("f", 0, "g", 0, 8 * CHUNK);
    assertUsed(one, "the target's old content is gone");
    copy("f", 0, "g", 0, 8 * CHUNK);
    copy("g", 0, "f", 0, 8 * CHUNK);
    assertUsed(one, "copied onto itself");
    write("g", 0, noise(8 * CHUNK));
    assertUsed(two, "each has its own again");
    verifyThroughout();
  }

  @ParameterizedTest
  @CsvSource({
    "f, write", "f, fsync", "f, truncate", "f, punch", "f, unlink", "f, promise", "f, copy",
    "g, write", "g, fsync", "g, truncate", "g, punch", "g, unlink", "g, promise", "g, copy"
  })
  void aChangeOfOneFileShowsInTheOther(String file, String what) throws IOException {
    create("f", noise(3 * CHUNK + 5000));
    create("other", noise(2 * CHUNK));
    volume.sync();
    create("g", noise(CHUNK));
    copy("f", 1000, "g", 70_000, 2 * CHUNK);
    verify();
    switch (what) {
      case "write" -> write(file, 90_000, noise(100_000));
      case "fsync" -> {
        write(file, 100_000, noise(600));
        volume.fsync(inode(file), false);
      }
      case "truncate" -> truncate(file, 150_001);
      case "punch" -> punch(file, 100_000, 200_000);
      case "unlink" -> unlink(file);
      case "promise" -> {
        volume.fallocate(inode(file), FallocateMode.ZERO_RANGE, 80_000, 100_000);
        Arrays.fill(model.get(file), 80_000, 180_000, (byte) 0);
      }
      default -> copy("other", 300, file, 110_000, CHUNK);
    }
    verifyThroughout();
    volume.compact();
    verifyThroughout();
  }

  @Test
  void dataThatWaitsIsLeftOutOfTheCopy() throws IOException {
    create("f", noise(6 * CHUNK));
    volume.sync();
    write("f", 2 * CHUNK + 100, noise(3000));
    write("f", 6 * CHUNK, noise(3 * CHUNK));
    long before = used();
    write("f", 50_000, noise(2 * CHUNK));
    copyOf("f", "g");
    assertUsed(before + CHUNK, "what was rewritten is stored once, one old chunk is gone");
    verifyThroughout();
  }

  @Test
  void aSmallNewFileIsTornFromItsPack() throws IOException {
    for (int i = 0; i < 8; i++) {
      create("f" + i, noise(6000));
      copyOf("f" + i, "g" + i);
    }
    volume.sync();
    verifyThroughout();
  }

  @Test
  void dataOfTheTargetThatWaitsComesBack() throws IOException {
    create("f", noise(4 * CHUNK));
    volume.sync();
    create("g", noise(CHUNK));
    volume.sync();
    write("g", 1000, noise(3000)); // Before the range.
    write("g", 100_000, noise(100_000)); // Into it, beyond the recorded size.
    write("g", 2 * CHUNK, noise(5000)); // Within.
    write("g", 5 * CHUNK, noise(5000)); // After it.
    copy("f", 0, "g", CHUNK + 300, 3 * CHUNK);
    verifyThroughout();
    write("g", 2 * CHUNK, noise(9000));
    copy("f", 0, "g", CHUNK, 2 * CHUNK);
    write("g", 2 * CHUNK + 500, noise(100));
    verifyThroughout();
  }

  @Test
  void aCrashShowsTheSizeWithoutTheDataBeforeIt() throws IOException {
    create("f", noise(2 * CHUNK));
    create("g", new byte[0]);
    volume.sync();
    write("g", 0, noise(70_000));
    copy("f", 0, "g", 70_000, 2 * CHUNK);
    create("later", new byte[0]);
    volume.fsync(inode("later"), false); // Commits what came before.
    assertEquals(0, volume.attributes(inode("later")).size());
    MemoryDevice crashed = device.fork();
    try (Volume again = opened(crashed)) {
      assertArrayEquals(model.get("g"), read(again, inode("g")));
    }
    verifyThroughout();
  }

  @Test
  void holesAndPromisesAreFilled() throws IOException {
    create("f", noise(6 * CHUNK));
    punch("f", 10_000, 3 * CHUNK);
    volume.fallocate(inode("f"), FallocateMode.ALLOCATE, CHUNK, CHUNK);
    truncate("f", 9 * CHUNK);
    long before = used();
    create("g", noise(9 * CHUNK));
    volume.fallocate(inode("g"), FallocateMode.KEEP_SIZE, 8 * CHUNK, 4 * CHUNK);
    volume.sync();
    copy("f", 0, "g", 0, 9 * CHUNK);
    assertUsed(before, "nothing of the target's is left");
    assertEquals(10_000, volume.seekHole(inode("g"), 0));
    assertEquals(3 * CHUNK, volume.seekData(inode("g"), 10_000));
    assertEquals(6 * CHUNK, volume.seekHole(inode("g"), 3 * CHUNK));
    verifyThroughout();
    create("sparse", new byte[0]);
    truncate("sparse", 3 * CHUNK);
    copy("sparse", 0, "g", CHUNK, 2 * CHUNK);
    copy("sparse", 0, "g", 10 * CHUNK, 2 * CHUNK);
    verifyThroughout();
  }

  @Test
  void aFileCopiedIntoItselfIsCountedOnce() throws IOException {
    create("f", noise(2 * CHUNK));
    long before = used();
    for (int i = 2; i < 40; i += 2) {
      copy("f", (i - 2) * CHUNK, "f", i * CHUNK, 2 * CHUNK);
    }
    assertUsed(before, "twenty times the same");
    copy("f", 0, "f", CHUNK / 2, CHUNK / 2); // Within one chunk.
    copy("f", 5000, "f", 39 * CHUNK, 3 * CHUNK);
    verifyThroughout();
    create("g", noise(CHUNK)); // One that nothing else refers to.
    volume.sync();
    copy("g", 100, "g", 60_000, 50_000);
    copy("g", 60_000, "g", 0, 4096);
    verifyThroughout();
    write("g", 0, noise(CHUNK));
    truncate("f", 100);
    verifyThroughout();
  }

  @Test
  void manyShortExtentsMakeManyMore() throws IOException {
    create("f", new byte[0]);
    for (int i = 0; i < 300; i++) {
      write("f", i * 900, noise(900));
      volume.fsync(inode("f"), false);
    }
    volume.checkpoint();
    long extents = assertClean(device.fork()).totals().extents();
    assertTrue(extents >= 300, extents + " extents");
    copyOf("f", "g");
    volume.sync();
    volume.checkpoint();
    assertTrue(assertClean(device.fork()).totals().extents() < extents + 10);
    verifyThroughout();
  }

  @Test
  void aCopyOfManyExtentsIsTooMuchForTheJournal() throws IOException {
    makeVolume(16 << 20, 64 << 10);
    int pieces = 500;
    create("f", new byte[0]);
    for (int i = 0; i < pieces; i++) {
      write("f", i * 8192, noise(4096));
      volume.sync();
    }
    create("g", noise(3000));
    volume.sync();
    for (int i = 1; i < pieces; i += 3) {
      write("g", i * 8192 + 700, noise(2000));
      volume.sync();
    }
    volume.checkpoint();
    byte[] old = model.get("g");
    int first = 4096;
    List<MemoryDevice> crashed = new ArrayList<>();
    tapped.beforeWrite(() -> crashed.add(device.fork()));
    copy("f", 0, "g", first, pieces * 8192);
    volume.sync();
    tapped.beforeWrite(TappedDevice.Tap.NONE);
    crashed.add(device.fork());
    TreeSet<Integer> lengths = new TreeSet<>();
    for (MemoryDevice image : crashed) {
      assertClean(image);
      try (Volume again = opened(image)) {
        assertArrayEquals(model.get("f"), read(again, inode("f")));
        lengths.add(copied(read(again, inode("g")), old, first));
      }
      assertClean(image);
    }
    assertEquals(model.get("f").length, lengths.last());
    assertTrue(lengths.size() > 3, "not in steps: " + lengths);
    verifyThroughout();
  }

  /** How much has been copied of what is between old and new; it must be a beginning. */
  private int copied(byte[] found, byte[] old, int first) {
    byte[] done = model.get("g");
    byte[] before = Arrays.copyOf(old, done.length);
    byte[] now = Arrays.copyOf(found, done.length);
    int common = Arrays.mismatch(now, done);
    int until = common < 0 ? done.length : common;
    for (int at = until; at < done.length; at++) {
      assertEquals(before[at], now[at], "neither old nor new");
    }
    return until - first;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPackIsKeptForWhatWasCopied(boolean originalsGo) throws IOException {
    int files = 120;
    for (int i = 0; i < files; i++) {
      create("f" + i, noise(5000 + i));
    }
    long before = used();
    for (int i = 0; i < files; i++) {
      copyOf("f" + i, "g" + i);
    }
    assertUsed(before, "all twice");
    for (int i = 0; i < files; i++) {
      if (originalsGo) {
        unlink("f" + i);
      }
      if (i % 8 != 0) {
        unlink("g" + i);
        model.remove("g" + i);
        if (!originalsGo) {
          unlink("f" + i);
        }
      }
    }
    verify();
    Compaction done = volume.compact();
    assertTrue(done.packs() > 0, done.toString());
    assertUsed(before - files * 7L / 8 * 5000, "an eighth is left, each of it once");
    verifyThroughout();
  }

  @Test
  void whatIsLeftOfAChunkKeepsAllOfIt() throws IOException {
    create("f", noise(40 * CHUNK));
    long before = used();
    create("g", new byte[0]);
    for (int i = 0; i < 40; i++) {
      copy("f", i * CHUNK + 5000, "g", i * 8192, 8192);
    }
    unlink("f");
    assertTrue(volume.compact().complete());
    assertUsed(before - 40L * (CHUNK - 8192), "what is left of each chunk");
    verifyThroughout();
  }

  @Test
  void mergingMakesCopiesTakeSpace() throws IOException {
    create("f", noise(8 * CHUNK));
    volume.sync();
    copyOf("f", "g");
    for (int i = 0; i < 40; i++) {
      write("g", random.nextInt(8 * CHUNK - 4096), noise(4096));
      volume.sync();
    }
    long before = used();
    assertTrue(volume.compact().complete());
    assertTrue(used() <= before + METADATA, "compaction has made it larger");
    verifyThroughout();
  }

  @Test
  void aCopyIsFasterThanTheRepacker() throws IOException {
    for (int i = 0; i < 18; i++) {
      create("f" + i, noise(6000));
    }
    create("g", new byte[0]);
    volume.sync();
    for (int i = 4; i < 18; i++) {
      unlink("f" + i);
    }
    long before = used();
    Interruption interruption = interruptible();
    assertEquals(0, compactDuring(interruption, () -> copy("f2", 0, "g", 0, 6000)).packs());
    assertUsed(before, "the old pack is still needed");
    verifyThroughout();
    assertEquals(1, volume.compact().packs());
    verifyThroughout();
  }

  @Test
  void aCopyIsFasterThanTheMerger() throws IOException {
    create("f", noise(CHUNK));
    create("g", new byte[0]);
    volume.sync();
    punch("f", 20_000, CHUNK - 20_000); // What is left at both ends shares the chunk.
    long before = used();
    Interruption interruption = interruptible();
    assertEquals(0, compactDuring(interruption, () -> copy("f", 0, "g", 0, 20_000)).windows());
    assertUsed(before, "the old chunk is still needed");
    verifyThroughout();
  }

  @Test
  void flagsAreDisobeyed() throws IOException {
    create("f", noise(2 * CHUNK));
    create("log", noise(CHUNK));
    create("fixed", noise(CHUNK));
    volume.sync();
    volume.change(inode("log"), new AttributeChange().flags(InodeRecord.APPEND));
    volume.change(inode("fixed"), new AttributeChange().flags(InodeRecord.IMMUTABLE));
    for (String target : new String[] {"log", "fixed"}) {
      long inode = inode(target);
      FsException refused =
          assertThrows(
              FsException.class, () -> volume.copyRange(inode("f"), 0, inode, 1000, CHUNK));
      assertEquals(Fault.NOT_PERMITTED, refused.fault());
    }
    copy("f", 0, "log", CHUNK, 2 * CHUNK);
    copyOf("fixed", "g");
    verifyThroughout();
  }

  @Test
  void theTimesOfTheSourceChangeOrThoseOfTheTargetDoNot() throws IOException {
    create("f", noise(CHUNK));
    create("g", noise(2 * CHUNK));
    volume.sync();
    AttributeChange old = new AttributeChange().mtime(new org.razorfs.layout.Timestamp(5, 0));
    volume.change(inode("f"), old);
    volume.change(inode("g"), old);
    Attributes source = volume.attributes(inode("f"));
    Attributes target = volume.attributes(inode("g"));
    copy("f", 0, "g", 0, CHUNK);
    assertEquals(source, volume.attributes(inode("f")));
    assertNotEquals(target.mtime(), volume.attributes(inode("g")).mtime());
    assertNotEquals(target.ctime(), volume.attributes(inode("g")).ctime());
    assertEquals(target.size(), volume.attributes(inode("g")).size());
    assertEquals(target.blocks(), volume.attributes(inode("g")).blocks());
    write("g", 2 * CHUNK, noise(5000)); // Which brings its own times when it is stored.
    target = volume.attributes(inode("g"));
    copy("f", 0, "g", CHUNK / 2, CHUNK);
    Attributes copied = volume.attributes(inode("g"));
    assertTrue(target.mtime().isBefore(copied.mtime()));
    volume.sync();
    assertEquals(copied.mtime(), volume.attributes(inode("g")).mtime());
    assertEquals(copied.ctime(), volume.attributes(inode("g")).ctime());
    verifyThroughout();
  }

  @Test
  void aFullVolumeRefusesACopyThatTakesNoSpace() throws IOException {
    makeVolume(16 << 20, 0);
    create("f", noise(16 * CHUNK));
    create("g", new byte[0]);
    volume.sync();
    create("filler", new byte[0]);
    for (int at = 0, piece = CHUNK; piece >= CHUNK / 2; ) {
      try {
        volume.write(inode("filler"), at, ByteBuffer.wrap(noise(piece)));
        volume.sync();
        at += piece;
      } catch (FsException e) {
        assertEquals(Fault.NO_SPACE, e.fault());
        piece /= 2;
      }
    }
    model.remove("filler");
    copy("f", 0, "g", 0, 16 * CHUNK);
    verifyThroughout();
    unlink("f");
    verifyThroughout();
    volume.unlink(Volume.ROOT, name("filler"));
    write("g", 0, noise(100));
    verifyThroughout();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 16})
  void aFullVolumeCannotStoreWhatReplacesManySharedChunks(int mib) throws IOException {
    makeVolume(mib << 20, 0);
    int pieces = CHUNK / 4096;
    create("f0", new byte[0]);
    for (int i = 0; i < pieces; i++) {
      write("f0", (i * 7 % pieces) * 4096, noise(4096));
      volume.sync();
    }
    for (int i = 1; i < 6; i++) {
      copyOf("f0", "f" + i);
    }
    volume.sync();
    create("filler", new byte[0]);
    fill("filler");
    int accepted = 0;
    for (int round = 0; round < 20; round++) {
      byte[] bytes = noise(random.nextInt(8192, CHUNK));
      String file = "f" + random.nextInt(6);
      try {
        write(file, random.nextInt(CHUNK - bytes.length + 1), bytes);
        accepted++;
      } catch (FsException e) {
        assertEquals(Fault.NO_SPACE, e.fault());
        truncate("filler", Math.max(0, model.get("filler").length - CHUNK));
      }
      volume.sync(); // What was accepted is stored.
    }
    assertTrue(accepted > 0, "nothing accepted");
    verifyThroughout();
    for (int i = 0; i < 6; i++) {
      unlink("f" + i);
    }
    verifyThroughout();
  }

  /** Writes until there is no space for 4 KiB. */
  private void fill(String name) throws IOException {
    for (int piece = CHUNK; piece >= 4096; ) {
      try {
        write(name, model.get(name).length, noise(piece));
        volume.sync();
      } catch (FsException e) {
        assertEquals(Fault.NO_SPACE, e.fault());
        piece /= 2;
      }
    }
  }

  @Test
  void copiersWritersAndCompactionMixContentUp() throws Exception {
    int files = 6;
    int blocks = 96;
    for (int i = 0; i < files; i++) {
      create("f" + i, tagged(i, blocks));
    }
    model.clear();
    volume.close();
    open(VolumeOptions.builder().workers(2));
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int seed = i;
        results.add(
            pool.submit(
                () -> {
                  work(new Random(seed), files, blocks);
                  return null;
                }));
      }
      Future<?> compacting =
          pool.submit(
              () -> {
                while (!over.get()) {
                  volume.compact();
                }
                return null;
              });
      try {
        for (Future<?> result : results) {
          result.get();
        }
      } finally {
        over.set(true);
      }
      compacting.get();
    } finally {
      pool.shutdown();
    }
    assertTagged(files, blocks);
    verifyThroughout();
    assertTagged(files, blocks);
  }

  /** Blocks of 4 KiB which each say where in a file they belong, and are all of one writing. */
  private static byte[] tagged(int writing, int blocks) {
    byte[] bytes = new byte[blocks * 4096];
    for (int block = 0; block < blocks; block++) {
      Random content = new Random(writing * 1000L + block);
      byte[] own = new byte[4096];
      content.nextBytes(own);
      own[0] = (byte) block;
      own[1] = (byte) writing;
      System.arraycopy(own, 0, bytes, block * 4096, 4096);
    }
    return bytes;
  }

  /** All go to the places they come from, so that each block always is one whole writing of it. */
  private void work(Random dice, int files, int blocks) throws IOException {
    for (int step = 0; step < 400; step++) {
      int first = dice.nextInt(blocks);
      int count = 1 + dice.nextInt(blocks - first);
      long target = inode("f" + dice.nextInt(files));
      if (dice.nextInt(3) == 0) {
        byte[] bytes = tagged(dice.nextInt(100), blocks);
        ByteBuffer part = ByteBuffer.wrap(bytes, first * 4096, Math.min(count, 8) * 4096);
        volume.write(target, first * 4096L, part);
        if (dice.nextInt(4) == 0) {
          volume.fsync(target, false);
        }
      } else {
        long source = inode("f" + dice.nextInt(files));
        if (source != target) {
          volume.copyRange(source, first * 4096L, target, first * 4096L, count * 4096L);
        }
      }
    }
  }

  private void assertTagged(int files, int blocks) throws IOException {
    for (int i = 0; i < files; i++) {
      byte[] content = read(volume, inode("f" + i));
      assertEquals(blocks * 4096, content.length);
      for (int block = 0; block < blocks; block++) {
        byte[] found = Arrays.copyOfRange(content, block * 4096, block * 4096 + 4096);
        byte[] expected = new byte[4096];
        new Random(found[1] * 1000L + block).nextBytes(expected);
        expected[0] = (byte) block;
        expected[1] = found[1];
        assertArrayEquals(expected, found, "f" + i + " block " + block);
      }
    }
  }
}
