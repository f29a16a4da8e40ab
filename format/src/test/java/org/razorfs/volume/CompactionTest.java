package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.volume.CleanImage.assertClean;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.tx.Recovery;

/** Compaction that loses, mixes up or wastes what it moves. */
class CompactionTest extends ModelFixture {
  /** Windows of a file that is larger than what may wait. */
  private static final int CROWD = 32;

  /** A clock that stands still until it is moved on. */
  private static final class HandClock extends TestClock {
    private volatile Instant now = Instant.parse("2020-02-02T00:00:00Z");

    void moveOn(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  CompactionTest() {
    super(11);
  }

  @BeforeEach
  void makeVolume() throws IOException {
    format(64 << 20, 0, 16 << 10);
    open();
  }

  private void scatter(String name, int times, int length) throws IOException {
    for (int i = 0; i < times; i++) {
      write(name, random.nextInt(model.get(name).length / length) * length, text(length));
      if (i % 16 == 15) {
        volume.sync();
      }
    }
    volume.sync();
  }

  @Test
  void scatteredWritesBecomeFullChunksAgain() throws IOException {
    create("f", text(8 * CHUNK));
    volume.sync();
    scatter("f", 400, 4096);
    long before = used();
    Compaction done = volume.compact();
    assertTrue(done.complete());
    assertEquals(8, done.windows());
    assertEquals(8, done.extentsAfter());
    assertTrue(done.extentsBefore() > 200, done.toString());
    assertTrue(used() < before - done.bytesFreed() / 2, done.toString());
    assertEquals(8, verifyThroughout().totals().extents());
    assertEquals(0, volume.compact().windows(), "nothing is left to do");
  }

  /** Writes a file faster than it is stored. */
  private void createInHaste(String name) throws IOException {
    create(name, new byte[0]);
    for (int i = 0; i < CROWD; i++) {
      write(name, i * CHUNK, text(CHUNK));
    }
    volume.sync();
  }

  @Test
  void whatWasCompressedInHasteIsCompressedAgain() throws IOException {
    volume.close();
    open(manual().maxDirtyBytes(8 * CHUNK));
    createInHaste("f");
    long before = used();
    Compaction done = volume.compact();
    assertTrue(done.complete());
    assertTrue(done.windows() >= CROWD / 4, done.toString());
    assertTrue(done.bytesFreed() > done.bytesRewritten() / 20, done.toString());
    assertTrue(used() < before - done.bytesFreed() / 2, done.toString());
    assertEquals(CROWD, verifyThroughout().totals().extents());
    assertEquals(0, volume.compact().windows(), "nothing is left to do");
  }

  @Test
  void whoWantsNothingButLz4KeepsIt() throws IOException {
    volume.close();
    open(manual().maxDirtyBytes(8 * CHUNK).compression(CompressionPolicy.parse("lz4")));
    createInHaste("f");
    assertEquals(0, volume.compact().windows());
    verifyThroughout();
  }

  @Test
  void theBackgroundCompressesAgainWhatWasWrittenInHaste() throws IOException {
    HandClock clock = new HandClock();
    volume.close();
    VolumeOptions.Builder options =
        VolumeOptions.builder()
            .workers(1)
            .clock(clock)
            .maxDirtyBytes(8 * CHUNK)
            .commitInterval(Duration.ofDays(1))
            .compactAfter(Duration.ofSeconds(30));
    open(options);
    volume.compactor().pass(true); // The sweep after opening finds nothing.
    createInHaste("f");
    volume.compactor().pass(true);
    assertEquals(0, volume.statistics().compaction().windows(), "too early");
    clock.moveOn(Duration.ofSeconds(31));
    volume.compactor().pass(true);
    assertTrue(volume.statistics().compaction().windows() > 0);
    createInHaste("g");
    volume.close();
    open(options);
    volume.compactor().pass(true);
    assertTrue(volume.statistics().compaction().windows() > 0, "not found by the sweep");
    verifyThroughout();
  }

  @Test
  void packsMostlyDeadGiveTheirSpaceBack() throws IOException {
    for (int i = 0; i < 400; i++) {
      create("f" + i, text(1000 + random.nextInt(5000)));
    }
    volume.sync();
    for (int i = 0; i < 400; i++) {
      if (i % 4 != 0) {
        unlink("f" + i);
      }
    }
    long before = used();
    Compaction done = volume.compact();
    assertTrue(done.complete());
    assertTrue(done.packs() > 5, done.toString());
    long after = used();
    assertTrue(after < before * 0.55, before + " bytes were used, and now " + after);
    long nodes = before - after - done.bytesFreed(); // And the trees may have changed a little.
    assertTrue(Math.abs(nodes) <= 64 << 10, () -> nodes + " bytes are not accounted for");
    verifyThroughout();
    assertEquals(0, volume.compact().packs(), "nothing is left to do");
  }

  @Test
  void whatLivesInTwoPlacesOfAPackMovesAsAWhole() throws IOException {
    for (int i = 0; i < 20; i++) {
      create("f" + i, text(6000));
    }
    volume.sync();
    write("f0", 2000, text(100));
    write("f0", 4000, text(900));
    truncate("f1", 10);
    volume.sync();
    for (int i = 6; i < 20; i++) {
      unlink("f" + i);
    }
    assertEquals(1, volume.compact().packs());
    verifyThroughout();
  }

  @Test
  void promisedSpaceStaysPromised() throws IOException {
    create("f", text(CHUNK));
    volume.fallocate(inode("f"), FallocateMode.KEEP_SIZE, 0, 2 * CHUNK);
    punch("f", 20_000, 70_000);
    volume.fallocate(inode("f"), FallocateMode.KEEP_SIZE, 20_000, 50_000);
    for (int i = 0; i < 20; i++) {
      write("f", 70_000 + i * 1000, text(500));
      volume.sync();
    }
    assertEquals(1, volume.compact().windows());
    verifyThroughout();
  }

  @Test
  void aHoleStaysAHole() throws IOException {
    create("f", text(CHUNK));
    volume.sync();
    punch("f", 4096, CHUNK - 4096);
    long before = used();
    assertEquals(2, volume.compact().extentsAfter());
    assertTrue(used() < before, "the hole's space came back");
    assertEquals(4096, volume.seekHole(inode("f"), 0));
    assertEquals(CHUNK - 4096, volume.seekData(inode("f"), 4096));
    verifyThroughout();
  }

  @Test
  void shortSynchronousWritesAreMerged() throws IOException {
    create("log", new byte[0]);
    for (int i = 0; i < 100; i++) {
      write("log", model.get("log").length, text(300 + i));
      volume.fsync(inode("log"), false);
    }
    volume.compact();
    assertEquals(1, verifyThroughout().totals().extents());
  }

  @Test
  void nothingIsRewrittenThatWouldNotBecomeSmaller() throws IOException {
    create("noise", noise(4 * CHUNK));
    for (int i = 0; i < 20; i++) {
      create("small" + i, text(5000));
    }
    create("text", text(3 * CHUNK));
    volume.sync();
    unlink("small3");
    Compaction done = volume.compact();
    assertEquals(new Compaction(0, 0, 0, 0, 0, 0, true), done);
    verifyThroughout();
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "fsync", "truncate", "unlink", "punch", "checkpoint"})
  void aWriterIsFasterThanTheMerger(String what) throws IOException {
    Interruption interruption = interruptible();
    create("f", text(CHUNK));
    volume.sync();
    scatter("f", 20, 4096);
    volume.checkpoint();
    Compaction done = compactDuring(interruption, () -> change("f", what));
    boolean unchanged = what.equals("write") || what.equals("checkpoint");
    assertEquals(unchanged ? 1 : 0, done.windows());
    verifyThroughout();
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "fsync", "truncate", "unlink", "punch", "checkpoint"})
  void aWriterIsFasterThanTheRepacker(String what) throws IOException {
    Interruption interruption = interruptible();
    for (int i = 0; i < 18; i++) {
      create("f" + i, text(6000));
    }
    volume.sync();
    for (int i = 6; i < 18; i++) {
      unlink("f" + i);
    }
    volume.checkpoint();
    Compaction done = compactDuring(interruption, () -> change("f2", what));
    boolean unchanged = what.equals("write") || what.equals("checkpoint");
    assertEquals(unchanged ? 1 : 0, done.packs());
    verifyThroughout();
  }

