package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.block.Superblocks;
import org.razorfs.device.MemoryDevice;
import org.razorfs.extent.ChunkStore;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;

/**
 * Volumes without space: what was accepted is stored, names can always be removed, and the image
 * stays right.
 */
class FullVolumeTest extends VolumeFixture {
  private void open(long kib, int node, int workers, long seed) throws IOException {
    random.setSeed(seed);
    format(kib << 10, 0, node);
    reopen(workers);
  }

  private void reopen(int workers) throws IOException {
    VolumeOptions.Builder builder = VolumeOptions.builder().maxDirtyBytes(4 << 20);
    open(workers == 0 ? builder.manual() : builder);
  }

  /** Null where there is no space. */
  private Attributes tryCreate(String name) throws IOException {
    try {
      return volume.create(Volume.ROOT, name(name), FileType.REGULAR | 0644, Owner.ROOT, 0);
    } catch (FsException e) {
      assertEquals(Fault.NO_SPACE, e.fault(), e::toString);
      return null;
    }
  }

  /** False where there is no space. */
  private boolean write(long inode, long offset, byte[] bytes) throws IOException {
    try {
      volume.write(inode, offset, ByteBuffer.wrap(bytes));
      return true;
    } catch (FsException e) {
      assertEquals(Fault.NO_SPACE, e.fault(), e::toString);
      return false;
    }
  }

  private void remove(Collection<String> names) throws IOException {
    for (String name : names) {
      volume.unlink(Volume.ROOT, name(name));
    }
  }

  private void removeTwoThirds(Map<String, byte[]> files) throws IOException {
    List<String> gone = new ArrayList<>(files.keySet());
    Collections.sort(gone);
    Collections.shuffle(gone, random);
    gone = gone.subList(0, gone.size() * 2 / 3);
    remove(gone);
    gone.forEach(files::remove);
  }

  /** Sees that files are there, now and when the volume has been opened again. */
  private void verifyThroughout(Map<String, byte[]> files, int workers) throws IOException {
    verify(files);
    closeAndCheck();
    reopen(workers);
    verify(files);
  }

  private void assertThereIsSpace() throws IOException {
    volume.checkpoint();
    assertNotNull(tryCreate("again"));
    closeAndCheck();
  }

  @ParameterizedTest
  @CsvSource({"512,8192,0", "1024,16384,0", "2048,65536,0", "4096,8192,2", "16384,16384,0"})
  void namesCanAlwaysBeRemoved(long kib, int node, int workers) throws IOException {
    open(kib, node, workers, kib + node);
    List<String> names = new ArrayList<>();
    String padding = "n".repeat(100);
    while (true) {
      String name = names.size() + padding.substring(random.nextInt(100));
      if (tryCreate(name) == null) {
        break;
      }
      names.add(name);
    }
    assertTrue(names.size() > kib / 4, names.size() + " names fit");
    Collections.shuffle(names, random);
    remove(names);
    assertThereIsSpace();
  }

