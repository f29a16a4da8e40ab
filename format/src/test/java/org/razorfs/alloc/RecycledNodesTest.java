package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.NODE;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.UNIT;
import static org.razorfs.alloc.Setup.list;
import static org.razorfs.alloc.Setup.none;

import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nodes that a checkpoint has replaced on a full volume get lost, or go to somebody else. */
class RecycledNodesTest {
  private static final int NODE_UNITS = NODE / UNIT;
  private static final long FIRST = 4 * NODE;
  private static final long SECOND = 8 * NODE;
  private static final long THIRD = SEGMENT + 4 * NODE;

  private final Setup setup = Setup.segments(2);
  private final RunList released = new RunList();

  private Allocator full(long... nodes) throws IOException {
    setup.tree.use(0, 2 * SEGMENT);
    Allocator allocator = setup.open();
    for (long node : nodes) {
      allocator.release(node, NODE);
      released.add(node, NODE);
    }
    return allocator;
  }

  @Test
  void nodesGoToThePoolAndToNobodyElse() throws IOException {
    Allocator allocator = full(FIRST, SECOND, THIRD);
    RunList rest = allocator.recycleNodes(released, 2);
    assertEquals(2, allocator.pooledNodes());
    assertEquals(NODE_UNITS, rest.units());
    assertEquals(THIRD, rest.address(0));
    assertEquals(NODE_UNITS, allocator.pendingUnits());
    assertEquals(0, allocator.availableUnits());
    assertEquals(-1, allocator.allocate(UNIT), "data got space of the pool");
    assertTrue(allocator.reserveNodes(2));
    long first = allocator.takeNode(NODE);
    long second = allocator.takeNode(NODE);
    assertEquals(Set.of(FIRST, SECOND), Set.of(first, second));
    assertEquals(-1, allocator.takeNode(NODE));
    setup.tree.apply(none(), rest);
    allocator.published(none(), rest, FreeRunVisitor.IGNORE);
    assertEquals(0, allocator.pendingUnits());
    assertTrue(allocator.reserve(NODE_UNITS));
    assertEquals(THIRD, allocator.allocate(NODE));
  }

  @Test
  void aPoolThatHasEnoughTakesNothing() throws IOException {
    Allocator allocator = full(FIRST, SECOND);
    RunList rest = allocator.recycleNodes(list(FIRST, NODE), 1);
    assertTrue(rest.isEmpty());
    rest = allocator.recycleNodes(list(SECOND, NODE), 1);
    assertEquals(SECOND, rest.address(0));
    assertEquals(1, allocator.pooledNodes());
  }

  @Test
  void whatIsLeftOfARunBehindItsLastWholeNodeIsPublished() throws IOException {
    Allocator allocator = full();
    int length = NODE + 3 * UNIT;
    allocator.release(FIRST, length);
    allocator.release(SECOND, NODE - UNIT);
    released.add(FIRST, length);
    released.add(SECOND, NODE - UNIT);
    RunList rest = allocator.recycleNodes(released, 10);
    assertEquals(1, allocator.pooledNodes());
    assertEquals(2, rest.size());
    assertEquals(FIRST + NODE, rest.address(0));
    assertEquals(3 * UNIT, rest.length(0));
    assertEquals(SECOND, rest.address(1));
    assertEquals(NODE - UNIT, rest.length(1));
  }

  /** Its nodes cannot be given back from the pool; but they are free with the checkpoint. */
  @Test
  void segmentThatCannotBeReadIsPublishedInsteadAndNotLost() throws IOException {
    Allocator allocator = full(FIRST, SECOND);
    setup.tree.broken = true;
    RunList rest = allocator.recycleNodes(released, 10);
    assertEquals(0, allocator.pooledNodes());
    assertEquals(2 * NODE_UNITS, rest.units());
    setup.tree.apply(none(), rest);
    allocator.published(none(), rest, FreeRunVisitor.IGNORE);
    assertEquals(2 * NODE_UNITS, allocator.freeUnits());
    assertEquals(0, allocator.pinnedSegments());
    setup.tree.broken = false;
    assertTrue(allocator.reserve(NODE_UNITS));
    assertEquals(FIRST, allocator.allocate(NODE));
  }
}
