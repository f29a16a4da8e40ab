package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.UNIT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.layout.Geometry;

/** Random histories with checkpoints in several steps, against one byte a unit. */
class AllocatorModelTest {
  private static final byte FREE = 0;
  private static final byte BUSY = 1;
  private static final byte PENDING = 2;

  private Setup setup;
  private Random random;
  private Allocator allocator;
  private byte[] model;

  private final List<Run> live = new ArrayList<>();
  private RunList allocated = new RunList();
  private RunList released = new RunList();
  private RunList frozenAllocated;
  private RunList frozenReleased;
  private boolean written;
  private int nodesReserved;

  @ParameterizedTest
  @CsvSource({
    // volume KiB, data start KiB, node KiB, segments in memory, largest request KiB, steps, seed
    "512, 128, 8, 1, 32, 3000, 1",
    "512, 128, 16, 4, 16, 3000, 2",
    "4100, 256, 16, 1, 128, 3000, 3",
    "20480, 4352, 16, 1, 128, 4000, 4",
    "20480, 4352, 64, 2, 2048, 4000, 5",
    "65536, 1024, 16, 3, 128, 6000, 6",
    "66000, 20000, 8, 2, 8192, 6000, 7",
    "49152, 64, 32, 64, 1024, 6000, 8",
  })
  void randomHistories(
      int volume, int start, int node, int maxSegments, int largest, int steps, long seed)
      throws IOException {
    setup =
        Setup.volume((long) volume << 10, (long) start << 10)
            .nodeSize(node << 10)
            .maxSegments(maxSegments);
    random = new Random(seed);
    allocator = setup.open();
    model = new byte[(int) (setup.volume / UNIT)];
    for (int unit = 0; unit < model.length; unit++) {
      if (unit < setup.start / UNIT || unit >= setup.end() / UNIT) {
        model[unit] = BUSY;
      }
    }

    for (int step = 0; step < steps; step++) {
      int choice = random.nextInt(100);
      if (choice < 35) {
        allocate(1 + random.nextInt(largest << 10));
      } else if (choice < 45) {
        allocateUpTo(1 + random.nextInt(largest << 10));
      } else if (choice < 70) {
        release();
      } else if (choice < 75) {
        allocateAndThinkBetterOfIt(1 + random.nextInt(64 << 10));
      } else if (choice < 80) {
        reserveNodes(random.nextInt(8));
      } else if (choice < 90) {
        takeNode();
      } else if (choice < 92) {
        nodesReserved = Math.min(nodesReserved, random.nextInt(4));
        allocator.trimPool(nodesReserved);
        assertTrue(allocator.pooledNodes() >= nodesReserved);
      } else {
        advanceCheckpoint();
      }
      checkCounts();
    }
    while (written || frozenAllocated != null || !released.isEmpty() || !allocated.isEmpty()) {
      advanceCheckpoint();
    }
    assertEquals(0, allocator.pendingUnits());
    nodesReserved = 0;
    allocator.trimPool(0);
    checkCounts();
    assertEquals(0, allocator.pooledUnits());
    assertEquals(0, allocator.pinnedSegments(), "everything is as the tree has it");
    assertTrue(allocator.loadedSegments() <= maxSegments);
    checkAgainstTree();
    fillToTheBrim();
  }

  private void allocate(int length) throws IOException {
    long units = Geometry.units(length);
    if (!allocator.reserve(units)) {
      return;
    }
    long address = allocator.allocate(length);
    allocator.unreserve(units);
    if (address >= 0) {
      taken(address, length);
      keep(address, length);
    } else if (allocator.pooledUnits() == 0) {
      assertTrue(longestFreeRun() < units, "there was a run of " + units + " units");
    }
  }

  private void allocateUpTo(int length) throws IOException {
    long units = Geometry.units(length);
    int minimum = 1 + random.nextInt(length);
    if (!allocator.reserve(units)) {
      return;
    }
    Run run = allocator.allocateUpTo(length, minimum);
    allocator.unreserve(units);
    if (run != null) {
      assertTrue(run.length() >= minimum);
      assertTrue(run.length() <= Geometry.roundUp(length));
      taken(run.address(), run.length());
      keep(run.address(), run.length());
    } else if (allocator.pooledUnits() == 0) {
      assertTrue(longestFreeRun() < Geometry.units(minimum), "there was a run long enough");
    }
  }

