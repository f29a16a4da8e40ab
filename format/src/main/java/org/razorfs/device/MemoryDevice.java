package org.razorfs.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.StampedLock;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * A sparse device in memory whose {@link #fork copies} share all pages until one side writes to
 * them, so that a crash test can hold hundreds of thousands of states.
 *
 * <p>The pages hang in a table of two levels. Table, leaf and page each remember the owner that may
 * change them in place; everybody else copies first. A fork therefore costs one small object, and
 * the first write after it one leaf (256 references) and one page.
 */
public final class MemoryDevice implements BlockDevice {
  /** Bytes per page, the unit of sharing. */
  public static final int PAGE_SIZE = 4096;

  private static final int PAGES_PER_LEAF = 256;
  private static final long LEAF_SIZE = (long) PAGE_SIZE * PAGES_PER_LEAF;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final StampedLock lock = new StampedLock();
  private final String name;
  private final long size;
  private final boolean readOnly;
  private Owner owner;
  private Owner tableOwner;
  private Leaf[] table;
  private volatile boolean closed;

  /** A device of {@code size} zero bytes. */
  public MemoryDevice(long size) {
    this("memory", size, false, new Leaf[leafCount(size)]);
  }

  private MemoryDevice(String name, long size, boolean readOnly, Leaf[] table) {
    this.name = name;
    this.size = size;
    this.readOnly = readOnly;
    this.table = table;
    this.owner = new Owner();
  }

  private static int leafCount(long size) {
    if (size < 0) {
      throw new IllegalArgumentException("size " + size + " is negative");
    }
    return Math.toIntExact((size + LEAF_SIZE - 1) / LEAF_SIZE);
  }

  /** A device that holds a copy of these bytes and is exactly as long. */
  public static MemoryDevice of(byte[] contents) {
    MemoryDevice device = new MemoryDevice(contents.length);
    device.store(0, ByteBuffer.wrap(contents));
    return device;
  }

  /**
   * An independent writable device with the same contents, open whether or not this one is. Costs
   * the same however large the device is.
   */
  public MemoryDevice fork() {
    return fork(false);
  }

  /** As {@link #fork()}, but refusing every write. */
  public MemoryDevice forkReadOnly() {
    return fork(true);
  }

  private MemoryDevice fork(boolean copyReadOnly) {
    long stamp = lock.writeLock();
    try {
      // From here on neither side owns what exists, so both copy before they write.
      owner = new Owner();
      return new MemoryDevice(name, size, copyReadOnly, table);
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long position, ByteBuffer target) throws FsException {
    checkOpen();
    Ranges.check(name, "read", size, position, target.remaining());
    long stamp = lock.readLock();
    try {
      long at = position;
      while (target.hasRemaining()) {
        int inPage = (int) (at % PAGE_SIZE);
        int count = Math.min(PAGE_SIZE - inPage, target.remaining());
        Page page = page(at);
        target.put(page == null ? Page.ZEROS : page.bytes, inPage, count);
        at += count;
      }
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void write(long position, ByteBuffer source) throws FsException {
    checkWritable();
    Ranges.check(name, "write", size, position, source.remaining());
    store(position, source);
  }

  private void store(long position, ByteBuffer source) {
    long stamp = lock.writeLock();
    try {
      long at = position;
      while (source.hasRemaining()) {
        int inPage = (int) (at % PAGE_SIZE);
        int count = Math.min(PAGE_SIZE - inPage, source.remaining());
        source.get(pageForWriting(at).bytes, inPage, count);
        at += count;
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  @Override
  public void flush() throws FsException {
    checkOpen();
  }

  /** Drops the whole pages of the range, which then read as zeros; bytes beside them stay. */
  @Override
  public void discard(long position, long length) throws FsException {
    checkWritable();
    Ranges.check(name, "discard", size, position, length);
    long stamp = lock.writeLock();
    try {
      long first = (position + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
      for (long at = first; at + PAGE_SIZE <= position + length; at += PAGE_SIZE) {
        if (page(at) != null) {
          leafForWriting(at).pages[pageInLeaf(at)] = null;
        }
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  /**
   * A 64-bit hash of size and contents: equal for devices with equal bytes, whatever was written on
   * the way. Hashes of pages that did not change since they were last asked for are kept, also
   * across forks.
   */
  public long fingerprint() {
    long stamp = lock.writeLock(); // the kept hashes change
    try {
      long sum = mix(size);
      for (int i = 0; i < table.length; i++) {
        if (table[i] != null) {
          sum += table[i].hash((long) i * PAGES_PER_LEAF);
        }
      }
      return sum;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** The number of bytes held by pages that were ever written and not discarded. */
  public long allocatedBytes() {
    long stamp = lock.readLock();
    try {
      long bytes = 0;
      for (Leaf leaf : table) {
        if (leaf != null) {
          for (Page page : leaf.pages) {
            bytes += page == null ? 0 : PAGE_SIZE;
          }
        }
      }
      return bytes;
    } finally {
      lock.unlockRead(stamp);
    }
  }

  private void checkOpen() throws FsException {
    if (closed) {
      throw new FsException(Fault.SHUT_DOWN, name + ": the device is closed");
    }
  }

  private void checkWritable() throws FsException {
    checkOpen();
    if (readOnly) {
      throw new FsException(Fault.READ_ONLY, name + ": the device is open for reading only");
    }
  }

  private static int pageInLeaf(long position) {
    return (int) (position / PAGE_SIZE % PAGES_PER_LEAF);
  }

  private Page page(long position) {
    Leaf leaf = table[(int) (position / LEAF_SIZE)];
    return leaf == null ? null : leaf.pages[pageInLeaf(position)];
  }

  private Leaf leafForWriting(long position) {
    if (tableOwner != owner) {
      table = table.clone();
      tableOwner = owner;
    }
    int index = (int) (position / LEAF_SIZE);
    Leaf leaf = table[index];
    if (leaf == null || leaf.owner != owner) {
      leaf = new Leaf(owner, leaf == null ? new Page[PAGES_PER_LEAF] : leaf.pages.clone());
      table[index] = leaf;
    }
    leaf.hashed = false;
    return leaf;
  }

  private Page pageForWriting(long position) {
    Leaf leaf = leafForWriting(position);
    int index = pageInLeaf(position);
    Page page = leaf.pages[index];
    if (page == null || page.owner != owner) {
      page = new Page(owner, page == null ? new byte[PAGE_SIZE] : page.bytes.clone());
      leaf.pages[index] = page;
    }
    page.hashed = false;
    return page;
  }

  private static long mix(long value) {
    long z = value * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    z = (z ^ (z >>> 29)) * 0xBF58476D1CE4E5B9L;
    return z ^ (z >>> 32);
  }

  /** An identity and nothing else: who may change a table, leaf or page in place. */
  private static final class Owner {}

  private static final class Leaf {
    final Owner owner;
    final Page[] pages;
    private long hash;
    boolean hashed;

    Leaf(Owner owner, Page[] pages) {
      this.owner = owner;
      this.pages = pages;
    }

    synchronized long hash(long firstPage) { // leaves are shared between devices
      if (!hashed) {
        long sum = 0;
        for (int i = 0; i < pages.length; i++) {
          long pageHash = pages[i] == null ? 0 : pages[i].hash();
          if (pageHash != 0) {
            sum += mix(pageHash ^ mix(firstPage + i + 1));
          }
        }
        hash = sum;
        hashed = true;
      }
      return hash;
    }
  }

  private static final class Page {
    static final byte[] ZEROS = new byte[PAGE_SIZE];

    final Owner owner;
    final byte[] bytes;
    private long hash;
    boolean hashed;

    Page(Owner owner, byte[] bytes) {
      this.owner = owner;
      this.bytes = bytes;
    }

    /** Zero for a page of zeros, so that it counts as one that was never written. */
    synchronized long hash() {
      if (!hashed) {
        long a = 0;
        long b = 0;
        boolean zero = true;
        for (int i = 0; i < PAGE_SIZE; i += 16) {
          long x = (long) LONGS.get(bytes, i);
          long y = (long) LONGS.get(bytes, i + 8);
          zero &= (x | y) == 0;
          a = (a ^ x) * 0x9E3779B97F4A7C15L;
          a ^= a >>> 32;
          b = (b ^ y) * 0xC2B2AE3D27D4EB4FL;
          b ^= b >>> 29;
        }
        long mixed = mix(a + Long.rotateLeft(b, 23));
        hash = zero ? 0 : mixed == 0 ? 1 : mixed;
        hashed = true;
      }
      return hash;
    }
  }
}
