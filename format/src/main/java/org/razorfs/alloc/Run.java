package org.razorfs.alloc;

import org.razorfs.layout.Geometry;

/**
 * A contiguous range of the volume.
 *
 * @param address byte offset in the image, a multiple of the unit
 * @param length bytes, a multiple of the unit
 */
public record Run(long address, int length) {
  static Run ofUnits(long unit, int units) {
    return new Run(unit * Geometry.UNIT, units * Geometry.UNIT);
  }

  long unit() {
    return address / Geometry.UNIT;
  }

  int units() {
    return length / Geometry.UNIT;
  }
}
