package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;
import static org.razorfs.alloc.Setup.list;
import static org.razorfs.alloc.Setup.none;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;

class PublicationTest {
  private final List<Run> holes = new ArrayList<>();
  private final FreeRunVisitor collect =
      (address, length) -> holes.add(new Run(address, (int) length));

  @Test
  void releasedUnitsStayBusyUntilTheirCheckpoint() throws IOException {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, SEGMENT);
    Allocator allocator = setup.open();
    allocator.release(4096, 4096);
    assertEquals(8, allocator.pendingUnits());
    assertEquals(0, allocator.freeUnits());
    assertEquals(-1, allocator.allocate(UNIT));
    setup.tree.apply(none(), list(4096, 4096));
    assertEquals(-1, allocator.allocate(UNIT), "the tree has it, but it is not published");
    allocator.published(none(), list(4096, 4096), collect);
    assertEquals(0, allocator.pendingUnits());
    assertEquals(List.of(new Run(4096, 4096)), holes);
    assertTrue(allocator.reserve(8));
    assertEquals(4096, allocator.allocate(4096));
  }

  @Test
  void whatIsPromisedWhileHolesArePunchedIsFound() throws Exception {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, SEGMENT - UNIT);
    Allocator allocator = setup.open();
    // The last unit: from now on it is known that there is nothing.
    assertTrue(allocator.reserve(1));
    assertEquals(SEGMENT - UNIT, allocator.allocate(UNIT));
    allocator.unreserve(1);
    allocator.release(4096, 4096);
    setup.tree.apply(none(), list(4096, 4096));
    AtomicBoolean promised = new AtomicBoolean();
    AtomicLong found = new AtomicLong();
    Thread writer =
        new Thread(
            () -> {
              try {
                promised.set(allocator.reserve(1));
                found.set(allocator.allocate(UNIT));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    allocator.published(
        none(),
        list(4096, 4096),
        (address, length) -> {
          writer.start();
          // Until it has what it wants, or waits for the segment that is locked here.
          while (writer.isAlive() && writer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
        });
    writer.join();
    assertTrue(promised.get());
    assertEquals(4096, found.get());
  }

  @Test
  void segmentLoadedBetweenReleaseAndPublicationShowsReleasedUnitsAsBusy() throws IOException {
    for (boolean treeFirst : new boolean[] {false, true}) {
      Setup setup = Setup.segments(2);
      setup.tree.use(0, SEGMENT);
      setup.tree.use(SEGMENT + 8192, 4096);
      Allocator allocator = setup.open();
      allocator.release(SEGMENT + 8192, 2048);
      allocator.release(SEGMENT + 8192 + 2048, 2048);
      assertEquals(0, setup.tree.loads.get(), "releasing reads nothing");
      if (treeFirst) {
        setup.tree.apply(none(), list(SEGMENT + 8192, 4096));
      }
      assertEquals(SEGMENT, allocator.allocate(8192));
      assertEquals(SEGMENT + 8192 + 4096, allocator.allocate(8192));
      RunList allocated = list(SEGMENT, 8192);
      allocated.add(SEGMENT + 8192 + 4096, 8192);
      setup.tree.apply(allocated, list(SEGMENT + 8192, 4096));
      allocator.published(allocated, list(SEGMENT + 8192, 4096), collect);
      assertEquals(0, allocator.pinnedSegments());
      assertEquals(setup.free(), allocator.freeUnits());
      assertEquals(List.of(new Run(SEGMENT + 8192, 4096)), holes);
      holes.clear();
    }
  }

  @Test
  void onlyWhollyFreeHostBlocksBecomeHoles() throws IOException {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, SEGMENT);
    setup.tree.apply(none(), list(3 * 4096, 7 * UNIT)); // 1 unit short of a block
    Allocator allocator = setup.open();
    RunList released = new RunList();
    released.add(UNIT, UNIT); // its block stays in use
    released.add(4096 + 2048, 4096 + 2048); // half of block 1, all of block 2
    released.add(3 * 4096 + 7 * UNIT, UNIT); // completes block 3
    released.add(20 * 4096, 4096);
    released.add(22 * 4096, 2048);
    released.add(22 * 4096 + 2048, 2048); // two halves of one block
    for (int i = 0; i < released.size(); i++) {
      allocator.release(released.address(i), (int) released.length(i));
    }
    setup.tree.apply(none(), released);
    allocator.published(none(), released, collect);
    assertEquals(
        List.of(new Run(2 * 4096, 2 * 4096), new Run(20 * 4096, 4096), new Run(22 * 4096, 4096)),
        holes);
  }

  @Test
  void holesAreNotPunchedTwiceNorWhereNothingWasFreed() throws IOException {
    Setup setup = Setup.segments(1);
    Allocator allocator = setup.open();
    assertEquals(0, allocator.allocate(8192));
    allocator.release(0, 1024);
    allocator.published(list(0, 8192), list(0, 1024), collect);
    assertEquals(List.of(), holes);
    allocator.release(1024, 4096 - 1024);
    allocator.published(none(), list(1024, 4096 - 1024), collect);
    assertEquals(List.of(new Run(0, 4096)), holes, "not the free space behind");
  }

  @Test
  void runsAcrossSegmentsAreFreedWhole() throws IOException {
    Setup setup = Setup.segments(4);
    setup.tree.use(0, 4L * SEGMENT);
    Allocator allocator = setup.open();
    int length = 2 * SEGMENT + 4096;
    allocator.release(SEGMENT - 4096, length);
    assertEquals(length / UNIT, allocator.pendingUnits());
    setup.tree.apply(none(), list(SEGMENT - 4096, length));
    allocator.published(none(), list(SEGMENT - 4096, length), collect);
    assertEquals(
        List.of(
            new Run(SEGMENT - 4096, 4096),
            new Run(SEGMENT, SEGMENT),
            new Run(2L * SEGMENT, SEGMENT)),
        holes);
    assertEquals(length / UNIT, allocator.freeUnits());
  }

  @Test
  void whatWasAllocatedAndReleasedInOneEpochIsFreeAfterIt() throws IOException {
    Setup setup = Setup.segments(1);
    Allocator allocator = setup.open();
    assertEquals(0, allocator.allocate(4096));
    allocator.release(0, 4096);
    assertEquals(4096, allocator.allocate(4096));
    RunList allocated = list(0, 8192);
    allocator.published(allocated, list(0, 4096), collect);
    assertEquals(List.of(new Run(0, 4096)), holes);
    assertEquals(0, allocator.pinnedSegments());
    allocator.startAt(AllocationStream.DATA, 0);
    assertEquals(0, allocator.allocate(4096));
  }

  @Test
  void nextEpochKeepsItsPinsWhenTheFrozenOneIsPublished() throws IOException {
    Setup setup = Setup.segments(3).maxSegments(1);
    Allocator allocator = setup.open();
    assertEquals(0, allocator.allocate(4096));
    RunList frozen = list(0, 4096);
    assertEquals(4096, allocator.allocate(4096));
    allocator.release(0, 4096);
    setup.tree.apply(frozen, none());
    allocator.published(frozen, none(), collect);
    assertEquals(1, allocator.pinnedSegments());
    assertEquals(SEGMENT, allocator.allocate(SEGMENT));
    allocator.startAt(AllocationStream.DATA, 0);
    assertEquals(8192, allocator.allocate(4096), "neither the released nor the allocated units");
    assertTrue(holes.isEmpty());
  }

  @Test
  void unreadableBitmapCostsOnlyTheHoles() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(0, 2L * SEGMENT);
    Allocator allocator = setup.open();
    allocator.release(SEGMENT, SEGMENT);
    setup.tree.apply(none(), list(SEGMENT, SEGMENT));
    setup.tree.broken = true;
    allocator.published(none(), list(SEGMENT, SEGMENT), collect);
    assertTrue(holes.isEmpty());
    assertEquals(SEGMENT_UNITS, allocator.freeUnits());
    assertEquals(0, allocator.pinnedSegments());
    assertThrows(IOException.class, () -> allocator.allocate(UNIT));
    setup.tree.broken = false;
    assertEquals(SEGMENT, allocator.allocate(SEGMENT));
  }

  @Test
  void unitsReleasedTwiceAreFreedOnce() throws IOException {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, SEGMENT);
    Allocator allocator = setup.open();
    allocator.release(0, 4096);
    allocator.release(2048, 4096);
    RunList released = list(0, 4096);
    released.add(2048, 4096);
    setup.tree.apply(none(), released);
    allocator.published(none(), released, collect);
    assertEquals(12, allocator.freeUnits());
    assertEquals(0, allocator.pendingUnits());
    assertEquals(List.of(new Run(0, 4096)), holes);
  }

  @Test
  void releasingFreeUnitsIsDamage() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(0, SEGMENT);
    Allocator allocator = setup.open();
    assertEquals(SEGMENT, allocator.allocate(4096));
    CorruptImageException damage =
        assertThrows(CorruptImageException.class, () -> allocator.release(SEGMENT + 2048, 4096));
    assertEquals("free space of segment 1, 4096 bytes at 4196352", damage.location());
    assertEquals("units in use", damage.expected());
    assertEquals(0, allocator.pendingUnits());
    assertThrows(CorruptImageException.class, () -> allocator.release(SEGMENT - 512, 8192));
    assertEquals(1, allocator.pendingUnits(), "what lies before the segment with the damage");
  }

  @Test
  void publishingWhatWasNeverTakenIsAnError() {
    Allocator allocator = Setup.segments(1).open();
    assertThrows(
        IllegalStateException.class,
        () -> allocator.published(list(0, 512), none(), FreeRunVisitor.IGNORE));
    assertThrows(
        IllegalStateException.class,
        () -> allocator.published(none(), list(0, 512), FreeRunVisitor.IGNORE));
  }

  @Test
  void releaseNowIsForWhatIsNotPublished() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(SEGMENT, SEGMENT);
    Allocator allocator = setup.open();
    assertEquals(0, allocator.allocate(4096));
    allocator.releaseNow(0, 4096);
    allocator.startAt(AllocationStream.DATA, 0);
    assertEquals(0, allocator.allocate(4096), "at once");
    allocator.published(list(0, 4096), none(), FreeRunVisitor.IGNORE);
    assertThrows(IllegalStateException.class, () -> allocator.releaseNow(0, 4096));
    allocator.release(SEGMENT, 4096);
    assertThrows(IllegalStateException.class, () -> allocator.releaseNow(SEGMENT, 4096));
    assertThrows(IllegalStateException.class, () -> allocator.releaseNow(100, 4096));
    assertEquals(SEGMENT_UNITS - 8, allocator.freeUnits());
  }

  @Test
  void noUnitIsAllocatedWhileItsHoleIsPunched() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(0, SEGMENT);
    setup.tree.use(SEGMENT, UNIT);
    Allocator allocator = setup.open();
    allocator.release(0, SEGMENT);
    setup.tree.apply(none(), list(0, SEGMENT));
    List<Long> others = new ArrayList<>();
    allocator.published(
        none(),
        list(0, SEGMENT),
        (address, length) -> {
          // Another thread goes where it need not wait.
          Thread thread = new Thread(() -> others.add(allocate(allocator)));
          thread.start();
          join(thread);
        });
    assertEquals(List.of((long) SEGMENT + UNIT), others);
    assertEquals(SEGMENT_UNITS + SEGMENT_UNITS - 1 - 8, allocator.freeUnits());
  }

  @Test
  void allocationWaitsForTheHolesWhenThereIsNoOtherSpace() throws Exception {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, SEGMENT);
    Allocator allocator = setup.open(8);
    allocator.release(0, SEGMENT);
    setup.tree.apply(none(), list(0, SEGMENT));
    List<Long> others = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    allocator.published(
        none(),
        list(0, SEGMENT),
        (address, length) -> {
          Thread thread = new Thread(() -> others.add(allocate(allocator)));
          thread.start();
          threads.add(thread);
          while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
          assertTrue(others.isEmpty());
        });
    join(threads.get(0));
    assertEquals(List.of(0L), others);
  }

  private static long allocate(Allocator allocator) {
    try {
      return allocator.allocate(4096);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void freeRunsOfLoadedSegmentsAreCutToHostBlocks() throws IOException {
    Setup setup = Setup.segments(4);
    setup.tree.use(UNIT, UNIT);
    setup.tree.use(3 * 4096 + UNIT, UNIT);
    setup.tree.use(4 * 4096, 4096);
    setup.tree.use(2L * SEGMENT, SEGMENT);
    Allocator allocator = setup.open();
    allocator.visitFreeRuns(1, collect);
    assertTrue(holes.isEmpty(), "nothing is loaded");
    allocator.startAt(AllocationStream.DATA, 2L * SEGMENT);
    assertEquals(3L * SEGMENT, allocator.allocate(SEGMENT));
    assertEquals(5 * 4096, allocator.allocate(SEGMENT - 5 * 4096));
    allocator.release(SEGMENT, UNIT); // known, not loaded
    allocator.visitFreeRuns(0, collect);
    assertEquals(List.of(new Run(4096, 2 * 4096)), holes);
    allocator.visitFreeRuns(2 * 4096 + 1, collect);
    assertEquals(1, holes.size());
  }

  @Test
  void freeRunsOfARangeAreFoundInSegmentsThatWereNotLoaded() throws IOException {
    Setup setup = Setup.segments(3);
    setup.tree.use(0, SEGMENT);
    setup.tree.use(SEGMENT + UNIT, UNIT);
    Allocator allocator = setup.open();
    allocator.visitFreeRuns(0, Long.MAX_VALUE, 1, collect);
    List<Run> all =
        List.of(new Run(SEGMENT + 4096, SEGMENT - 4096), new Run(2L * SEGMENT, SEGMENT));
    assertEquals(all, holes);
    holes.clear();
    allocator.visitFreeRuns(SEGMENT + 4097, 2L * SEGMENT + 3 * 4096 + 5, 1, collect);
    assertEquals(
        List.of(new Run(SEGMENT + 2 * 4096, SEGMENT - 2 * 4096), new Run(2L * SEGMENT, 3 * 4096)),
        holes);
    holes.clear();
    allocator.visitFreeRuns(0, Long.MAX_VALUE, SEGMENT, collect);
    assertEquals(List.of(new Run(2L * SEGMENT, SEGMENT)), holes);
    holes.clear();
    allocator.visitFreeRuns(Long.MAX_VALUE, Long.MAX_VALUE, 1, collect);
    allocator.visitFreeRuns(5, 5, 1, collect);
    // What is in use, also only in memory, is none.
    assertEquals(2L * SEGMENT, allocator.reserve(1) ? allocator.allocate(SEGMENT) : -1);
    allocator.visitFreeRuns(2L * SEGMENT, Long.MAX_VALUE, 1, collect);
    assertEquals(List.of(), holes);
  }
}
