package org.razorfs.volume;

import java.io.IOException;
import java.time.Instant;
import java.util.UUID;
import org.razorfs.block.Superblocks;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.BlockDevice;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;

/** What a superblock tells about a volume; sizes in bytes. */
public record VolumeInfo(
    UUID uuid,
    String label,
    long size,
    int nodeSize,
    long journalSize,
    String compression,
    boolean clean,
    boolean errors,
    long generation,
    long compat,
    long roCompat,
    long incompat,
    Instant made,
    Instant mounted,
    Instant written,
    int mountCount,
    long freeBytes,
    long inodes,
    long logicalBytes,
    long storedBytes) {

  /** Reads the newest superblock of a device, which may be mounted. */
  public static VolumeInfo read(BlockDevice device) throws IOException {
    return of(Superblocks.newest(device));
  }

  static VolumeInfo of(Superblock superblock) {
    Superblock.Identity id = superblock.identity();
    return new VolumeInfo(
        id.uuid(),
        id.label(),
        id.volumeSize(),
        id.nodeSize(),
        id.journalLength(),
        CompressionPolicy.ofIds(id.codec(), id.level())
            .map(CompressionPolicy::toString)
            .orElse("unknown"),
        superblock.clean(),
        superblock.errors(),
        superblock.generation(),
        id.compat(),
        id.roCompat(),
        id.incompat(),
        Instant.ofEpochSecond(id.madeAt()),
        Instant.ofEpochSecond(superblock.mountedAt()),
        Instant.ofEpochSecond(superblock.writtenAt()),
        superblock.mountCount(),
        superblock.totals().freeUnits() * Geometry.UNIT,
        superblock.totals().inodes(),
        superblock.totals().logicalBytes(),
        superblock.totals().storedBytes());
  }
}
