package org.razorfs.check;

import java.util.Arrays;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;

/**
 * What is known of every inode: 9 bytes each, and 17 more of a directory. Links are counted down
 * from what the inode says, so that zero is left where it is right.
 */
final class InodeTable {
  private static final int TYPE = 0x0f;
  private static final int NAMELESS = 0x10;
  private static final int ORPHAN = 0x20;

  private final Numbers numbers = new Numbers();
  private final ByteList states = new ByteList();
  private final Ints links = new Ints();
  private final Numbers orphans = new Numbers();
  private final Numbers directories = new Numbers();
  private final Longs parents = new Longs();
  private final ByteList names = new ByteList();
  private long[] late = new long[0];
  private int lateCount;
  private long lastGeneration;
  private boolean whole = true;

  /** Notes that some inodes, names or extents could not be read. */
  void incomplete() {
    whole = false;
  }

  /** Whether what is not here does not exist. */
  boolean isWhole() {
    return whole;
  }

  void addOrphan(long inode) {
    orphans.add(inode);
  }

  /** Inodes on the orphan list. */
  Numbers orphans() {
    return orphans;
  }

  /** Adds an inode whose record cannot be believed. */
  void addUnknown(long number) {
    numbers.add(number);
    states.add(0);
    links.add(0);
  }

  void add(long number, InodeRecord record) {
    boolean orphan = orphans.indexOf(number) >= 0;
    numbers.add(number);
    states.add(
        FileType.code(record.mode())
            | (record.nlink() == 0 ? NAMELESS : 0)
            | (orphan ? ORPHAN : 0));
    boolean counts = record.isDirectory() && record.nlink() > 0;
    links.add(counts ? record.nlink() - 2 : record.nlink());
    if (record.isDirectory()) {
      directories.add(number);
      parents.add(record.link());
      names.add(0);
    }
    // Generations ascend with numbers, but for inodes that were made at the same moment.
    if (record.generation() > lastGeneration) {
      lastGeneration = record.generation();
    } else {
      if (lateCount == late.length) {
        late = Arrays.copyOf(late, Math.max(16, lateCount + (lateCount >> 1)));
      }
      late[lateCount++] = record.generation();
    }
  }

  int size() {
    return numbers.size();
  }

  /** The index of an inode, or -1. */
  int indexOf(long number) {
    return numbers.indexOf(number);
  }

  long number(int index) {
    return numbers.get(index);
  }

  /** The code of the file type, 0 where it is not known. */
  int type(int index) {
    return states.get(index) & TYPE;
  }

  boolean isDirectory(int index) {
    return type(index) == FileType.code(FileType.DIRECTORY);
  }

  /** Whether the inode says that it has no names. */
  boolean isNameless(int index) {
    return (states.get(index) & NAMELESS) != 0;
  }

  boolean isOrphan(int index) {
    return (states.get(index) & ORPHAN) != 0;
  }

  /** Counts a name, or a subdirectory's "..". */
  void link(int index) {
    links.set(index, links.get(index) - 1);
  }

  /** Links that the inode says more than it has names and subdirectories. */
  int surplusLinks(int index) {
    return links.get(index);
  }

  int directories() {
    return directories.size();
  }

  /** The index of a directory among the directories, or -1. */
  int directory(long number) {
    return directories.indexOf(number);
  }

  long directoryNumber(int directory) {
    return directories.get(directory);
  }

  /** The inode number of a directory's parent. */
  long parent(int directory) {
    return parents.get(directory);
  }

  /** What passes note of a directory, one byte. */
  int mark(int directory) {
    return names.get(directory);
  }

  void mark(int directory, int value) {
    names.set(directory, value);
  }

  /**
   * Generations that are not above all of those before them, ascending. Those that are above are
   * different from each other, so that another inode must have one of these if any is there twice.
   */
  long[] lateGenerations() {
    late = Arrays.copyOf(late, lateCount);
    Arrays.sort(late);
    return late;
  }
}
