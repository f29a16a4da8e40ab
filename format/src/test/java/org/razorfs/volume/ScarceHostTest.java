package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.ScarceHost;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Images in files whose host has less space than the volume: what was accepted by an fsync stays,
 * programs are told that there is no space, and all goes on once there is some.
 */
class ScarceHostTest extends VolumeFixture {
  private static final int WORDS = 1 << 20;

  private ScarceHost host;
  private Fault fault;

  private void open(Fault refusal, VolumeOptions.Builder options) throws IOException {
    fault = refusal;
    device = new MemoryDevice(64 << 20);
    host = new ScarceHost(device, refusal);
    Formatter.format(
        host,
        new FormatOptions("test", new UUID(1, 2), 0, CompressionPolicy.NONE, 16384),
        Clock.systemUTC());
    tapped = new TappedDevice(host);
    volume = Volume.open(tapped, options.build());
  }

  private interface Change {
    void run() throws IOException;
  }

  /** Whether there was space for a change. */
  private boolean fits(Change change) throws IOException {
    try {
      change.run();
      return true;
    } catch (FsException e) {
      assertEquals(fault, e.fault(), e::toString);
      return false;
    }
  }

  private boolean write(long inode, long offset, byte[] bytes) throws IOException {
    return fits(
        () -> assertEquals(bytes.length, volume.write(inode, offset, ByteBuffer.wrap(bytes))));
  }

  private long make(String name, byte[] content) throws IOException {
    long inode = create(name);
    assertTrue(write(inode, 0, content), name);
    volume.fsync(inode, false);
    return inode;
  }

