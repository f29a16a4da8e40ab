package org.razorfs.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.device.RecordingDevice.Event;

/**
 * Builds from the log of a {@link RecordingDevice} the states in which a crash could have left the
 * device. A flush makes everything before it durable; what was written after it may have arrived in
 * any order, wholly, partly or not at all.
 */
final class CrashEnumerator {

  /**
   * How far the search goes.
   *
   * @param subsetLimit flush epochs of up to so many changes are searched exhaustively
   * @param samples random subsets of every larger epoch
   * @param tears at how many places, at most, one write is torn; the seed chooses among more
   * @param seed of the random choices
   */
  record Bounds(int subsetLimit, int samples, int tears, long seed) {
    /**
     * What the design asks for. Every write is torn between any two of its sectors: a quarter more
     * states of the scripted workloads than with 24 places in each, an eighth more of random ones.
     */
    static final Bounds FULL = new Bounds(10, 64, Integer.MAX_VALUE, 1);

    /** For crashes inside the recovery from a crash; each place is met over many seeds. */
    static final Bounds NESTED = new Bounds(4, 4, 3, 2);

    Bounds withSeed(long newSeed) {
      return new Bounds(subsetLimit, samples, tears, newSeed);
    }
  }

  /** Who looks at the states. */
  interface Visitor {
    /** Whether a state with this 128-bit hash is to be built; false where it was met before. */
    boolean wants(CrashPoint point, long high, long low);

    /** A state to look at; the device belongs to the visitor. False stops the enumeration. */
    boolean visit(CrashPoint point, MemoryDevice device) throws IOException;
  }

  private static final int SECTOR = 512;

  private final MemoryDevice start;
  private final List<Event> events;
  private final Bounds bounds;

  /** States that begin from {@code start}, which is what the device held when the log began. */
  CrashEnumerator(MemoryDevice start, List<? extends Event> events, Bounds bounds) {
    this.start = start;
    this.events = List.copyOf(events);
    this.bounds = bounds;
  }

  /** Walks the log once; whether all states were visited. */
  boolean forEach(Visitor visitor) throws IOException {
    ShadowImage image = new ShadowImage(start);
    int first = 0;
    for (int at = 0; at <= events.size(); at++) {
      if (at == events.size() || events.get(at) instanceof RecordingDevice.Flush) {
        if (!new Epoch(image, first, at, visitor).run()) {
          return false;
        }
        for (int i = first; i < at; i++) {
          apply(image, i);
        }
        image.commit();
        first = at + 1;
      }
    }
    return true;
  }

  /** The device as it was at one point. */
  MemoryDevice build(CrashPoint point) throws IOException {
    ShadowImage image = new ShadowImage(start);
    for (int i = 0; i < point.durable(); i++) {
      apply(image, i);
    }
    apply(image, point);
    return image.toDevice();
  }

  private void apply(ShadowImage image, CrashPoint point) {
    for (int i : point.whole()) {
      if (point.torn() >= 0 && point.torn() < i) {
        break;
      }
      apply(image, i);
    }
    if (point.torn() >= 0) {
      tear(image, point.torn(), point.from(), point.to());
      for (int i : point.whole()) {
        if (i > point.torn()) {
          apply(image, i);
        }
      }
    }
  }

  private void apply(ShadowImage image, int event) {
    tear(image, event, 0, length(event));
  }

  private void tear(ShadowImage image, int event, int from, int to) {
    Event what = events.get(event);
    if (what instanceof RecordingDevice.Write write) {
      image.change(write.position(), write.data(), from, to);
    } else if (what instanceof RecordingDevice.Discard discard) {
      image.zero(discard.position() + from, (long) to - from);
    }
  }

  private int length(int event) {
    Event what = events.get(event);
    if (what instanceof RecordingDevice.Write write) {
      return write.data().length;
    }
    return what instanceof RecordingDevice.Discard discard ? Math.toIntExact(discard.length()) : 0;
  }

  /** Offsets inside a change at which it is torn: each 512 bytes, or a random choice of these. */
  private int[] cuts(int event) {
    int sectors = sectors(event);
    if (sectors <= bounds.tears()) {
      return IntStream.rangeClosed(1, sectors).map(i -> i * SECTOR).toArray();
    }
    return new SplittableRandom(bounds.seed() * 31 + ~event)
        .ints(1, sectors + 1)
        .distinct()
        .limit(bounds.tears())
        .sorted()
        .map(i -> i * SECTOR)
        .toArray();
  }

