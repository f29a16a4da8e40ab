package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.device.MemoryDevice;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.ModelNode;
import org.razorfs.model.posix.Op;
import org.razorfs.model.posix.OpGenerator;
import org.razorfs.model.posix.Outcome;
import org.razorfs.model.posix.PosixModel;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.VolumeOptions;

/**
 * A little that is lost or left over each time a volume is closed and opened, which only many times
 * would show: under random change, everything is compared with a model after every opening, and
 * space must not leak.
 */
@Tag("slow")
class ReopenCyclesTest {
  private static final OpGenerator.Profile PROFILE =
      new OpGenerator.Profile(40_000, 150_000, 40, 3, 5, 0);
  private static final int OPERATIONS = 60;
  private static final int CHECK_EVERY = 20;

  @ParameterizedTest
  @CsvSource({"1, 60, 0", "2, 60, 2"})
  void nothingIsLostOrLeftOver(long seed, int cycles, int workers) throws IOException {
    run(seed, cycles, workers);
  }

  @ParameterizedTest
  @CsvSource({"3, 1000, 0", "4, 1000, 2"})
  @Tag("long")
  void nothingIsLostOrLeftOverInAThousandCycles(long seed, int cycles, int workers)
      throws IOException {
    run(seed, cycles, workers);
  }

  private static void run(long seed, int cycles, int workers) throws IOException {
    MemoryDevice device = new MemoryDevice(48 << 20);
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    VolumeOptions options =
        VolumeOptions.builder()
            .workers(workers)
            .maxDirtyBytes(1 << 20)
            .maxCacheBytes(4 << 20)
            .maxInodeCacheEntries(200)
            .build();
    OpGenerator generator = new OpGenerator(seed, PROFILE);
    PosixModel model = new PosixModel();
    long empty;
    try (VolumeDriver driver = new VolumeDriver(device, options)) {
      empty = driver.volume().statfs().freeBytes();
    }
    VolumeDriver driver = new VolumeDriver(device, options);
    for (int cycle = 1; cycle <= cycles; cycle++) {
      String where = "seed " + seed + ", cycle " + cycle;
      for (int i = 0; i < OPERATIONS; i++) {
        apply(generator.next(model), model, driver, where);
      }
      Listing before = driver.listing();
      assertEquals(List.of(), Listing.structureDifferences(model.listing(), before), where);
      if (cycle % CHECK_EVERY == 0) {
        driver.close();
        model.apply(new Op.Reopen());
        assertEquals(
            List.of(),
            Checker.check(device, CheckOptions.full(), CheckListener.NONE).findings(),
            where);
        driver = new VolumeDriver(device, options);
      } else {
        apply(new Op.Reopen(), model, driver, where);
      }
      Listing after = driver.listing();
      // Times, inode numbers and generations too.
      assertEquals(before.entries(), after.entries(), where);
      compareContents(model, driver, where);
    }
    removeAll(model, driver);
    driver.close();
    try (VolumeDriver last = new VolumeDriver(device, options)) {
      long lost = empty - last.volume().statfs().freeBytes();
      assertTrue(lost <= 1 << 20, "seed " + seed + ": " + lost + " bytes are lost");
      assertEquals(1, last.volume().statfs().inodes());
    }
  }

  private static void apply(Op op, PosixModel model, VolumeDriver driver, String where) {
    if (model.isSpecified(op)) {
      Outcome expected = model.apply(op);
      Outcome actual = driver.apply(op);
      assertTrue(actual.matches(expected), () -> where + ": " + op + " gave " + actual);
    }
  }

  private static void compareContents(PosixModel model, VolumeDriver driver, String where)
      throws IOException {
    for (String path : model.paths()) {
      ModelNode node = model.find(path);
      if (node.isFile()) {
        int size = (int) node.data().size();
        assertArrayEquals(
            node.data().read(0, size),
            driver.read(driver.resolve(path), 0, size + 1),
            () -> where + ": " + path);
      }
    }
  }

  private static void removeAll(PosixModel model, VolumeDriver driver) {
    List<String> paths = model.paths();
    for (int i = paths.size() - 1; i >= 0; i--) {
      boolean directory = model.find(paths.get(i)).isDirectory();
      apply(
          directory ? new Op.Rmdir(paths.get(i)) : new Op.Unlink(paths.get(i)),
          model,
          driver,
          "removal");
    }
    assertEquals(List.of(), model.paths());
    apply(new Op.Reopen(), model, driver, "removal"); // handles keep files alive
  }
}