  /** The image as a crash leaves it is right and has these files. */
  private void verifyCrash(Map<String, byte[]> files) throws IOException {
    MemoryDevice image = device.fork();
    CleanImage.assertClean(image);
    try (Volume recovered = opened(image)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        long inode = recovered.lookup(Volume.ROOT, name(file.getKey())).inode();
        assertArrayEquals(file.getValue(), read(recovered, inode), file.getKey());
      }
    }
    CleanImage.assertClean(image);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"NO_SPACE", "QUOTA_EXCEEDED"})
  void whatTheHostRefusesIsToldAndNothingElseSuffers(Fault refusal) throws IOException {
    open(refusal, manual().maxDirtyBytes(4 << 20));
    byte[] kept = noise(300_000);
    long first = make("kept", kept);
    volume.checkpoint();
    host.spare(2000);
    long big = create("big");
    byte[] piece = noise(WORDS);
    int written = 0;
    while (written < 100 && write(big, (long) written * WORDS, piece)) {
      written++;
    }
    assertTrue(written >= 4 && written < 20, written + " MiB");
    assertFalse(fits(() -> volume.fsync(big, false)));
    assertFalse(volume.isReadOnly());
    long size = volume.attributes(big).size();
    assertEquals((long) written * WORDS, size);
    for (int i = 0; i < written; i++) {
      assertArrayEquals(piece, read(big, (long) i * WORDS, WORDS));
    }
    assertArrayEquals(kept, read(first, 0, kept.length));
    Map<String, byte[]> files = new HashMap<>(Map.of("kept", kept));
    verifyCrash(files);
    // Nothing more is taken in, not even the little that would fit into memory.
    long small = create("small");
    assertFalse(write(small, 0, noise(20_000)));
    assertEquals(0, volume.attributes(small).size());
    // What can be removed makes room.
    volume.unlink(Volume.ROOT, name("big"));
    assertTrue(write(small, 0, kept));
    volume.fsync(small, false);
    files.put("small", kept);
    verifyCrash(files);
    verify(files);
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void whatWaitsIsStoredOnceTheHostHasSpace(int workers) throws IOException {
    open(Fault.NO_SPACE, VolumeOptions.builder().workers(workers).maxDirtyBytes(4 << 20));
    host.spare(200);
    Map<String, byte[]> files = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      byte[] content = noise(100_000 + i);
      String name = "f" + i;
      long[] inode = {0};
      if (!fits(() -> inode[0] = create(name)) || !write(inode[0], 0, content)) {
        break;
      }
      files.put(name, content);
    }
    assertTrue(files.size() > 10, files.size() + " files");
    assertFalse(fits(volume::sync));
    host.spare(3000);
    volume.sync();
    verifyCrash(files);
    verify(files);
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 63, 64, 100, 300})
  void namesCanBeMadeUntilThereIsNoSpaceAndAllBeRemoved(int spare) throws IOException {
    open(Fault.NO_SPACE, manual());
    host.spare(spare);
    List<String> names = new ArrayList<>();
    String padding = "n".repeat(200);
    while (names.size() < 100_000) {
      String name = names.size() + padding.substring(random.nextInt(200));
      if (!fits(() -> create(name))) {
        break;
      }
      names.add(name);
      if (names.size() % 50 == 0) {
        fits(volume::checkpoint);
      }
    }
    assertTrue(host.refusals() > 0, names.size() + " names");
    volume.sync();
    assertFalse(volume.isReadOnly());
    MemoryDevice image = device.fork();
    CleanImage.assertClean(image);
    try (Volume recovered = opened(image)) {
      for (String name : names) {
        recovered.lookup(Volume.ROOT, name(name)).inode();
      }
    }
    for (String name : names) {
      volume.unlink(Volume.ROOT, name(name));
    }
    volume.checkpoint();
    make("again", noise(500));
    closeAndCheck();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"NO_SPACE", "QUOTA_EXCEEDED"})
  void closingTellsWhatWasLostForWantOfSpace(Fault refusal) throws IOException {
    open(refusal, manual());
    byte[] kept = noise(10_000);
    make("kept", kept);
    host.spare(0);
    long late = create("late");
    assertTrue(write(late, 0, noise(1 << 20)));
    FsException e = assertThrows(FsException.class, volume::close);
    assertEquals(refusal, e.fault());
    assertTrue(e.getMessage().contains("is lost"), e.getMessage());
    CleanImage.assertClean(device);
    try (Volume again = opened(device)) {
      assertTrue(again.info().clean() || again.lookup(Volume.ROOT, name("late")) != null);
      assertEquals(0, again.lookup(Volume.ROOT, name("late")).size());
      assertArrayEquals(kept, read(again, again.lookup(Volume.ROOT, name("kept")).inode()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 700})
  void fullHostDoesNotKeepAVolumeFromOpening(int files) throws IOException {
    open(Fault.NO_SPACE, manual());
    for (int i = 0; i < files; i++) {
      make("f" + i, noise(3000));
    }
    volume.checkpoint();
    byte[] kept = noise(200_000);
    make("kept", kept);
    volume.abandon();
    host.spare(0);
    volume = Volume.open(host, manual().build());
    verify(Map.of("kept", kept));
    volume.unlink(Volume.ROOT, name("kept"));
    make("again", noise(60_000));
    closeAndCheck();
    host.spare(0);
    volume = Volume.open(host, manual().build());
    volume.unlink(Volume.ROOT, name("again"));
    closeAndCheck();
  }

  /** What is asked of the host, or given in vain, is not lost to the next attempt. */
  @ParameterizedTest
  @CsvSource({"20,0", "40,0", "100,0", "200,0", "20,2", "40,2", "100,2", "200,2"})
  void spaceThatComesInDropsIsUsedToTheLast(int drop, int workers) throws IOException {
    open(
        Fault.NO_SPACE,
        VolumeOptions.builder().workers(workers).commitInterval(Duration.ofHours(1)));
    make("kept", noise(300_000));
    volume.checkpoint();
    long late = create("late");
    volume.checkpoint();
    byte[] content = noise(WORDS);
    assertTrue(write(late, 0, content));
    host.spare(0);
    int given = 0;
    while (!fits(() -> volume.fsync(late, false))) {
      host.spare(drop);
      given += drop;
      assertTrue(given <= 256 + 64 + drop, given + " blocks do not do for 256");
    }
    verifyCrash(Map.of("late", content));
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 40, 64})
  void whatTheHostWasAskedForIsUsed(int blocks) throws IOException {
    open(Fault.NO_SPACE, manual());
    make("kept", noise(300_000));
    volume.checkpoint();
    long late = create("late");
    volume.checkpoint();
    host.spare(0);
    long at = 0;
    do {
      assertTrue(write(late, at, noise(CHUNK)));
      at += CHUNK;
    } while (fits(() -> volume.fsync(late, false)));
    host.spare(blocks);
    volume.fsync(late, false);
    closeAndCheck();
  }

  /** An fsync is about what was there when it began. */
  @Test
  void whatComesDuringAnFsyncAndFindsNoSpaceDoesNotFailIt() throws IOException {
    open(Fault.NO_SPACE, manual().maxCacheBytes(0)); // So that its commit reads.
    byte[] content = noise(2 * CHUNK);
    long inode = make("f", Arrays.copyOf(content, CHUNK));
    volume.checkpoint();
    long other = create("other");
    assertTrue(write(other, 0, noise(300_000)));
    assertTrue(write(inode, CHUNK, Arrays.copyOfRange(content, CHUNK, 2 * CHUNK)));
    tapped.beforeWrite(
        () -> {
          tapped.beforeWrite(TappedDevice.Tap.NONE);
          assertTrue(write(inode, 2 * CHUNK, noise(CHUNK)));
          // Refused after the last write, as each that succeeds says that the host gives again.
          tapped.beforeRead(
              () -> {
                tapped.beforeRead(TappedDevice.Tap.NONE);
                host.spare(0);
                assertFalse(fits(() -> volume.fsync(other, false)));
              });
        });
    volume.fsync(inode, false);
    assertTrue(host.refusals() > 0);
    verifyCrash(Map.of("f", content));
    assertFalse(fits(() -> volume.fsync(inode, false)));
    host.spare(3000);
    volume.sync();
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(ints = {50_000, 100_000, 400_000})
  void removingFilesMakesRoomForAboutAsMuch(int size) throws IOException {
    open(Fault.NO_SPACE, manual());
    int files = (8 << 20) / size;
    for (int i = 0; i < files; i++) {
      volume.write(create("f" + i), 0, ByteBuffer.wrap(noise(size)));
    }
    volume.checkpoint();
    host.spare(0);
    long late = create("late");
    byte[] content = noise(WORDS);
    assertTrue(write(late, 0, content));
    long removed = 0;
    for (int i = 0; !fits(() -> volume.fsync(late, false)); i++) {
      volume.unlink(Volume.ROOT, name("f" + i));
      removed += size;
      assertTrue(removed < 2 << 20, removed + " bytes were removed");
    }
    verifyCrash(Map.of("late", content));
    closeAndCheck();
  }

  /** Nothing is free on the host but what the image holds and does not need. */
  @Test
  void whatAKilledDaemonHadNotGivenBackMakesRoomToRemove() throws IOException {
    open(Fault.NO_SPACE, manual().discard(false));
    for (int round = 0; round < 20; round++) {
      make("f" + round, noise(50_000));
      make("g" + round, noise(50_000));
      volume.checkpoint();
    }
    for (int round = 0; round < 20; round++) {
      volume.unlink(Volume.ROOT, name("g" + round));
    }
    volume.checkpoint();
    volume.abandon();
    host.copied();
    host.spare(0);
    volume = Volume.open(host, manual().build());
    for (int round = 0; round < 20; round++) {
      volume.unlink(Volume.ROOT, name("f" + round));
    }
    make("again", noise(500_000));
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyOperationIsDoneOrNotDoneHoweverOftenTheHostIsShort(long seed) throws IOException {
    random.setSeed(seed);
    boolean threads = seed % 2 == 0;
    open(
        Fault.NO_SPACE,
        VolumeOptions.builder().workers(threads ? 2 : 0).maxDirtyBytes(2 << 20).discard(seed != 5));
    Map<String, byte[]> files = new HashMap<>();
    for (int step = 0; step < 1500; step++) {
      if (step % 50 == 0) {
        host.spare(random.nextInt(4) == 0 ? 2000 : random.nextInt(100));
      }
      String name = "f" + random.nextInt(60);
      byte[] before = files.get(name);
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          byte[] content = noise(random.nextInt(random.nextInt(10) == 0 ? 600_000 : 20_000));
          long[] inode = {0};
          if (!fits(() -> inode[0] = before == null ? create(name) : inode(name))) {
            break;
          }
          if (before == null) {
            files.put(name, new byte[0]);
          }
          int[] count = {0};
          if (fits(() -> count[0] = volume.write(inode[0], 0, ByteBuffer.wrap(content)))) {
            byte[] after =
                Arrays.copyOf(content, Math.max(count[0], before == null ? 0 : before.length));
            if (before != null && before.length > count[0]) {
              System.arraycopy(before, count[0], after, count[0], before.length - count[0]);
            }
            files.put(name, after);
          }
        }
        case 2 -> {
          if (before != null) {
            volume.unlink(Volume.ROOT, name(name));
            files.remove(name);
          }
        }
        case 3 -> {
          String other = "f" + random.nextInt(60);
          if (before != null
              && !other.equals(name)
              && fits(
                  () ->
                      volume.rename(
                          Volume.ROOT,
                          name(name),
                          Volume.ROOT,
                          name(other),
                          RenameMode.REPLACE,
                          Owner.ROOT))) {
            files.remove(name);
            files.put(other, before);
          }
        }
        case 4 -> {
          if (before != null) {
            long inode = inode(name);
            if (fits(() -> volume.fsync(inode, false))) {
              assertArrayEquals(before, read(volume, inode), name);
            }
          }
        }
        default -> {
          if (fits(volume::sync) && step % 5 == 0) {
            verifyCrash(files);
          }
        }
      }
      assertFalse(volume.isReadOnly());
    }
    verify(files);
    host.spare(10_000);
    volume.sync();
    verifyCrash(files);
    closeAndCheck();
  }

  /** What the image takes of its host beyond what the volume says is used. */
  private long unused() {
    StatFs stats = volume.statfs();
    return (long) host.blocks() * ScarceHost.BLOCK - (stats.totalBytes() - stats.freeBytes());
  }

  @Test
  void nodesThatWereNotNeededAfterAllAreTheHostsAgain() throws IOException {
    open(Fault.NO_SPACE, manual());
    long before = unused(); // The journal, mostly.
    for (int round = 0; round < 6; round++) {
      for (int i = 0; i < 1000; i++) {
        volume.write(create(round + "-" + i), 0, ByteBuffer.wrap(noise(700)));
      }
      volume.checkpoint();
      assertTrue(unused() < before + (2 << 20), unused() + " bytes, " + before + " at first");
    }
    closeAndCheck();
  }

  /** A hole punched where somebody has begun to write would be lost data. */
  @Test
  void whatGoesBackToTheHostIsNobodysWhileManyWrite() throws Exception {
    open(Fault.NO_SPACE, VolumeOptions.builder().workers(2).maxDirtyBytes(2 << 20));
    Map<String, byte[]> files = new ConcurrentHashMap<>();
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Future<?> checkpoints =
          threads.submit(
              () -> {
                while (!over.get()) {
                  volume.checkpoint();
                }
                return null;
              });
      List<Future<?>> writers = new ArrayList<>();
      for (int id = 0; id < 3; id++) {
        int me = id;
        writers.add(threads.submit(() -> rewrite(me, files)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      over.set(true);
      checkpoints.get();
    } finally {
      over.set(true);
      threads.shutdown();
    }
    volume.sync();
    verify(files);
    verifyCrash(files);
    closeAndCheck();
  }

  private Void rewrite(int id, Map<String, byte[]> files) throws IOException {
    Random own = new Random(id);
    for (int step = 0; step < 3000; step++) {
      String name = id + "-" + own.nextInt(400);
      byte[] content = new byte[1 + own.nextInt(step % 50 == 0 ? 300_000 : 3000)];
      own.nextBytes(content);
      if (files.remove(name) != null) {
        volume.unlink(Volume.ROOT, name(name));
      }
      long inode = create(name);
      assertEquals(content.length, volume.write(inode, 0, ByteBuffer.wrap(content)));
      if (own.nextInt(10) == 0) {
        volume.fsync(inode, false);
      }
      files.put(name, content);
    }
    return null;
  }
}