  /** Places at which a change can be torn. */
  private int sectors(int event) {
    return Math.max(0, (length(event) - 1) / SECTOR);
  }

  /** The states of a crash between two flushes. */
  private final class Epoch {
    private final ShadowImage image;
    private final int first;
    private final int end;
    private final Visitor visitor;
    private final int[] changes;
    private final SplittableRandom random;

    Epoch(ShadowImage image, int first, int end, Visitor visitor) {
      this.image = image;
      this.first = first;
      this.end = end;
      this.visitor = visitor;
      List<Integer> found = new ArrayList<>();
      for (int i = first; i < end; i++) {
        if (length(i) > 0) {
          found.add(i);
        }
      }
      this.changes = found.stream().mapToInt(Integer::intValue).toArray();
      this.random = new SplittableRandom(bounds.seed() * 31 + first);
    }

    boolean run() throws IOException {
      return prefixes() && (changes.length <= bounds.subsetLimit() ? subsets() : samples());
    }

    /** Every prefix, with the next change missing or torn. */
    private boolean prefixes() throws IOException {
      for (int count = 0; count <= changes.length; count++) {
        int[] whole = Arrays.copyOf(changes, count);
        int position = count < changes.length ? changes[count] : end;
        if (!offer(CrashPoint.prefix(position, first, whole))) {
          return false;
        }
        if (count < changes.length && !tears(whole, changes[count])) {
          return false;
        }
      }
      return true;
    }

    private boolean tears(int[] whole, int event) throws IOException {
      int length = length(event);
      for (int cut : cuts(event)) {
        if (!offer(new CrashPoint(event + 1, first, whole, event, 0, cut))
            || !offer(new CrashPoint(event + 1, first, whole, event, cut, length))) {
          return false;
        }
      }
      return true;
    }

    private boolean subsets() throws IOException {
      for (int set = 0; set < 1 << changes.length; set++) {
        if (!offer(CrashPoint.prefix(end, first, select(set)))) {
          return false;
        }
      }
      return changes.length < 2 || tornSamples(Math.min(16, bounds.samples()));
    }

    private int[] select(long set) {
      int[] whole = new int[Long.bitCount(set)];
      int count = 0;
      for (int i = 0; i < changes.length && i < 64; i++) {
        if ((set >>> i & 1) != 0) {
          whole[count++] = changes[i];
        }
      }
      return whole;
    }

    private boolean samples() throws IOException {
      for (int i = 0; i < changes.length; i++) {
        int[] without = new int[changes.length - 1];
        System.arraycopy(changes, 0, without, 0, i);
        System.arraycopy(changes, i + 1, without, i, without.length - i);
        if (!offer(CrashPoint.prefix(end, first, without))
            || !offer(CrashPoint.prefix(end, first, new int[] {changes[i]}))) {
          return false;
        }
      }
      for (int i = 0; i < bounds.samples(); i++) {
        if (!offer(CrashPoint.prefix(end, first, randomSubset(-1)))) {
          return false;
        }
      }
      return tornSamples(bounds.samples() / 4);
    }

    /** Random subsets in which, moreover, one change in the middle is torn. */
    private boolean tornSamples(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        int torn = changes[random.nextInt(changes.length)];
        int sectors = sectors(torn);
        if (sectors > 0) {
          int cut = random.nextInt(1, sectors + 1) * SECTOR;
          boolean tail = random.nextBoolean();
          int[] whole = randomSubset(torn);
          if (!offer(
              new CrashPoint(end, first, whole, torn, tail ? cut : 0, tail ? length(torn) : cut))) {
            return false;
          }
        }
      }
      return true;
    }

    private int[] randomSubset(int without) {
      int density = random.nextInt(1, 8);
      return Arrays.stream(changes)
          .filter(event -> event != without && random.nextInt(8) < density)
          .toArray();
    }

    private boolean offer(CrashPoint point) throws IOException {
      apply(image, point);
      long[] hash = image.hash();
      MemoryDevice device = visitor.wants(point, hash[0], hash[1]) ? image.toDevice() : null;
      image.revert();
      return device == null || visitor.visit(point, device);
    }
  }
}
