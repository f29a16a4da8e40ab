package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.NODE;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodePoolTest {
  private static final int NODE_UNITS = NODE / UNIT;

  @Test
  void nodesWrittenOneAfterAnotherAreAdjacentWhateverTheirLength() throws IOException {
    Allocator allocator = Setup.segments(16).open();
    assertTrue(allocator.reserveNodes(40));
    long expected = allocator.takeNode(NODE);
    expected += NODE;
    for (int i = 1; i < 40; i++) {
      int length = UNIT * (1 + i * 7 % NODE_UNITS);
      assertEquals(expected, allocator.takeNode(length));
      expected += length;
    }
  }

  @Test
  void poolFilledLittleByLittleIsOneRunEvenWhileDataIsWritten() throws IOException {
    Allocator allocator = Setup.segments(64).open();
    for (int count = 1; count <= 60; count++) {
      assertTrue(allocator.reserveNodes(count));
      assertTrue(allocator.allocate(4096) >= 0);
    }
    long first = allocator.takeNode(NODE);
    for (int i = 1; i < 60; i++) {
      assertEquals(first + (long) i * NODE, allocator.takeNode(NODE));
    }
  }

  @Test
  void reservingIsInAllNotInAddition() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserveNodes(100));
    long pooled = allocator.pooledUnits();
    assertEquals(100 * NODE_UNITS, pooled);
    assertTrue(allocator.reserveNodes(100));
    assertTrue(allocator.reserveNodes(1));
    assertTrue(allocator.reserveNodes(0));
    assertEquals(pooled, allocator.pooledUnits());
    assertEquals(100, allocator.pooledNodes());
    assertEquals(SEGMENT_UNITS, allocator.freeUnits(), "still free as far as the image goes");
    assertEquals(SEGMENT_UNITS - pooled, allocator.availableUnits());
  }

  @Test
  void tailsGoBackToOthersWhenANodeDoesNotFit() throws IOException {
    Setup setup = Setup.segments(1);
    // Three free runs of one and a half nodes each.
    int run = NODE + NODE / 2;
    setup.tree.use(0, SEGMENT);
    for (int i = 0; i < 3; i++) {
      setup.tree.apply(Setup.none(), Setup.list(i * 2L * run, run));
    }
    Allocator allocator = setup.open();
    assertTrue(allocator.reserveNodes(3));
    assertEquals(48 + 48 + 32, allocator.pooledUnits());
    assertFalse(allocator.reserveNodes(4));
    assertEquals(0, allocator.takeNode(NODE));
    assertEquals(NODE, allocator.takeNode(NODE / 4), "a short one fits into the tail");
    assertEquals(2L * run, allocator.takeNode(NODE));
    assertEquals(16 + NODE / 4 / UNIT, allocator.availableUnits(), "the rest of the tail");
    assertEquals(4L * run, allocator.takeNode(NODE));
    assertEquals(-1, allocator.takeNode(NODE), "no whole one left");
    assertEquals(0, allocator.pooledUnits());
    assertEquals(-1, allocator.takeNode(UNIT));
    assertEquals(NODE / 4 / UNIT + 2 * (NODE / 2 / UNIT), allocator.availableUnits());
  }

  @Test
  void spaceWithoutRunsForWholeNodesIsRefused() throws IOException {
    Setup setup = Setup.segments(2);
    for (int at = 0; at < 2 * SEGMENT; at += NODE) {
      setup.tree.use(at, UNIT);
    }
    Allocator allocator = setup.open();
    assertFalse(allocator.reserveNodes(1));
    assertFalse(allocator.reserveNodes(1, true));
    assertEquals(0, allocator.pooledUnits());
    assertEquals(allocator.freeUnits(), allocator.availableUnits());
  }

  @Test
  void failedRequestLeavesThePoolAsItWas() throws IOException {
    Setup setup = Setup.segments(1);
    // Room for ten nodes in one piece, and elsewhere plenty of units, but no whole node.
    setup.tree.use(10L * NODE, UNIT);
    for (int at = 11 * NODE; at < SEGMENT; at += NODE) {
      setup.tree.use(at, UNIT);
    }
    Allocator allocator = setup.open();
    assertTrue(allocator.reserveNodes(4));
    allocator.trimPool(4);
    long pooled = allocator.pooledUnits();
    assertFalse(allocator.reserveNodes(12));
    assertEquals(4, allocator.pooledNodes());
    assertEquals(pooled, allocator.pooledUnits());
    assertTrue(allocator.reserveNodes(10));
    for (int i = 0; i < 10; i++) {
      assertEquals((long) i * NODE, allocator.takeNode(NODE));
    }
  }

  @Test
  void readErrorWhileSearchingLeavesThePoolAsItWas() throws IOException {
    Setup setup = Setup.segments(3);
    Allocator allocator = setup.open();
    assertTrue(allocator.reserveNodes(SEGMENT / NODE));
    setup.tree.broken = true;
    assertThrows(IOException.class, () -> allocator.reserveNodes(SEGMENT / NODE + 1));
    assertEquals(SEGMENT_UNITS, allocator.pooledUnits());
    assertEquals(SEGMENT_UNITS * 2, allocator.availableUnits());
    setup.tree.broken = false;
    assertTrue(allocator.reserveNodes(SEGMENT / NODE + 1));
  }

  @Test
  void poolsLargerThanASegmentAreGathered() throws IOException {
    Allocator allocator = Setup.segments(5).open();
    int nodes = 5 * SEGMENT / NODE;
    assertTrue(allocator.reserveNodes(nodes));
    assertFalse(allocator.reserveNodes(nodes + 1));
    assertEquals(0, allocator.availableUnits());
    for (int i = 0; i < nodes; i++) {
      assertEquals((long) i * NODE, allocator.takeNode(NODE), "also across segment borders");
    }
    assertEquals(0, allocator.freeUnits());
  }

  @Test
  void nodeSizesThatDoNotDivideTheSegmentNeverCrossItsBorder() throws IOException {
    Allocator allocator = Setup.segments(2).nodeSize(3 << 20).open();
    assertTrue(allocator.reserveNodes(2));
    assertFalse(allocator.reserveNodes(3));
    assertEquals(0, allocator.takeNode(3 << 20));
    assertEquals(SEGMENT, allocator.takeNode(3 << 20));
  }

  @Test
  void trimmingKeepsWhatIsAskedFor() throws IOException {
    Setup setup = Setup.segments(4);
    setup.tree.use(20L * NODE, SEGMENT);
    Allocator allocator = setup.open();
    assertTrue(allocator.reserveNodes(50));
    assertTrue(allocator.reserveNodes(120));
    allocator.trimPool(200);
    assertEquals(120, allocator.pooledNodes());
    allocator.trimPool(70);
    assertEquals(70, allocator.pooledNodes());
    assertEquals(70 * NODE_UNITS, allocator.pooledUnits());
    allocator.trimPool(70);
    assertEquals(70, allocator.pooledNodes());
    allocator.trimPool(5);
    assertEquals(5 * NODE_UNITS, allocator.pooledUnits());
    assertTrue(allocator.takeNode(UNIT) >= 0);
    allocator.trimPool(0);
    assertEquals(0, allocator.pooledUnits());
    assertEquals(allocator.freeUnits(), allocator.availableUnits());
    allocator.trimPool(0);
    assertEquals(1, allocator.pinnedSegments(), "only the node that was taken");
    assertThrows(IllegalArgumentException.class, () -> allocator.trimPool(-1));
  }

  @Test
  void moreIsKeptWhereLongRunsAreRare() throws IOException {
    Setup setup = Setup.segments(2);
    for (int at = 2 * NODE; at < SEGMENT; at += 3 * NODE) {
      setup.tree.use(at, NODE);
    }
    Allocator allocator = setup.open();
    assertTrue(allocator.reserve(SEGMENT_UNITS));
    long whole = allocator.allocate(SEGMENT);
    assertEquals(SEGMENT, whole);
    allocator.unreserve(SEGMENT_UNITS);
    assertTrue(allocator.reserveNodes(20));
    assertTrue(allocator.isScattered());
    assertEquals(allocator.availableUnits() / NODE_UNITS / 4, allocator.spareNodes());
    allocator.releaseNow(whole, SEGMENT);
    assertTrue(allocator.reserveNodes(21));
    assertFalse(allocator.isScattered(), "a long run was found");
    assertEquals(allocator.availableUnits() / NODE_UNITS / 16, allocator.spareNodes());
  }

  @Test
  void trimmingTakesNothingFromWhoAsksMeanwhile() throws Exception {
    Allocator allocator = Setup.segments(4).open();
    assertTrue(allocator.reserveNodes(40));
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      AtomicReference<Thread> thread = new AtomicReference<>();
      List<Future<Boolean>> asked = new ArrayList<>();
      allocator.trimPool(
          () -> {
            asked.add(
                other.submit(
                    () -> {
                      thread.set(Thread.currentThread());
                      return allocator.reserveNodes(30); // No more than there was a moment ago.
                    }));
            while (thread.get() == null
                || (thread.get().getState() != Thread.State.BLOCKED && !asked.get(0).isDone())) {
              Thread.onSpinWait();
            }
            return 5;
          });
      assertTrue(asked.get(0).get());
      assertTrue(allocator.pooledNodes() >= 30, allocator.pooledNodes() + " nodes");
    } finally {
      other.shutdown();
    }
  }

  @Test
  void trimmedSpaceIsTheNextToBePooled() throws IOException {
    Allocator allocator = Setup.segments(4).open();
    assertTrue(allocator.reserveNodes(30));
    assertEquals(0, allocator.takeNode(NODE));
    allocator.trimPool(0);
    assertTrue(allocator.reserveNodes(30));
    assertEquals(NODE, allocator.takeNode(NODE));
  }

  @Test
  void trimmedSpaceGoesBackToTheHostBeforeAnybodyCanHaveIt() throws IOException {
    Backing backing = new Backing();
    Allocator allocator = Setup.segments(4).backing(backing).open();
    assertTrue(allocator.reserveNodes(30));
    for (int i = 0; i < 6; i++) {
      allocator.takeNode(NODE - UNIT);
    }
    allocator.trimPool(allocator.pooledNodes());
    assertEquals(0, backing.freed);
    allocator.trimPool(10);
    assertEquals(16 * NODE, backing.lowest);
    assertEquals(backing.backed - backing.lowest, backing.freed);
  }

  /** Expects to be given back what lies together from somewhere on. */
  private static final class Backing implements SpaceBacking {
    private long backed;
    private long freed;
    private long lowest = Long.MAX_VALUE;

    @Override
    public boolean allocate(long position, long length) {
      backed = Math.max(backed, position + length);
      return true;
    }

    @Override
    public void free(long address, long length) {
      freed += length;
      lowest = Math.min(lowest, address);
    }
  }

  @Test
  void tailWithoutAWholeNodeIsTrimmedToo() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserveNodes(5));
    allocator.trimPool(5);
    assertEquals(0, allocator.takeNode(UNIT));
    allocator.trimPool(5);
    assertEquals(4, allocator.pooledNodes());
    allocator.trimPool(0);
    assertEquals(0, allocator.pooledUnits());
    assertEquals(SEGMENT_UNITS - 1, allocator.availableUnits());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -512, 100, NODE + UNIT})
  void lengthMustBeThatOfANode(int length) {
    Allocator allocator = Setup.segments(1).open();
    assertThrows(IllegalArgumentException.class, () -> allocator.takeNode(length));
  }

  @Test
  void pooledSpaceIsNotAllocatedToData() throws IOException {
    Setup setup = Setup.segments(1);
    Allocator allocator = setup.open();
    assertTrue(allocator.reserveNodes(100));
    long data = 0;
    for (long address = allocator.allocate(UNIT); address >= 0; ) {
      assertTrue(address >= 100L * NODE);
      data++;
      address = allocator.allocate(UNIT);
    }
    assertEquals(SEGMENT_UNITS - 100 * NODE_UNITS, data);
    assertEquals(0, allocator.takeNode(NODE));
  }
}
