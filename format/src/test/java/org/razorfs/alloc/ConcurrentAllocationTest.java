package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.NODE;
import static org.razorfs.alloc.Setup.UNIT;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.Geometry;

/** Eight threads and a checkpoint thread; no unit ever belongs to two of them. */
class ConcurrentAllocationTest {
  private static final int THREADS = 8;

  private final Setup setup =
      Setup.volume(40L << 20, 300 << 10)
          .maxSegments(3)
          .holdBack(512)
          .backing(
              new SpaceBacking() {
                @Override
                public boolean allocate(long position, long length) {
                  return true;
                }

                @Override
                public void free(long address, long length) {
                  given.addAndGet(length);
                  own(new Run(address, (int) length), 0, 0);
                }
              });

  /** Bytes of the node pool that the host got back. */
  private final AtomicLong given = new AtomicLong();

  private final Allocator allocator = setup.open();
  private final AtomicIntegerArray owners = new AtomicIntegerArray((int) (setup.volume / UNIT));
  private final Object epochLock = new Object();
  private RunList allocated = new RunList();
  private RunList released = new RunList();

  @Test
  void neverHandsOutAUnitTwice() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(THREADS + 1);
    AtomicBoolean done = new AtomicBoolean();
    try {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 1; i <= THREADS; i++) {
        int id = i;
        workers.add(executor.submit(() -> work(id)));
      }
      Future<?> checkpoints =
          executor.submit(
              () -> {
                while (!done.get()) {
                  checkpoint();
                }
                return null;
              });
      for (Future<?> worker : workers) {
        worker.get();
      }
      done.set(true);
      checkpoints.get();
    } finally {
      executor.shutdownNow();
    }
    checkpoint();
    allocator.trimPool(0);
    assertEquals(0, allocator.reservedUnits());
    assertEquals(0, allocator.pendingUnits());
    assertEquals(0, allocator.pooledUnits());
    assertEquals(0, allocator.pinnedSegments());
    assertTrue(given.get() > 0);
    assertEquals(setup.free(), allocator.freeUnits());
    assertEquals(Math.max(0, allocator.freeUnits() - 512), allocator.availableUnits());
    for (int unit = 0; unit < owners.length(); unit++) {
      assertEquals(owners.get(unit) != 0, setup.tree.isUsed(unit));
    }
  }

  private Void work(int id) throws Exception {
    Random random = new Random(id);
    List<Run> mine = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      int choice = random.nextInt(10);
      if (choice < 4) {
        write(id, 1 + random.nextInt(128 << 10), mine);
      } else if (choice < 8 && !mine.isEmpty()) {
        Run run = mine.remove(random.nextInt(mine.size()));
        drop(id, run);
      } else if (choice == 8) {
        node(id, UNIT * (1 + random.nextInt(NODE / UNIT)), mine);
      } else {
        thinkBetterOfIt(id);
      }
    }
    return null;
  }

  private void write(int id, int length, List<Run> mine) throws Exception {
    long units = Geometry.units(length);
    if (!allocator.reserve(units)) {
      return;
    }
    // Whoever has reserved gets the units, in pieces if need be.
    int rest = (int) units * UNIT;
    while (rest > 0) {
      Run run = allocator.allocateUpTo(rest, UNIT);
      assertTrue(run != null, "reserved units were not there");
      keep(id, run, mine);
      rest -= run.length();
    }
    allocator.unreserve(units);
  }

  private void thinkBetterOfIt(int id) throws Exception {
    if (allocator.reserve(2048)) {
      Run run = allocator.allocateUpTo(1 << 20, UNIT);
      assertTrue(run != null, "reserved units were not there");
      own(run, 0, id);
      own(run, id, 0);
      allocator.releaseNow(run.address(), run.length());
      allocator.unreserve(2048);
    }
  }

  private void node(int id, int length, List<Run> mine) throws Exception {
    if (allocator.reserveNodes(2, id == 1)) {
      long address = allocator.takeNode(length);
      if (address >= 0) {
        keep(id, new Run(address, length), mine);
      }
    }
    if (id == 2) {
      allocator.trimPool(2);
    }
  }

  private void keep(int id, Run run, List<Run> mine) {
    own(run, 0, id);
    mine.add(run);
    synchronized (epochLock) {
      allocated.add(run.address(), run.length());
    }
  }

  private void drop(int id, Run run) throws Exception {
    // Busy for everybody until published; marked with a number that is nobody's.
    own(run, id, -1);
    synchronized (epochLock) {
      allocator.release(run.address(), run.length());
      released.add(run.address(), run.length());
    }
  }

  private void checkpoint() {
    RunList frozenAllocated;
    RunList frozenReleased;
    synchronized (epochLock) {
      frozenAllocated = allocated;
      frozenReleased = released;
      allocated = new RunList();
      released = new RunList();
    }
    setup.tree.apply(frozenAllocated, frozenReleased);
    for (int i = 0; i < frozenReleased.size(); i++) {
      own(new Run(frozenReleased.address(i), (int) frozenReleased.length(i)), -1, 0);
    }
    allocator.published(
        frozenAllocated,
        frozenReleased,
        (address, length) -> own(new Run(address, (int) length), 0, 0));
  }

  private void own(Run run, int before, int after) {
    for (int unit = (int) run.unit(); unit < run.unit() + run.units(); unit++) {
      assertTrue(
          owners.compareAndSet(unit, before, after),
          "unit " + unit + " is " + owners.get(unit) + "'s, not " + before + "'s");
    }
  }
}
