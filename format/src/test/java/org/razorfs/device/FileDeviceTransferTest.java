package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** What a file device makes of a channel that transfers less than asked for, or fails. */
class FileDeviceTransferTest {
  private static final int SIZE = 1 << 20;

  private final Channel channel = new Channel();
  private final FileDevice device =
      new FileDevice(
          Path.of("image"),
          new FileOpener.Opened(
              channel, new FileIdentity(this, FileIdentity.Kind.REGULAR, -1, -1, 0)),
          SIZE,
          null,
          FileDeviceOptions.readWrite());

  /** A file in memory that moves 1,000 bytes at most, every third time none, and checks. */
  private static final class Channel extends FileChannel {
    final byte[] file = new byte[SIZE];
    int transfers;
    IOException failure;

    private int next(ByteBuffer buffer) throws IOException {
      assertTrue(buffer.isDirect(), "a heap buffer makes the JDK keep a hidden direct one");
      if (failure != null) {
        throw failure;
      }
      return ++transfers % 3 == 0 ? 0 : Math.min(1000, buffer.remaining());
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int count = next(target);
      target.put(file, (int) position, count);
      return count;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      int count = next(source);
      source.get(file, (int) position, count);
      return count;
    }

    @Override
    public void force(boolean metaData) throws IOException {
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public long size() {
      return SIZE;
    }

    @Override
    protected void implCloseChannel() {}

    @Override
    public int read(ByteBuffer target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new java.util.Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void shortTransfersAreContinuedWhateverTheBuffer() throws IOException {
    byte[] data = pattern(300_000);
    for (boolean direct : new boolean[] {false, true}) {
      ByteBuffer buffer =
          direct ? ByteBuffer.allocateDirect(data.length) : ByteBuffer.allocate(data.length);
      device.write(4321, buffer.put(data).flip());
      assertEquals(0, buffer.remaining());
      buffer.clear();
      device.read(4321, buffer);
      byte[] back = new byte[data.length];
      buffer.flip().get(back);
      assertArrayEquals(data, back);
      buffer.clear().put(new byte[data.length]).flip();
      device.write(4321, buffer);
    }
  }

  @Test
  void smallSourcesOfAGatheringWriteTravelTogether() throws IOException {
    byte[] header = pattern(40);
    byte[] body = pattern(500);
    device.write(0, new ByteBuffer[] {ByteBuffer.wrap(header), ByteBuffer.wrap(body)});
    assertEquals(1, channel.transfers);
    byte[] back = new byte[540];
    device.read(0, ByteBuffer.wrap(back));
    assertArrayEquals(body, java.util.Arrays.copyOfRange(back, 40, 540));
  }

  @Test
  void failuresNameTheDeviceAndThePlace() {
    channel.failure = new IOException("Input/output error");
    FsException e =
        assertThrows(FsException.class, () -> device.read(512, ByteBuffer.allocate(100)));
    assertEquals(Fault.IO_ERROR, e.fault());
    assertEquals("image: read of 100 bytes at 512 failed: Input/output error", e.getMessage());
    assertSame(channel.failure, e.getCause());
    assertThrows(FsException.class, () -> device.write(0, ByteBuffer.allocate(1)));
  }

  @Test
  void flushThatFailedOnceNeverSucceedsAgain() throws IOException {
    device.flush();
    channel.failure = new IOException("Input/output error");
    assertThrows(FsException.class, device::flush);
    channel.failure = null; // the kernel has forgotten
    FsException e = assertThrows(FsException.class, device::flush);
    assertEquals(Fault.IO_ERROR, e.fault());
    device.read(0, ByteBuffer.allocate(1));
  }

  @Test
  void buffersComeBackAfterFailures() throws IOException {
    channel.failure = new IOException("Input/output error");
    for (int i = 0; i < 50; i++) { // more often than there are buffers to lose
      assertThrows(FsException.class, () -> device.read(0, ByteBuffer.allocate(1)));
      assertThrows(FsException.class, () -> device.write(0, ByteBuffer.allocate(1)));
    }
    channel.failure = null;
    device.read(0, ByteBuffer.allocate(1));
  }
}
