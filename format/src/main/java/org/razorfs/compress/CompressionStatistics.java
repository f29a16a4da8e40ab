package org.razorfs.compress;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts, by kind of content, what compression was given and what it made of it; thread-safe. */
public final class CompressionStatistics {

  /**
   * The sums of one kind of content, or of all.
   *
   * @param chunks chunks seen
   * @param logicalBytes their bytes
   * @param storedBytes the bytes to store for them
   * @param rawChunks how many of the chunks are stored as they are
   * @param skippedChunks how many of those were not even tried
   */
  public record Sums(
      long chunks, long logicalBytes, long storedBytes, long rawChunks, long skippedChunks) {
    /** Nothing. */
    public static final Sums ZERO = new Sums(0, 0, 0, 0, 0);

    /** The sums of both. */
    public Sums plus(Sums other) {
      return new Sums(
          chunks + other.chunks,
          logicalBytes + other.logicalBytes,
          storedBytes + other.storedBytes,
          rawChunks + other.rawChunks,
          skippedChunks + other.skippedChunks);
    }

    /** Logical by stored bytes; 1 when there are none. */
    public double ratio() {
      return storedBytes == 0 ? 1 : (double) logicalBytes / storedBytes;
    }
  }

  /**
   * All sums at one moment (each counter for itself).
   *
   * @param byContent only kinds that occurred
   */
  public record Snapshot(Map<ContentClass, Sums> byContent) {
    /** Copies the map. */
    public Snapshot {
      Map<ContentClass, Sums> ordered = new EnumMap<>(ContentClass.class);
      ordered.putAll(byContent);
      byContent = Collections.unmodifiableMap(ordered);
    }

    /** The sums of a kind, zeros if it did not occur. */
    public Sums of(ContentClass content) {
      return byContent.getOrDefault(content, Sums.ZERO);
    }

    /** The sums of all kinds. */
    public Sums total() {
      return byContent.values().stream().reduce(Sums.ZERO, Sums::plus);
    }
  }

  private static final class Counters {
    final LongAdder chunks = new LongAdder();
    final LongAdder logicalBytes = new LongAdder();
    final LongAdder storedBytes = new LongAdder();
    final LongAdder rawChunks = new LongAdder();
    final LongAdder skippedChunks = new LongAdder();

    Sums sums() {
      return new Sums(
          chunks.sum(),
          logicalBytes.sum(),
          storedBytes.sum(),
          rawChunks.sum(),
          skippedChunks.sum());
    }
  }

  private final Map<ContentClass, Counters> counters = new EnumMap<>(ContentClass.class);

  /** All zero. */
  public CompressionStatistics() {
    for (ContentClass content : ContentClass.values()) {
      counters.put(content, new Counters());
    }
  }

  /**
   * Counts one chunk.
   *
   * @param logicalLength its bytes
   * @param result what is stored
   * @param tried whether compressing it was tried
   */
  void record(ContentClass content, int logicalLength, Compressed result, boolean tried) {
    Counters of = counters.get(content);
    of.chunks.increment();
    of.logicalBytes.add(logicalLength);
    of.storedBytes.add(result.storedLength());
    if (result.codec() == Codec.NONE) {
      of.rawChunks.increment();
      if (!tried) {
        of.skippedChunks.increment();
      }
    }
  }

  /** The sums so far. */
  public Snapshot snapshot() {
    Map<ContentClass, Sums> sums = new EnumMap<>(ContentClass.class);
    counters.forEach(
        (content, of) -> {
          Sums now = of.sums();
          if (now.chunks() > 0) {
            sums.put(content, now);
          }
        });
    return new Snapshot(sums);
  }
}
