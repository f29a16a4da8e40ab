package org.razorfs.check;

/**
 * What is known of every name in the string table: 17 bytes each. References are counted down from
 * what the table says, so that zero is left where it is right.
 */
final class StringIndex {
  /** The name has its entry in the index. */
  static final int INDEXED = 1;

  /** The name can be that of a file. */
  static final int FILE_NAME = 2;

  /** The name can be that of an attribute. */
  static final int ATTRIBUTE_NAME = 4;

  private static final long FLAGS = 0xff;

  private final Numbers ids = new Numbers();
  private final Ints references = new Ints();
  private final Longs hashes = new Longs();
  private final ByteList lengths = new ByteList();
  private boolean whole = true;

  void add(long id, int count, long hash, int length, int flags) {
    ids.add(id);
    references.add(count);
    hashes.add((hash & ~FLAGS) | flags);
    lengths.add(length);
  }

  /** Notes that some strings could not be read. */
  void incomplete() {
    whole = false;
  }

  /** Whether a string that is not here does not exist. */
  boolean isWhole() {
    return whole;
  }

  int size() {
    return ids.size();
  }

  /** The index of a string, or -1. */
  int indexOf(long id) {
    return ids.indexOf(id);
  }

  long id(int index) {
    return ids.get(index);
  }

  /** The bytes of the name. */
  int length(int index) {
    return lengths.get(index);
  }

  boolean has(int index, int flag) {
    return (hashes.get(index) & flag) != 0;
  }

  void set(int index, int flag) {
    hashes.set(index, hashes.get(index) | flag);
  }

  /** Whether two hashes are the same as far as the index keeps them. */
  boolean hasHash(int index, long hash) {
    return (hashes.get(index) & ~FLAGS) == (hash & ~FLAGS);
  }

  /** Counts one use of a name. */
  void use(int index) {
    references.set(index, references.get(index) - 1);
  }

  /** References that the table says more than there are uses. */
  int surplus(int index) {
    return references.get(index);
  }
}
