package org.razorfs.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.Geometry;
import org.razorfs.volume.AtimeMode;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.wire.Bytes;

/**
 * The small volumes of crash and fault tests, and how they are opened: without threads and with a
 * clock of their own, so that the same history always writes the same log.
 *
 * @param size bytes of the volume
 * @param journal bytes of its ring
 * @param node bytes of a tree node
 * @param dirty bytes of data that may wait in memory
 */
public record TestImage(long size, long journal, int node, long dirty) {
  /** Small enough to be opened and checked a thousand times a second. */
  public static final TestImage SMALL = new TestImage(1 << 20, 64 << 10, 8 << 10, 8 << 20);

  private static final Instant MADE = Instant.parse("2001-01-01T00:00:00Z");
  private static final Instant MOUNTED = Instant.parse("2002-02-02T00:00:00Z");
  private static final int HASH_KEYS = 232;
  private static final int CRC = Geometry.SUPERBLOCK - 4;

  /** A fresh volume. */
  public MemoryDevice format() throws IOException {
    MemoryDevice device = new MemoryDevice(size);
    Formatter.format(
        device,
        new FormatOptions("crash", new UUID(0x5241, 0x5a4f), journal, CompressionPolicy.AUTO, node),
        new TickingClock(MADE));
    fixHashKey(device, Geometry.SLOT_1);
    fixHashKey(device, size - Geometry.SUPERBLOCK);
    return device.fork();
  }

  /** Nothing is hashed yet, so that the key can be one that is always the same. */
  private static void fixHashKey(BlockDevice device, long address) throws IOException {
    byte[] bytes = new byte[Geometry.SUPERBLOCK];
    device.read(address, ByteBuffer.wrap(bytes));
    Bytes.put64(bytes, HASH_KEYS, 0x0123456789abcdefL);
    Bytes.put64(bytes, HASH_KEYS + 8, 0x0f1e2d3c4b5a6978L);
    Bytes.put32(bytes, CRC, Bytes.crc32(bytes, 0, CRC));
    device.write(address, ByteBuffer.wrap(bytes));
  }

  /** How it is opened. */
  public VolumeOptions options() {
    return builder().build();
  }

  /** How it is opened, to add to. */
  public VolumeOptions.Builder builder() {
    return VolumeOptions.builder()
        .manual()
        .atime(AtimeMode.NOATIME)
        .maxDirtyBytes(dirty)
        .maxCacheBytes(8 << 20)
        .clock(new TickingClock(MOUNTED));
  }
}
