package org.razorfs.crash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.device.RecordingDevice.Event;

/** Holds the enumerator against a store so small that one sees what must come out. */
class CrashEnumeratorTest {
  private static final int SIZE = 64 << 10;

  /** Collects what the bytes at some places were in the states. */
  private static final class Collector implements CrashEnumerator.Visitor {
    final Set<String> contents = new HashSet<>();
    final List<CrashPoint> points = new ArrayList<>();
    private final HashSet128 seen = new HashSet128();
    private final int[] places;

    Collector(int... places) {
      this.places = places;
    }

    @Override
    public boolean wants(CrashPoint point, long high, long low) {
      return seen.add(high, low);
    }

    @Override
    public boolean visit(CrashPoint point, MemoryDevice device) throws IOException {
      StringBuilder text = new StringBuilder();
      for (int place : places) {
        text.append(read(device, place, 1)[0]);
      }
      contents.add(text.toString());
      points.add(point);
      return true;
    }
  }

  private static byte[] read(BlockDevice device, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    device.read(at, buffer);
    return buffer.array();
  }

  private static void put(BlockDevice device, int at, int value, int length) throws IOException {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    device.write(at, ByteBuffer.wrap(bytes));
  }

  private static Collector enumerate(List<Event> log, int... places) throws IOException {
    Collector collector = new Collector(places);
    new CrashEnumerator(new MemoryDevice(SIZE), log, CrashEnumerator.Bounds.FULL)
        .forEach(collector);
    return collector;
  }

