package org.razorfs.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;
import org.razorfs.compress.ChunkCodec;
import org.razorfs.compress.Codec;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Violation;

/** Reads chunks and verifies what INV-EXT-10 demands, one at a time, in two buffers it keeps. */
final class ChunkVerifier implements AutoCloseable {
  private final ChunkCodec codec = new ChunkCodec(1);
  private ByteBuffer stored = ByteBuffer.allocate(0);
  private ByteBuffer logical = ByteBuffer.allocate(0);

  /**
   * Verifies one chunk whose fields are legal by themselves.
   *
   * @throws IOException where it is not what it should be, or the device fails
   */
  void verify(
      BlockDevice device, long address, int storedLength, int logicalLength, int crc, int codecId)
      throws IOException {
    stored = room(stored, storedLength);
    device.read(address, stored);
    stored.flip();
    CRC32 actual = new CRC32();
    actual.update(stored.duplicate());
    if ((int) actual.getValue() != crc) {
      throw broken(address, "crc " + Integer.toHexString(crc), Long.toHexString(actual.getValue()));
    }
    Optional<Codec> how = Codec.ofId(codecId);
    if (how.isEmpty() || how.get() == Codec.NONE) {
      return; // INV-EXT-3 is judged elsewhere
    }
    logical = room(logical, logicalLength);
    try {
      codec.decompress(how.get(), stored, logical, logicalLength);
    } catch (CorruptImageException e) {
      throw broken(address, e.expected(), e.location() + ": " + e.actual());
    }
  }

  private static CorruptImageException broken(long address, String expected, String actual) {
    return new Violation(Invariant.EXT_10, "chunk at " + address, expected, actual).toException();
  }

  private static ByteBuffer room(ByteBuffer buffer, int length) {
    ByteBuffer fitting = buffer;
    if (buffer.capacity() < length) {
      int capacity = Math.max(4096, Integer.highestOneBit(length - 1) << 1);
      fitting = ByteBuffer.allocateDirect(Math.min(capacity, Geometry.MAX_CHUNK));
    }
    return fitting.clear().limit(length);
  }

  @Override
  public void close() {
    codec.close();
  }
}
