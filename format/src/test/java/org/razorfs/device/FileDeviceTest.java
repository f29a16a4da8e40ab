package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDeviceOptions.Access;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class FileDeviceTest {
  private static final FileDeviceOptions OPTIONS =
      FileDeviceOptions.readWrite().withPatience(Duration.ZERO).withBuffers(2);

  @TempDir private Path folder;
  private Path image;

  @BeforeEach
  void name() {
    image = folder.resolve("image");
  }

  private FileDevice create(long size) throws IOException {
    return FileDevice.create(image, size, false, OPTIONS);
  }

  private static byte[] read(BlockDevice device, long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    device.read(position, buffer);
    return buffer.array();
  }

  private static FsException fails(Fault fault, Executable call) {
    FsException e = assertThrows(FsException.class, call);
    assertEquals(fault, e.fault(), e.getMessage());
    return e;
  }

  private static ByteBuffer buffer(byte[] bytes, boolean direct) {
    return direct
        ? ByteBuffer.allocateDirect(bytes.length).put(bytes).flip()
        : ByteBuffer.wrap(bytes);
  }

  @Test
  void newImageIsSparseAndZero() throws IOException {
    long size = 1L << 40; // would not fit if it were not sparse
    try (FileDevice device = create(size)) {
      assertEquals(size, device.size());
      assertEquals(size, Files.size(image));
      assertArrayEquals(new byte[1000], read(device, 0, 1000));
      assertArrayEquals(new byte[1000], read(device, size - 1000, 1000));
      assertEquals(image.toString(), device.name());
      assertFalse(device.readOnly());
    }
  }

  @Test
  void everyMixtureOfBuffersAndSizesIsStoredWhole() throws IOException {
    Random random = new Random(1);
    byte[] model = new byte[3 << 20];
    try (FileDevice device = create(model.length)) {
      for (int i = 0; i < 200; i++) {
        byte[] data = new byte[random.nextInt(i % 10 == 0 ? 700_000 : 5_000)];
        random.nextBytes(data);
        int at = random.nextInt(model.length - data.length);
        System.arraycopy(data, 0, model, at, data.length);
        ByteBuffer source = buffer(data, i % 2 == 0);
        device.write(at, i % 3 == 0 ? source.asReadOnlyBuffer() : source);
        assertEquals(i % 3 == 0 ? data.length : 0, source.remaining());
      }
      for (boolean direct : new boolean[] {false, true}) {
        ByteBuffer all = buffer(new byte[model.length], direct);
        device.read(0, all);
        assertEquals(0, all.remaining());
        byte[] bytes = new byte[model.length];
        all.flip().get(bytes);
        assertArrayEquals(model, bytes);
      }
    }
    assertArrayEquals(model, Files.readAllBytes(image));
  }

  @Test
  void gatheringWriteKeepsOrderOverAllKindsOfSources() throws IOException {
    Random random = new Random(2);
    try (FileDevice device = create(4 << 20)) {
      for (int round = 0; round < 30; round++) {
        ByteBuffer[] sources = new ByteBuffer[random.nextInt(6)];
        ByteBuffer model = ByteBuffer.allocate(2 << 20);
        for (int i = 0; i < sources.length; i++) {
          byte[] data = new byte[random.nextInt(random.nextBoolean() ? 300_000 : 300)];
          random.nextBytes(data);
          model.put(data);
          sources[i] = buffer(data, random.nextBoolean());
        }
        device.write(777, sources);
        byte[] expected = Arrays.copyOf(model.array(), model.position());
        assertArrayEquals(expected, read(device, 777, expected.length));
        for (ByteBuffer source : sources) {
          assertEquals(0, source.remaining());
        }
      }
    }
  }

  @Test
  void onlyWhatRemainsIsTransferred() throws IOException {
    try (FileDevice device = create(4096)) {
      ByteBuffer source = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}, 1, 3);
      device.write(10, source);
      assertEquals(4, source.limit());
      assertArrayEquals(new byte[] {0, 2, 3, 4, 0}, read(device, 9, 5));
      ByteBuffer target = ByteBuffer.wrap(new byte[5], 2, 2);
      device.read(10, target);
      assertArrayEquals(new byte[] {0, 0, 2, 3, 0}, target.array());
    }
  }

  @Test
  void rangesOutsideAreFaultsAndChangeNothing() throws IOException {
    try (FileDevice device = create(10_000)) {
      for (long at : new long[] {-1, 9_999, 10_000, Long.MAX_VALUE, Long.MIN_VALUE}) {
        fails(Fault.IO_ERROR, () -> device.read(at, ByteBuffer.allocate(2)));
        fails(Fault.IO_ERROR, () -> device.write(at, ByteBuffer.allocate(2)));
        fails(Fault.IO_ERROR, () -> device.discard(at, 2));
      }
      assertEquals(10_000, Files.size(image));
    }
  }

  @Test
  void truncatedImageIsAnIoErrorThatNamesItNotAShortRead() throws IOException {
    try (FileDevice device = create(100_000)) {
      try (RandomAccessFile other = new RandomAccessFile(image.toFile(), "rw")) {
        other.setLength(50_000);
      }
      for (boolean direct : new boolean[] {false, true}) {
        ByteBuffer target = buffer(new byte[1000], direct);
        FsException e = fails(Fault.IO_ERROR, () -> device.read(49_500, target));
        assertTrue(e.getMessage().contains(image.toString()), e.getMessage());
        assertTrue(e.getMessage().contains("1000 bytes at 49500"), e.getMessage());
      }
      assertEquals(100, read(device, 49_900, 100).length);
    }
  }

  @Test
  void existingFileIsOnlyReplacedWhenTold() throws IOException {
    Files.write(image, new byte[] {1, 2, 3});
    fails(Fault.EXISTS, () -> create(4096).close());
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(image));
    try (FileDevice device = FileDevice.create(image, 4096, true, OPTIONS)) {
      assertArrayEquals(new byte[4096], read(device, 0, 4096));
    }
  }

  @Test
  void failedCreationLeavesNoFileBehind() {
    fails(
        Fault.NO_SUCH_ENTRY,
        () -> FileDevice.create(folder.resolve("no/such/folder"), 4096, false, OPTIONS).close());
    fails(Fault.INVALID_ARGUMENT, () -> create(0).close());
    fails(Fault.INVALID_ARGUMENT, () -> create(-5).close());
    fails(Fault.IO_ERROR, () -> create(Long.MAX_VALUE).close()); // no host has files that long
    assertFalse(Files.exists(image));
    assertThrows(
        IllegalArgumentException.class,
        () -> FileDevice.create(image, 4096, false, FileDeviceOptions.readOnly()));
    assertFalse(Files.exists(image));
  }

  @Test
  void whatIsNoImageIsNamed() throws IOException {
    FsException missing = fails(Fault.NO_SUCH_ENTRY, () -> FileDevice.open(image, OPTIONS).close());
    assertTrue(missing.getMessage().startsWith(image.toString()), missing.getMessage());
    fails(Fault.IS_DIRECTORY, () -> FileDevice.open(folder, OPTIONS).close());
    Path nothing = Path.of("/dev/null");
    if (Files.exists(nothing)) {
      fails(Fault.INVALID_ARGUMENT, () -> FileDevice.open(nothing, OPTIONS).close());
    }
    Files.createSymbolicLink(image, folder.resolve("dangling"));
    fails(Fault.NO_SUCH_ENTRY, () -> FileDevice.open(image, OPTIONS).close());
  }

  @Test
  void readOnlyDeviceRefusesWrites() throws IOException {
    create(4096).close();
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly())) {
      assertTrue(device.readOnly());
      assertArrayEquals(new byte[10], read(device, 0, 10));
      device.flush();
      fails(Fault.READ_ONLY, () -> device.write(0, ByteBuffer.allocate(1)));
      fails(Fault.READ_ONLY, () -> device.discard(0, 1));
    }
  }

  @Test
  void closedDeviceRefusesWork() throws IOException {
    FileDevice device = create(4096);
    device.close();
    device.close();
    fails(Fault.SHUT_DOWN, () -> device.read(0, ByteBuffer.allocate(1)));
    fails(Fault.SHUT_DOWN, () -> device.write(0, ByteBuffer.allocate(1)));
    fails(Fault.SHUT_DOWN, device::flush);
    FileDevice.open(image, OPTIONS).close();
  }

  @Test
  void threadThatArrivesInterruptedDoesNotCloseTheDevice() throws IOException {
    try (FileDevice device = create(4096)) {
      Thread.currentThread().interrupt();
      device.write(0, ByteBuffer.wrap(new byte[] {1}));
      device.flush();
      assertArrayEquals(new byte[] {1}, read(device, 0, 1));
      assertTrue(Thread.interrupted(), "the interrupt must not get lost");
      device.read(0, ByteBuffer.allocate(1));
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6); // for two buffers
    try (FileDevice device = create(6 << 20)) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        int mine = t;
        results.add(
            threads.submit(
                () -> {
                  Random random = new Random(mine);
                  for (int i = 0; i < 40; i++) {
                    byte[] data = new byte[random.nextInt(400_000)];
                    random.nextBytes(data);
                    long at = ((long) mine << 20) + random.nextInt((1 << 20) - data.length);
                    device.write(at, ByteBuffer.wrap(data));
                    assertArrayEquals(data, read(device, at, data.length));
                  }
                  return true;
                }));
      }
      for (Future<Boolean> result : results) {
        assertTrue(result.get());
      }
    }
    threads.shutdown();
  }

  /** Notes what it is asked for. */
  private static final class Notes implements HostFile {
    final List<String> calls = new ArrayList<>();
    FileChannel channel;
    FsException failure;

    @Override
    public void discard(long position, long length) throws IOException {
      calls.add(position + "+" + length);
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void allocate(long position, long length) throws IOException {
      calls.add("allocate " + position + "+" + length);
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void startWriteback(long position, long length) {
      calls.add("start " + position + "+" + length);
    }

    @Override
    public void close() {
      calls.add(channel.isOpen() ? "closed before the channel" : "closed");
    }
  }

  private FileDeviceOptions discarding(Notes notes) {
    return OPTIONS.withHostFile(
        (path, channel) -> {
          notes.channel = channel;
          notes.calls.add("opened " + path.getFileName());
          return notes;
        });
  }

  @Test
  void theHostIsAskedAndItsFileIsClosedLast() throws IOException {
    Notes notes = new Notes();
    try (FileDevice device = FileDevice.create(image, 1 << 20, false, discarding(notes))) {
      assertTrue(device.discarding());
      device.discard(4096, 8192);
      device.discard(0, 0);
      device.startWriteback(512, 1024);
    }
    assertEquals(List.of("opened image", "4096+8192", "start 512+1024", "closed"), notes.calls);
  }

  @Test
  void hostWithoutHolesIsAskedOnce() throws IOException {
    Notes notes = new Notes();
    notes.failure = FsException.of(Fault.NOT_SUPPORTED, "no holes here");
    try (FileDevice device = FileDevice.create(image, 1 << 20, false, discarding(notes))) {
      device.discard(0, 4096);
      device.discard(4096, 4096);
      assertFalse(device.discarding());
    }
    assertEquals(List.of("opened image", "0+4096", "closed"), notes.calls);
  }

  @Test
  void hostIsAskedForSpaceUntilItHasNoSuchThing() throws IOException {
    Notes notes = new Notes();
    try (FileDevice device = FileDevice.create(image, 1 << 20, false, discarding(notes))) {
      device.allocate(4096, 8192);
      notes.failure = FsException.of(Fault.QUOTA_EXCEEDED, "no more of it");
      fails(Fault.QUOTA_EXCEEDED, () -> device.allocate(0, 4096));
      notes.failure = FsException.of(Fault.NOT_SUPPORTED, "nothing is set aside here");
      device.allocate(0, 512);
      device.allocate(0, 1024);
      fails(Fault.IO_ERROR, () -> device.allocate(1 << 20, 1));
    }
    assertEquals(
        List.of(
            "opened image", "allocate 4096+8192", "allocate 0+4096", "allocate 0+512", "closed"),
        notes.calls);
  }

  @Test
  void refusedWritesAreToldByWhatTheHostSays() {
    assertEquals(
        Fault.NO_SPACE, FileDevice.faultOfWrite(new IOException("No space left on device")));
    assertEquals(
        Fault.QUOTA_EXCEEDED, FileDevice.faultOfWrite(new IOException("Disk quota exceeded")));
    assertEquals(Fault.IO_ERROR, FileDevice.faultOfWrite(new IOException("Input/output error")));
    assertEquals(Fault.IO_ERROR, FileDevice.faultOfWrite(new IOException()));
  }

  @Test
  void failingDiscardIsReported() throws IOException {
    Notes notes = new Notes();
    notes.failure = new FsException(Fault.IO_ERROR, "bad disk");
    try (FileDevice device = FileDevice.create(image, 1 << 20, false, discarding(notes))) {
      fails(Fault.IO_ERROR, () -> device.discard(0, 4096));
      assertTrue(device.discarding());
    }
  }

  @Test
  void withoutDiscarderAndWhenReadOnlyNothingIsPunched() throws IOException {
    try (FileDevice device = create(4096)) {
      assertFalse(device.discarding());
      device.discard(0, 4096);
    }
    Notes notes = new Notes();
    FileDeviceOptions options =
        FileDeviceOptions.of(Access.READ_ONLY)
            .withHostFile(
                (path, channel) -> {
                  throw new AssertionError("a reader punches no holes");
                });
    FileDevice.open(image, options).close();
    assertEquals(List.of(), notes.calls);
  }

  @Test
  void discarderThatCannotBeOpenedLeavesTheImageFree() throws IOException {
    create(4096).close();
    FileDeviceOptions broken =
        OPTIONS.withHostFile(
            (path, channel) -> {
              throw new FsException(Fault.IO_ERROR, "no");
            });
    fails(Fault.IO_ERROR, () -> FileDevice.open(image, broken).close());
    FileDevice.open(image, OPTIONS).close();
  }

  /** It opens the path a second time. */
  @Test
  void discarderThatWouldPunchHolesIntoAnotherFileIsNotUsed() throws IOException {
    create(4096).close();
    Path other = Files.write(folder.resolve("other"), new byte[4096]);
    Notes notes = new Notes();
    FileDeviceOptions replacing =
        OPTIONS.withHostFile(
            (path, channel) -> {
              Files.move(other, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
              notes.channel = channel;
              return notes;
            });
    fails(Fault.BUSY, () -> FileDevice.open(image, replacing).close());
    assertEquals(List.of("closed"), notes.calls);
    FileDevice.open(image, OPTIONS).close();
  }

  @Test
  void fileReplacedByAnotherIsAnotherImage() throws IOException {
    try (FileDevice device = create(4096)) {
      Path other = folder.resolve("other");
      Files.write(other, new byte[100], StandardOpenOption.CREATE_NEW);
      Files.move(other, image, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      try (FileDevice second = FileDevice.open(image, OPTIONS)) {
        assertEquals(100, second.size());
      }
      device.flush();
    }
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> OPTIONS.withBuffers(0));
    assertThrows(
        IllegalArgumentException.class, () -> OPTIONS.withPatience(Duration.ofSeconds(-1)));
  }
}
