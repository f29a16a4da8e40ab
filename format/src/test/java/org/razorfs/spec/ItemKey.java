package org.razorfs.spec;

/** A key of section 5.2. */
record ItemKey(long hi, long lo) implements Comparable<ItemKey> {
  static ItemKey of(long object, int type, long lo) {
    return new ItemKey(object << 8 | type, lo);
  }

  long object() {
    return hi >>> 8;
  }

  int type() {
    return (int) hi & 0xff;
  }

  @Override
  public int compareTo(ItemKey other) {
    int order = Long.compareUnsigned(hi, other.hi);
    return order != 0 ? order : Long.compareUnsigned(lo, other.lo);
  }
}