  @ParameterizedTest
  @CsvSource({"512,8192,0", "1024,16384,2", "4096,8192,2"})
  void namesCanBeRemovedSideBySide(long kib, int node, int workers) throws Exception {
    open(kib, node, workers, kib * 9 + node);
    List<String> names = new ArrayList<>();
    for (Attributes file = tryCreate("0"); file != null; file = tryCreate("" + names.size())) {
      names.add("" + names.size());
      write(file.inode(), 0, noise(random.nextInt(600)));
    }
    int threads = 4;
    ExecutorService removers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int first = i;
        results.add(
            removers.submit(
                () -> {
                  for (int k = first; k < names.size(); k += threads) {
                    volume.unlink(Volume.ROOT, name(names.get(k)));
                  }
                  return null;
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    } finally {
      removers.shutdown();
    }
    assertThereIsSpace();
  }

  @ParameterizedTest
  @CsvSource({"1024,8192,0", "1024,16384,2", "8192,16384,0", "32768,16384,2"})
  void acceptedDataIsStoredAndCanBeRemoved(long kib, int node, int workers) throws IOException {
    open(kib, node, workers, kib * 3 + node);
    Map<String, byte[]> files = new HashMap<>();
    for (int round = 0; round < 6; round++) {
      int refused = 0;
      for (int i = 0; refused < 10; i++) {
        String name = round + "-" + i;
        Attributes file = tryCreate(name);
        byte[] bytes = noise(1 + random.nextInt(1 << random.nextInt(18)));
        if (file != null && write(file.inode(), 0, bytes)) {
          files.put(name, bytes);
        } else {
          refused++;
          if (file != null) {
            files.put(name, new byte[0]);
            assertEquals(0, volume.attributes(file.inode()).size(), "refused, and yet it grew");
          }
        }
      }
      volume.sync();
      if (round == 3) {
        closeAndCheck();
        reopen(workers);
      }
      verify(files);
      removeTwoThirds(files);
    }
    remove(files.keySet());
    closeAndCheck();
  }

  /** Fills the volume and frees pieces of about {@code least} bytes all over it. */
  private void leavePieces(int least) throws IOException {
    List<String> names = new ArrayList<>();
    for (Attributes file = tryCreate("0"); file != null; file = tryCreate("" + names.size())) {
      names.add("" + names.size());
      if (!write(file.inode(), 0, noise(least + random.nextInt(3000)))) {
        break;
      }
      volume.fsync(file.inode(), false); // Each gets a chunk of its own.
    }
    for (int i = 0; i < names.size(); i += 2) {
      volume.unlink(Volume.ROOT, name(names.get(i)));
    }
    volume.checkpoint();
  }

  /** Data must not take the few runs that are long enough for nodes before it has all others. */
  @ParameterizedTest
  @CsvSource({"8192,8192,0,9000", "32768,16384,0,9000", "32768,16384,2,9000", "32768,16384,0,3000"})
  void dataThatFindsSpaceOnlyInPiecesIsStored(long kib, int node, int workers, int piece)
      throws IOException {
    open(kib, node, workers, kib * 7 + node);
    leavePieces(piece);
    Map<String, byte[]> files = new HashMap<>();
    Attributes file = tryCreate("pieces");
    byte[] bytes = noise(128 << 10);
    int size = 0;
    while (write(file.inode(), size, bytes)) {
      size += bytes.length;
    }
    assertTrue(size > kib * 320, size + " bytes fit");
    volume.sync();
    byte[] whole = new byte[size];
    for (int at = 0; at < size; at += bytes.length) {
      System.arraycopy(bytes, 0, whole, at, bytes.length);
    }
    files.put("pieces", whole);
    verify(files);
    volume.abandon(); // As a crash, after which there must be room to recover in.
    reopen(workers);
    verifyThroughout(files, workers);
    remove(files.keySet());
    closeAndCheck();
  }

  @Test
  void ofAWriteThatIsTooLargeToBePromisedWholePartsAreTaken() throws IOException {
    open(32768, 16384, 0, 1);
    leavePieces(9000);
    long inode = tryCreate("large").inode();
    byte[] bytes = noise(1 << 20);
    long size = 0;
    for (int written = bytes.length; written == bytes.length; size += written) {
      written = volume.write(inode, size, ByteBuffer.wrap(bytes));
    }
    assertTrue(size > 10 << 20, size + " bytes fit");
    volume.sync();
    byte[] read = read(volume, inode);
    assertEquals(size, read.length);
    for (int at = 0; at < size; at += bytes.length) {
      int end = Math.min(read.length, at + bytes.length);
      assertArrayEquals(Arrays.copyOf(bytes, end - at), Arrays.copyOfRange(read, at, end));
    }
    closeAndCheck();
  }

  /**
   * Whatever was admitted before a checkpoint has room in the one after a crash too, where all that
   * is known of the changes is what the journal says.
   */
  @ParameterizedTest
  @ValueSource(ints = {8192, 16384})
  void thereIsRoomToRecoverExtentsThatWereCutInMany(int node) throws IOException {
    random.setSeed(node);
    format(24 << 20, 2 << 20, node);
    reopen(0);
    int windows = 48;
    byte[] content = noise(windows * CHUNK);
    long cut = tryCreate("cut").inode();
    assertTrue(write(cut, 0, content));
    volume.sync();
    // A large tree, in which every place can be in a node of its own.
    String padding = "n".repeat(100);
    for (int i = 0; i < 12_000; i++) {
      assertNotNull(tryCreate(i + padding));
    }
    List<String> names = fillWithPiecesSmallerThanANode(node);
    for (int i = 0; i < names.size(); i += 2) {
      volume.unlink(Volume.ROOT, name(names.get(i)));
    }
    volume.checkpoint();
    int most = 0;
    int commits = 0;
    long generation = Superblocks.newest(device).generation();
    for (int window = 0; window < windows; window++) {
      for (int at = 20 << 10; at < CHUNK; at += 30 << 10) {
        byte[] piece = noise(4096);
        assertTrue(write(cut, (long) window * CHUNK + at, piece));
        System.arraycopy(piece, 0, content, window * CHUNK + at, piece.length);
      }
      volume.fsync(cut, false);
      commits = Superblocks.newest(device).generation() == generation ? commits + 1 : 0;
      generation = Superblocks.newest(device).generation();
      most = Math.max(most, commits);
      MemoryDevice crashed = device.fork();
      try (Volume recovered = opened(crashed)) {
        assertArrayEquals(content, read(recovered, cut), "window " + window);
      }
    }
    assertTrue(most > 3, most + " commits at most between checkpoints");
    closeAndCheck();
  }

  /** Until there is no space; the names of the files. */
  private List<String> fillWithPiecesSmallerThanANode(int node) throws IOException {
    List<String> names = new ArrayList<>();
    for (Attributes file = tryCreate("0"); file != null; file = tryCreate("" + names.size())) {
      names.add("" + names.size());
      if (!write(file.inode(), 0, noise(node / 2 + random.nextInt(node / 4)))) {
        break;
      }
      volume.fsync(file.inode(), false);
    }
    return names;
  }

  @ParameterizedTest
  @CsvSource({"4096,8192,0", "8192,16384,2"})
  void aWriteThatDoesNotFitIsShortAndThenRefused(long kib, int node, int workers)
      throws IOException {
    open(kib, node, workers, kib * 7 + node);
    long inode = tryCreate("f").inode();
    byte[] bytes = noise((int) kib * 2048);
    ByteBuffer source = ByteBuffer.wrap(bytes);
    int written = volume.write(inode, 0, source);
    assertTrue(written > 0 && written < bytes.length, written + " bytes written");
    assertEquals(written, source.position());
    assertEquals(written, volume.attributes(inode).size());
    FsException full = assertThrows(FsException.class, () -> volume.write(inode, written, source));
    assertEquals(Fault.NO_SPACE, full.fault());
    volume.sync();
    verify(Map.of("f", Arrays.copyOf(bytes, written)));
    closeAndCheck();
  }

  @ParameterizedTest
  @CsvSource({"512,8192,0", "1024,16384,2", "4096,8192,0", "16384,16384,2"})
  void scatteredWritesAreStored(long kib, int node, int workers) throws IOException {
    open(kib, node, workers, kib * 5 + node);
    int count = 5;
    byte[][] content = new byte[count][(int) kib * 400];
    int[] sizes = new int[count];
    long[] inodes = new long[count];
    for (int i = 0; i < count; i++) {
      inodes[i] = tryCreate("f" + i).inode();
    }
    int refused = 0;
    for (int step = 0; refused < 300 && step < 30_000; step++) {
      int file = random.nextInt(count);
      byte[] bytes = noise(1 + random.nextInt(random.nextInt(20) == 0 ? 9000 : 40));
      int at = random.nextInt(content[file].length - bytes.length);
      if (write(inodes[file], at, bytes)) {
        System.arraycopy(bytes, 0, content[file], at, bytes.length);
        sizes[file] = Math.max(sizes[file], at + bytes.length);
      } else {
        refused++;
      }
      if (random.nextInt(50) == 0) {
        volume.fsync(inodes[random.nextInt(count)], false);
      }
      if (random.nextInt(500) == 0) {
        volume.sync();
      }
    }
    Map<String, byte[]> files = new HashMap<>();
    for (int i = 0; i < count; i++) {
      files.put("f" + i, Arrays.copyOf(content[i], sizes[i]));
    }
    verifyThroughout(files, workers);
    remove(files.keySet());
    closeAndCheck();
  }

  /** Compaction while the volume runs full, between all operations or beside them. */
  @ParameterizedTest
  @CsvSource({"512,8192,0", "1024,16384,2", "2048,65536,0", "8192,8192,0", "8192,16384,2"})
  void compactionBreaksNothingThatWasAccepted(long kib, int node, int workers) throws Exception {
    open(kib, node, workers, kib * 11 + node);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService beside = Executors.newSingleThreadExecutor();
    Future<?> compacting =
        workers == 0
            ? null
            : beside.submit(
                () -> {
                  while (!over.get()) {
                    volume.compact(); // Short of space it gives up, without a fault.
                  }
                  return null;
                });
    Map<String, byte[]> files = new HashMap<>();
    try {
      for (int round = 0; round < 4; round++) {
        fill(files, round, workers == 0);
        removeTwoThirds(files);
        verify(files);
      }
    } finally {
      over.set(true);
      beside.shutdown();
    }
    if (compacting != null) {
      compacting.get();
    }
    volume.compact();
    verifyThroughout(files, workers);
    remove(files.keySet());
    closeAndCheck();
  }

  /** Creates and overwrites files until nothing fits any more. */
  private void fill(Map<String, byte[]> files, int round, boolean compact) throws IOException {
    int refused = 0;
    for (int i = 0; refused < 20; i++) {
      String name = round + "-" + i;
      Attributes file = tryCreate(name);
      if (file == null) {
        refused++;
        continue;
      }
      byte[] bytes = noise(1 + random.nextInt(1 << (8 + random.nextInt(9))));
      files.put(name, new byte[0]);
      if (write(file.inode(), 0, bytes)) {
        files.put(name, bytes);
        for (int k = 0; k < 5; k++) {
          byte[] piece = noise(1 + random.nextInt(600));
          int at = random.nextInt(bytes.length);
          if (at + piece.length <= bytes.length && write(file.inode(), at, piece)) {
            System.arraycopy(piece, 0, bytes, at, piece.length);
            volume.fsync(file.inode(), false);
          }
        }
      } else {
        refused++;
      }
      if (random.nextInt(10) == 0) {
        volume.sync();
      }
      if (compact && random.nextInt(20) == 0) {
        volume.compact();
      }
    }
  }

  /** A write that there is room for, but for what a step of compaction has reserved just now. */
  @Test
  void compactionInTheMiddleOfAStepRefusesNobody() throws Exception {
    open(16384, 8192, 0, 5);
    volume.abandon();
    AtomicReference<Runnable> action = new AtomicReference<>();
    open(
        manual()
            .allocationFault(
                ordinal -> {
                  if (action.get() != null && isStoring()) {
                    action.getAndSet(null).run();
                  }
                }));
    byte[] content = noise(100_000);
    Attributes file = tryCreate("pieces");
    write(file.inode(), 0, content);
    volume.sync();
    for (int at = 0; at < 40_000; at += 2000) {
      write(file.inode(), at, Arrays.copyOfRange(content, at, at + 600));
      volume.sync();
    }
    Attributes other = tryCreate("other");
    long size = 0;
    while (volume.statfs().availableBytes() > 1_200_000) {
      assertTrue(write(other.inode(), size, noise(20_000)));
      size += 20_000;
      volume.sync();
    }
    volume.checkpoint();
    int most = 1 << 20;
    while (!fits(other.inode(), size, most)) {
      most -= 4096;
    }
    int length = most;
    long from = size;
    ExecutorService beside = Executors.newSingleThreadExecutor();
    try {
      AtomicReference<Future<?>> writing = new AtomicReference<>();
      CountDownLatch began = new CountDownLatch(1);
      action.set(
          () -> {
            writing.set(
                beside.submit(
                    () -> {
                      began.countDown();
                      return volume.write(other.inode(), from, ByteBuffer.wrap(noise(length)));
                    }));
            while (!volume.gate().hasWaiters() && !writing.get().isDone()) {
              Thread.onSpinWait(); // It has found no space, and waits for the end of this step.
            }
          });
      Compaction done = volume.compact();
      assertTrue(began.getCount() == 0, "nothing happened in between");
      assertEquals(length, writing.get().get());
      assertTrue(done.windows() > 0, done.toString());
    } finally {
      beside.shutdown();
    }
    volume.sync();
    verify(Map.of("pieces", content));
    closeAndCheck();
  }

  /** Whether space is being taken that was reserved before. */
  private static boolean isStoring() {
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(f -> f.getClassName().equals(ChunkStore.class.getName())));
  }

  /** Whether so much can be written at the end of a file; it is not. */
  private boolean fits(long inode, long size, int length) throws IOException {
    boolean fits = write(inode, size, noise(length));
    volume.change(inode, new AttributeChange().size(size));
    volume.checkpoint();
    volume.checkpoint();
    return fits;
  }
}