  @Test
  void writesOfOneEpochArriveInAnyCombinationAndFlushedOnesAlways() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    put(device, 0, 1, 512);
    device.flush();
    put(device, 4096, 2, 512);
    put(device, 8192, 3, 512);
    put(device, 12288, 4, 512);
    Collector states = enumerate(device.events(), 0, 4096, 8192, 12288);
    assertEquals(
        Set.of("0000", "1000", "1200", "1030", "1004", "1230", "1204", "1034", "1234"),
        states.contents);
  }

  @Test
  void laterWriteWinsOverEarlierAndEitherMayBeMissing() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    put(device, 0, 1, 512);
    put(device, 0, 2, 512);
    assertEquals(Set.of("0", "1", "2"), enumerate(device.events(), 0).contents);
  }

  @Test
  void writesAreTornAtEverySectorFromBothEnds() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    put(device, 0, 1, 2048);
    assertEquals(
        Set.of("0000", "1000", "1100", "1110", "0111", "0011", "0001", "1111"),
        enumerate(device.events(), 0, 512, 1024, 1536).contents);
  }

  /** The sectors before which an only, long write is torn. */
  private static Set<Integer> cuts(int sectors, CrashEnumerator.Bounds bounds) throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    put(device, 0, 1, sectors * 512);
    Collector states = new Collector(0);
    new CrashEnumerator(new MemoryDevice(SIZE), device.events(), bounds).forEach(states);
    Set<Integer> heads = new HashSet<>();
    Set<Integer> tails = new HashSet<>();
    for (CrashPoint point : states.points) {
      if (point.torn() >= 0 && point.from() == 0) {
        heads.add(point.to() / 512);
      } else if (point.torn() >= 0) {
        tails.add(point.from() / 512);
      }
    }
    assertEquals(heads, tails);
    return heads;
  }

  @Test
  void longWritesAreTornAtEverySectorToo() throws IOException {
    assertEquals(99, cuts(100, CrashEnumerator.Bounds.FULL).size());
  }

  @Test
  void writesThatAreTornAtFewPlacesAreTornAtEverySectorOverSeeds() throws IOException {
    Set<Integer> all = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      Set<Integer> cuts = cuts(32, CrashEnumerator.Bounds.NESTED.withSeed(seed));
      assertEquals(CrashEnumerator.Bounds.NESTED.tears(), cuts.size());
      all.addAll(cuts);
    }
    assertEquals(31, all.size());
  }

  @Test
  void discardedRangesReadAsBeforeOrAsZeros() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    put(device, 0, 1, 512);
    device.flush();
    device.discard(0, 512);
    assertEquals(Set.of("0", "1"), enumerate(device.events(), 0).contents);
  }

  @Test
  void manyWritesAreDroppedAndLeftAloneOneByOne() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    int[] places = new int[14];
    for (int i = 0; i < places.length; i++) {
      places[i] = i * 512;
      put(device, places[i], 1, 512);
    }
    Collector states = enumerate(device.events(), places);
    for (int i = 0; i < places.length; i++) {
      String alone = "0".repeat(i) + "1" + "0".repeat(places.length - 1 - i);
      assertTrue(states.contents.contains(alone));
      assertTrue(
          states.contents.contains(alone.replace('1', '2').replace('0', '1').replace('2', '0')));
      assertTrue(states.contents.contains("1".repeat(i) + "0".repeat(places.length - i)));
    }
    assertTrue(states.contents.size() > 3 * places.length + 40, "and random subsets");
  }

  @Test
  void pointIsRebuiltFromItsText() throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    for (int i = 0; i < 12; i++) {
      put(device, i * 3000, i + 1, 2500);
      if (i % 5 == 4) {
        device.flush();
      }
    }
    CrashEnumerator enumerator =
        new CrashEnumerator(new MemoryDevice(SIZE), device.events(), CrashEnumerator.Bounds.FULL);
    enumerator.forEach(
        new CrashEnumerator.Visitor() {
          @Override
          public boolean wants(CrashPoint point, long high, long low) {
            return true;
          }

          @Override
          public boolean visit(CrashPoint point, MemoryDevice state) throws IOException {
            MemoryDevice again = enumerator.build(CrashPoint.parse(point.toString()));
            assertArrayEquals(read(state, 0, SIZE), read(again, 0, SIZE), point.toString());
            return true;
          }
        });
  }

  @Test
  void hashesTellContentsApartAndNothingElse() throws IOException {
    MemoryDevice start = new MemoryDevice(SIZE);
    ShadowImage image = new ShadowImage(start);
    long[] empty = image.hash();
    image.change(5000, new byte[] {1, 2, 3}, 0, 3);
    long[] changed = image.hash();
    assertNotEquals(empty[0], changed[0]);
    assertNotEquals(empty[1], changed[1]);
    image.change(5000, new byte[] {0, 0, 0}, 0, 3);
    assertArrayEquals(empty, image.hash());
    image.change(5000, new byte[] {1, 2, 3}, 0, 3);
    image.commit();
    assertArrayEquals(changed, image.hash());
    assertArrayEquals(changed, new ShadowImage(image.toDevice()).hash());
  }

  @Test
  void protocolWithFlushesSurvivesAndEveryOmittedFlushIsFound() throws IOException {
    assertEquals(0, violations(true, true));
    assertTrue(violations(false, true) > 0, "the root was published before its data");
    assertTrue(violations(true, false) > 0, "acknowledged before it was durable");
  }

  /**
   * Runs a store that writes a value to fresh space, then a root to the other of two slots, and
   * acknowledges; counts the states in which an acknowledged value is not there.
   */
  private static int violations(boolean flushData, boolean flushRoot) throws IOException {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    for (int generation = 1; generation <= 6; generation++) {
      put(device, 8192 + generation * 1024, generation, 1024);
      if (flushData) {
        device.flush();
      }
      ByteBuffer root = ByteBuffer.allocate(16);
      root.putLong(generation);
      root.putLong(8, crc(root.array()));
      device.write((generation & 1) * 4096L, root.rewind());
      if (flushRoot) {
        device.flush();
      }
      device.mark(generation);
    }
    List<Event> events = device.events();
    int[] count = new int[1];
    new CrashEnumerator(new MemoryDevice(SIZE), events, CrashEnumerator.Bounds.FULL)
        .forEach(
            new CrashEnumerator.Visitor() {
              @Override
              public boolean wants(CrashPoint point, long high, long low) {
                return true;
              }

              @Override
              public boolean visit(CrashPoint point, MemoryDevice state) throws IOException {
                long promised = 0;
                for (Event event : events.subList(0, point.position())) {
                  if (event instanceof RecordingDevice.Mark mark) {
                    promised = (int) mark.label();
                  }
                }
                long found = Math.max(generation(state, 0), generation(state, 4096));
                boolean whole = true;
                if (found > 0) {
                  for (byte b : read(state, 8192 + found * 1024, 1024)) {
                    whole &= b == found;
                  }
                }
                count[0] += found < promised || !whole ? 1 : 0;
                return true;
              }
            });
    return count[0];
  }

  private static long generation(BlockDevice device, long slot) throws IOException {
    ByteBuffer root = ByteBuffer.wrap(read(device, slot, 16));
    return root.getLong(8) == crc(root.array()) ? root.getLong(0) : 0;
  }

  private static long crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, 8);
    return crc.getValue();
  }

  @Test
  void setRemembersWhatItWasGiven() {
    HashSet128 set = new HashSet128();
    assertTrue(set.add(0, 0));
    for (int i = 0; i < 20000; i++) {
      assertTrue(set.add(i * 0x9E3779B97F4A7C15L, i + 1));
    }
    for (int i = 0; i < 20000; i++) {
      assertFalse(set.add(i * 0x9E3779B97F4A7C15L, i + 1));
    }
    assertFalse(set.add(0, 0));
    assertEquals(20001, set.size());
  }
}