  private void change(String file, String what) throws IOException {
    switch (what) {
      case "write" -> write(file, 1000, text(2000));
      case "fsync" -> {
        write(file, 1000, text(2000));
        volume.fsync(inode(file), false);
        volume.checkpoint();
      }
      case "truncate" -> truncate(file, 3000);
      case "unlink" -> {
        unlink(file);
        volume.checkpoint();
        create("other", text(6000)); // Takes the space that has become free.
        volume.sync();
      }
      case "punch" -> punch(file, 100, 2100);
      default -> volume.checkpoint();
    }
  }

  @Test
  void damagedDataIsLeftForTheCheckAndTheRestCompacted() throws IOException {
    create("bad", text(CHUNK));
    create("good", text(CHUNK));
    volume.sync();
    scatter("bad", 30, 4096);
    scatter("good", 30, 4096);
    volume.checkpoint();
    write("bad", 0, text(4096));
    MemoryDevice before = device.fork();
    volume.sync();
    damageWhatChanged(before);
    volume.close();
    open();
    Compaction done = volume.compact();
    assertTrue(done.complete());
    assertEquals(1, done.windows());
    FsException fault =
        assertThrows(
            FsException.class, () -> volume.read(inode("bad"), 0, ByteBuffer.allocate(4096)));
    assertEquals(Fault.CORRUPT, fault.fault());
    model.remove("bad");
    verify();
    volume.close();
    assertFalse(Checker.check(device, CheckOptions.full(), CheckListener.NONE).isClean());
  }

