package org.razorfs.volume;

import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.compress.StreamHint;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Timestamp;

/**
 * What was written to a file and is not in the journal yet: dirty chunks, those being stored at the
 * moment (beneath the dirty ones), and the size and time that they bring. Guarded by the inode's
 * lock; storing is one thread's business at a time, by the flush lock, which is taken first.
 */
final class FileData {
  private final ReentrantLock flushLock = new ReentrantLock();
  private final TreeMap<Long, DirtyChunk> dirty = new TreeMap<>();
  private final TreeMap<Long, DirtyChunk> storing = new TreeMap<>();
  private final StreamHint hint = new StreamHint();
  private final SyncForecast forecast = new SyncForecast();
  private long size;
  private Timestamp mtime;
  private Timestamp ctime;
  private boolean pending;
  private volatile boolean queued;
  private int fullChunks;
  private long nextSequentialRead;
  private int sequentialReads;

  /** Serialises those who store this file's data. */
  ReentrantLock flushLock() {
    return flushLock;
  }

  /** Dirty chunks by number (offset divided by the chunk size). */
  NavigableMap<Long, DirtyChunk> dirty() {
    return dirty;
  }

  /** Chunks on their way to the device. */
  NavigableMap<Long, DirtyChunk> storing() {
    return storing;
  }

  StreamHint hint() {
    return hint;
  }

  SyncForecast forecast() {
    return forecast;
  }

  /** Whether size and mtime here are newer than the record's. */
  boolean isPending() {
    return pending;
  }

  /** The size that callers see, while pending. */
  long size() {
    return size;
  }

  /** The mtime that callers see, while pending. */
  Timestamp mtime() {
    return mtime;
  }

  /** The ctime that callers see, while pending. */
  Timestamp ctime() {
    return ctime;
  }

  /** Notes a write. */
  void written(long newSize, Timestamp time) {
    size = newSize;
    mtime = time;
    ctime = time;
    pending = true;
  }

  /** Notes that times were set, which stay when the data is stored later. */
  void touched(Timestamp newMtime, Timestamp newCtime) {
    mtime = newMtime;
    ctime = newCtime;
  }

  /** The record has caught up. */
  void settled() {
    pending = false;
  }

  /**
   * The blocks that callers see, while pending: what is stored and what waits, which may replace
   * some of it, but not more than the size fills.
   */
  long blocks(long stored) {
    long most = Math.max(stored, Geometry.units(size));
    long blocks = stored;
    for (DirtyChunk chunk : storing.values()) {
      blocks += chunk.worstUnits();
    }
    for (DirtyChunk chunk : dirty.values()) {
      if (blocks >= most) {
        break;
      }
      blocks += chunk.worstUnits();
    }
    return Math.min(blocks, most);
  }

  boolean isClean() {
    return dirty.isEmpty() && storing.isEmpty();
  }

  /** Whether the file waits in a queue to be stored. */
  boolean queued() {
    return queued;
  }

  void queued(boolean value) {
    queued = value;
  }

  /** Dirty chunks that are full since the file was last queued for it. */
  int fullChunks() {
    return fullChunks;
  }

  void fullChunks(int count) {
    fullChunks = count;
  }

  /** Notes a read, and returns how many reads in a row have continued where the last one ended. */
  int readAt(long offset, long length) {
    sequentialReads = offset == nextSequentialRead ? sequentialReads + 1 : 0;
    nextSequentialRead = offset + length;
    return sequentialReads;
  }

  /** The number of the chunk that holds an offset. */
  static long chunk(long offset) {
    return offset / Geometry.MAX_CHUNK;
  }

  /** The offset at which a chunk starts. */
  static long start(long chunk) {
    return chunk * Geometry.MAX_CHUNK;
  }
}