  /** Units of the longest run that crosses no segment border. */
  private int longestFreeRun() {
    int longest = 0;
    int length = 0;
    for (int unit = 0; unit < model.length; unit++) {
      length = model[unit] != FREE ? 0 : unit % Setup.SEGMENT_UNITS == 0 ? 1 : length + 1;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  private void allocateAndThinkBetterOfIt(int length) throws IOException {
    Run run = allocator.allocateUpTo(length, 1);
    if (run != null) {
      taken(run.address(), run.length());
      allocator.releaseNow(run.address(), run.length());
      mark(run.address(), run.length(), BUSY, FREE);
    }
  }

  private void reserveNodes(int count) throws IOException {
    int before = allocator.pooledNodes();
    if (allocator.reserveNodes(count)) {
      assertTrue(allocator.pooledNodes() >= count);
      nodesReserved = Math.max(nodesReserved, count);
    } else {
      assertTrue(before < count);
      assertTrue(allocator.pooledNodes() >= before);
    }
  }

  private void takeNode() {
    int length = (1 + random.nextInt(setup.nodeSize / UNIT)) * UNIT;
    long address = allocator.takeNode(length);
    if (address < 0) {
      assertEquals(0, nodesReserved);
    } else {
      nodesReserved = Math.max(0, nodesReserved - 1);
      taken(address, length);
      keep(address, length);
    }
  }

  private void taken(long address, int length) {
    mark(address, length, FREE, BUSY);
  }

  private void keep(long address, int length) {
    allocated.add(address, length);
    live.add(new Run(address, (int) Geometry.roundUp(length)));
  }

  private void release() throws IOException {
    if (live.isEmpty()) {
      return;
    }
    int index = random.nextInt(live.size());
    Run run = live.get(index);
    live.set(index, live.get(live.size() - 1));
    live.remove(live.size() - 1);
    if (run.length() > UNIT && random.nextBoolean()) {
      int cut = (1 + random.nextInt(run.length() / UNIT - 1)) * UNIT;
      live.add(new Run(run.address() + cut, run.length() - cut));
      run = new Run(run.address(), cut);
    }
    allocator.release(run.address(), run.length());
    released.add(run.address(), run.length());
    mark(run.address(), run.length(), BUSY, PENDING);
  }

  private void advanceCheckpoint() {
    if (frozenAllocated == null) {
      frozenAllocated = allocated;
      frozenReleased = released;
      allocated = new RunList();
      released = new RunList();
    } else if (!written) {
      setup.tree.apply(frozenAllocated, frozenReleased);
      written = true;
    } else {
      publish();
    }
  }

  private void publish() {
    // A released unit is free in the model first, so that the holes can be judged.
    for (int i = 0; i < frozenReleased.size(); i++) {
      mark(frozenReleased.address(i), frozenReleased.length(i), PENDING, FREE);
    }
    boolean[] punched = new boolean[model.length / 8];
    allocator.published(
        frozenAllocated,
        frozenReleased,
        (address, length) -> {
          assertEquals(0, address % 4096);
          assertEquals(0, length % 4096);
          for (long block = address / 4096; block < (address + length) / 4096; block++) {
            assertFalse(punched[(int) block], "punched twice");
            punched[(int) block] = true;
          }
          checkFree(address, length);
        });
    for (int i = 0; i < frozenReleased.size(); i++) {
      long last = frozenReleased.address(i) + frozenReleased.length(i) - 1;
      for (long block = frozenReleased.address(i) / 4096; block <= last / 4096; block++) {
        if (isFree(block * 4096, 4096) && allocator.pooledUnits() == 0) {
          assertTrue(punched[(int) block], "block " + block + " is free and was not punched");
        }
      }
    }
    frozenAllocated = null;
    frozenReleased = null;
    written = false;
  }

  private void mark(long address, long length, byte before, byte after) {
    for (long unit = address / UNIT; unit * UNIT < address + length; unit++) {
      assertEquals(before, model[(int) unit], "unit " + unit);
      model[(int) unit] = after;
    }
  }

  private void checkFree(long address, long length) {
    assertTrue(isFree(address, length), address + "+" + length + " is in use");
  }

  private boolean isFree(long address, long length) {
    for (long unit = address / UNIT; unit * UNIT < address + length; unit++) {
      if (model[(int) unit] != FREE) {
        return false;
      }
    }
    return true;
  }

  private long count(byte state) {
    long sum = 0;
    for (byte unit : model) {
      sum += unit == state ? 1 : 0;
    }
    return sum;
  }

  private void checkCounts() {
    long free = count(FREE);
    assertEquals(free, allocator.freeUnits());
    assertEquals(count(PENDING), allocator.pendingUnits());
    assertEquals(0, allocator.reservedUnits());
    assertEquals(free - allocator.pooledUnits(), allocator.availableUnits());
    assertTrue(allocator.pooledNodes() >= nodesReserved);
  }

  private void checkAgainstTree() {
    for (int unit = (int) (setup.start / UNIT); unit < setup.end() / UNIT; unit++) {
      assertEquals(model[unit] == BUSY, setup.tree.isUsed(unit), "unit " + unit);
    }
  }

  /** Every unit that is free in the model can be had, and no other. */
  private void fillToTheBrim() throws IOException {
    for (Run run = next(); run != null; run = next()) {
      taken(run.address(), run.length());
    }
    assertEquals(0, count(FREE));
    assertEquals(0, allocator.freeUnits());
  }

  private Run next() throws IOException {
    return allocator.allocateUpTo(1 << 20, 1);
  }
}