  /** Flips a byte of the chunk that was written last, which lies outside of the journal. */
  private void damageWhatChanged(MemoryDevice before) throws IOException {
    long start = Recovery.superblock(device, true).identity().dataStart();
    ByteBuffer old = ByteBuffer.allocate((int) (device.size() - start));
    ByteBuffer now = ByteBuffer.allocate(old.capacity());
    before.read(start, old);
    device.read(start, now);
    int at = Arrays.mismatch(old.array(), now.array());
    assertTrue(at >= 0);
    device.write(start + at, ByteBuffer.wrap(new byte[] {(byte) ~now.get(at)}));
  }

  @Test
  void writersReadersAndCompactionDoNotDisturbEachOther() throws Exception {
    volume.close();
    open(VolumeOptions.builder().workers(2));
    int threads = 3;
    List<Map<String, byte[]>> models = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      models.add(new TreeMap<>());
    }
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int which = i;
        results.add(pool.submit(() -> work(which, models.get(which))));
      }
      Future<Long> compacted =
          pool.submit(
              () -> {
                long windows = 0;
                while (!over.get()) {
                  Compaction done = volume.compact();
                  assertTrue(done.complete());
                  windows += done.windows() + done.packs();
                }
                return windows;
              });
      try {
        for (Future<?> result : results) {
          result.get();
        }
      } finally {
        over.set(true);
      }
      assertTrue(compacted.get() > 0, "nothing was compacted");
    } finally {
      pool.shutdown();
    }
    models.forEach(model::putAll);
    verifyThroughout();
  }

  private Void work(int which, Map<String, byte[]> own) throws IOException {
    Random dice = new Random(which);
    for (int step = 0; step < 1500; step++) {
      String file = which + "-" + dice.nextInt(40);
      byte[] content = own.get(file);
      if (content == null) {
        content = new byte[dice.nextInt(3) == 0 ? dice.nextInt(2 * CHUNK) : dice.nextInt(4000)];
        Arrays.fill(content, (byte) ('a' + step % 26));
        volume.write(create(file), 0, ByteBuffer.wrap(content));
        own.put(file, content);
        continue;
      }
      long inode = inode(file);
      switch (dice.nextInt(8)) {
        case 0 -> {
          volume.unlink(Volume.ROOT, name(file));
          own.remove(file);
        }
        case 1 -> volume.fsync(inode, false);
        case 2 -> {
          byte[] shorter = Arrays.copyOf(content, content.length * 3 / 4);
          volume.change(inode, new AttributeChange().size(shorter.length));
          own.put(file, shorter);
        }
        case 3, 4 -> {
          ByteBuffer read = ByteBuffer.allocate(content.length);
          volume.read(inode, 0, read);
          assertArrayEquals(content, read.array(), file);
        }
        default -> {
          byte[] bytes = new byte[1 + dice.nextInt(3000)];
          dice.nextBytes(bytes);
          int at = dice.nextInt(content.length + 1);
          volume.write(inode, at, ByteBuffer.wrap(bytes));
          own.put(file, overwritten(content, at, bytes));
        }
      }
    }
    return null;
  }

  @Test
  void theBackgroundWaitsUntilAFileHasCooled() throws IOException {
    HandClock clock = new HandClock();
    volume.close();
    open(
        VolumeOptions.builder()
            .workers(1)
            .clock(clock)
            .commitInterval(Duration.ofDays(1))
            .compactAfter(Duration.ofSeconds(30)));
    Compactor compactor = volume.compactor();
    create("f", text(2 * CHUNK));
    volume.sync();
    compactor.pass(true); // The sweep after opening finds nothing.
    scatter("f", 60, 4096);
    clock.moveOn(Duration.ofSeconds(29));
    compactor.pass(true);
    assertEquals(0, volume.statistics().compaction().windows(), "too early");
    clock.moveOn(Duration.ofSeconds(2));
    compactor.pass(true);
    assertEquals(2, volume.statistics().compaction().windows());
    verifyThroughout();
  }

  @Test
  void theBackgroundFindsWhatEarlierMountsHaveLeft() throws IOException {
    create("f", text(2 * CHUNK));
    for (int i = 0; i < 60; i++) {
      create("f" + i, text(4000));
    }
    volume.sync();
    scatter("f", 60, 4096);
    for (int i = 0; i < 60; i++) {
      if (i % 4 != 0) {
        unlink("f" + i);
      }
    }
    volume.close();
    open(VolumeOptions.builder().workers(1).commitInterval(Duration.ofDays(1)));
    volume.compactor().pass(false);
    assertEquals(0, volume.statistics().compaction().windows(), "others are busy");
    volume.compactor().pass(true);
    assertEquals(2, volume.statistics().compaction().windows());
    assertTrue(volume.statistics().compaction().packs() > 0);
    verifyThroughout();
  }

  @Test
  void theBackgroundEmptiesPacksThatCheckpointsHaveSeenDwindle() throws IOException {
    HandClock clock = new HandClock();
    volume.close();
    open(VolumeOptions.builder().workers(1).clock(clock).commitInterval(Duration.ofDays(1)));
    Compactor compactor = volume.compactor();
    compactor.pass(true);
    for (int i = 0; i < 120; i++) {
      create("f" + i, text(4000));
    }
    volume.sync();
    for (int i = 0; i < 120; i++) {
      if (i % 4 != 0) {
        unlink("f" + i);
      }
    }
    volume.checkpoint();
    compactor.pass(true);
    assertEquals(0, volume.statistics().compaction().packs(), "too early");
    clock.moveOn(Duration.ofMinutes(1));
    compactor.pass(true);
    assertTrue(volume.statistics().compaction().packs() > 1);
    verifyThroughout();
  }

  @Test
  void namesOutOfUseGiveTheirPagesBack() throws IOException {
    long inode = create("one");
    long nodes = assertClean(checkpointed()).totals().nodes();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      names.add("name-" + i + "-" + "x".repeat(random.nextInt(200)));
      volume.link(inode, Volume.ROOT, name(names.get(i)));
    }
    CheckReport full = assertClean(checkpointed());
    assertEquals(3001, full.totals().strings());
    java.util.Collections.shuffle(names, random);
    List<String> kept = names.subList(0, 5);
    for (String gone : names.subList(5, names.size())) {
      volume.unlink(Volume.ROOT, name(gone));
    }
    CheckReport empty = assertClean(checkpointed());
    assertEquals(6, empty.totals().strings());
    assertTrue(empty.totals().nodes() <= nodes + 4, nodes + " nodes, then " + empty.totals());
    volume.close();
    open();
    for (String name : kept) {
      assertEquals(inode, inode(name));
    }
    assertNull(volume.lookup(Volume.ROOT, name(names.get(5))));
    volume.link(inode, Volume.ROOT, name(names.get(5))); // A name that comes back.
    assertEquals(inode, inode(names.get(5)));
    assertEquals(7, assertClean(checkpointed()).totals().strings());
  }

  private MemoryDevice checkpointed() throws IOException {
    volume.checkpoint();
    return device.fork();
  }
}
