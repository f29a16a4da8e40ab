package org.razorfs.alloc;

import org.razorfs.layout.Geometry;

/**
 * What an {@link Allocator} is told about its volume.
 *
 * @param volumeSize bytes of the image
 * @param dataStart the first byte that may be allocated, a multiple of the unit
 * @param end the first byte after the last that may be allocated (the backup superblock), another
 * @param freeUnits free units as the superblock counts them
 * @param nodeSize bytes of an untrimmed tree node
 * @param maxSegments how many bitmaps (about 1.2 KiB each) are kept, not counting those that must
 *     stay because they differ from the last checkpoint
 * @param holdBackUnits units that only urgent requests may take
 */
public record AllocatorOptions(
    long volumeSize,
    long dataStart,
    long end,
    long freeUnits,
    int nodeSize,
    int maxSegments,
    long holdBackUnits) {

  /**
   * @throws IllegalArgumentException where the numbers contradict each other
   */
  public AllocatorOptions {
    require(volumeSize > 0 && volumeSize <= Geometry.MAX_VOLUME, "volume size", volumeSize);
    require(dataStart >= 0 && dataStart % Geometry.UNIT == 0, "data start", dataStart);
    require(end > dataStart && end <= volumeSize && end % Geometry.UNIT == 0, "end", end);
    require(freeUnits >= 0 && freeUnits <= Geometry.units(volumeSize), "free units", freeUnits);
    require(
        nodeSize > 0 && nodeSize <= Geometry.SEGMENT && nodeSize % Geometry.UNIT == 0,
        "node size",
        nodeSize);
    require(maxSegments > 0, "maximum of segments", maxSegments);
    require(holdBackUnits >= 0, "units held back", holdBackUnits);
  }

  private static void require(boolean condition, String what, long value) {
    if (!condition) {
      throw new IllegalArgumentException(what + " of " + value + " is out of range");
    }
  }
}
