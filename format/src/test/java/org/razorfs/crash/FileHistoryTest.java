package org.razorfs.crash;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.razorfs.crash.FileHistory.Kind;
import org.razorfs.layout.Timestamp;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.SparseBytes;

/** The rule of what a file may hold after a crash, case by case. */
class FileHistoryTest {
  private final FileHistory file = new FileHistory();
  private final SparseBytes content = new SparseBytes();
  private int operation;

  private static byte[] text(int sequence, long offset, int length) {
    return Content.bytes(sequence, Content.Texture.TEXT, offset, length);
  }

  private void write(int sequence, long offset, int length) {
    content.write(offset, text(sequence, offset, length));
    file.changed(operation++, Kind.WRITE, 0, 0, content.copy());
  }

  private void truncate(long size) {
    content.truncate(size);
    file.changed(operation++, Kind.CUT, size, 0, content.copy());
  }

  private void punch(long offset, long length) {
    content.zero(offset, length);
    file.changed(operation++, Kind.ZERO, offset, length, content.copy());
  }

  private void sync() {
    file.synced(++operation);
  }

  /** Why a file that holds these bytes breaks its promise at the end of the history, or null. */
  private String problem(byte[] bytes) {
    int floor = file.floor(0, operation, operation);
    AllowedContent allowed = file.allowed(floor, operation);
    String size = allowed.checkSize(bytes.length);
    return size != null ? size : allowed.checkBytes(bytes.length, 0, bytes);
  }

  @Test
  void dataThatWasNotSyncedMayBeThereOrNot() {
    write(1, 0, 2048);
    assertNull(problem(new byte[0]));
    assertNull(problem(text(1, 0, 2048)));
    assertNull(problem(text(1, 0, 700)));
  }

  @Test
  void dataThatWasSyncedMustBeThere() {
    write(1, 0, 2048);
    sync();
    assertNotNull(problem(new byte[0]));
    assertNotNull(problem(text(1, 0, 2047)));
    assertNotNull(problem(new byte[2048]));
    assertNull(problem(text(1, 0, 2048)));
  }

  @Test
  void sizeMustNotRunAheadOfItsData() {
    write(1, 0, 2048);
    write(2, 2048, 2048);
    byte[] zeros = text(1, 0, 4096);
    System.arraycopy(text(2, 2048, 2048), 0, zeros, 2048, 2048);
    assertNull(problem(zeros));
    Arrays.fill(zeros, 512, 1024, (byte) 0);
    assertNotNull(problem(zeros));
  }

  @Test
  void overwrittenSectorsAreOldOrNewEachForItself() {
    write(1, 0, 2048);
    sync();
    write(2, 0, 2048);
    byte[] mixed = text(1, 0, 2048);
    System.arraycopy(text(2, 0, 2048), 512, mixed, 512, 512);
    assertNull(problem(mixed));
    System.arraycopy(text(3, 0, 2048), 512, mixed, 512, 512);
    assertNotNull(problem(mixed));
  }

  @Test
  void versionsBeforeTheLastSyncDoNotComeBack() {
    write(1, 0, 1024);
    write(2, 0, 1024);
    sync();
    assertNotNull(problem(text(1, 0, 1024)));
    assertNull(problem(text(2, 0, 1024)));
  }

  @Test
  void sectorsOfOtherPlacesAreForeign() {
    write(1, 0, 2048);
    sync();
    byte[] moved = text(1, 0, 2048);
    System.arraycopy(moved, 512, moved, 0, 512);
    assertNotNull(problem(moved));
  }

  @Test
  void holesReadAsZerosOnly() {
    write(1, 4096, 512);
    sync();
    byte[] bytes = new byte[4608];
    System.arraycopy(text(1, 4096, 512), 0, bytes, 4096, 512);
    assertNull(problem(bytes));
    bytes[100] = 1;
    assertNotNull(problem(bytes));
  }

  @Test
  void truncatedDataStaysAwayWhenTheFileGrowsAgain() {
    write(1, 0, 2048);
    sync();
    truncate(700);
    write(2, 2048, 100);
    byte[] bytes = new byte[2148];
    System.arraycopy(text(1, 0, 700), 0, bytes, 0, 700);
    System.arraycopy(text(2, 2048, 100), 0, bytes, 2048, 100);
    assertNull(problem(bytes));
    assertNull(problem(text(1, 0, 700)));
    System.arraycopy(text(1, 0, 2048), 700, bytes, 700, 300);
    assertNotNull(problem(bytes));
    assertNotNull(problem(text(1, 0, 2048)));
  }

  @Test
  void unsyncedOverwriteMayBeCutOffTogetherWithWhatItCovers() {
    write(1, 0, 2048);
    sync();
    write(2, 0, 2048);
    truncate(700);
    assertNull(problem(text(1, 0, 700)));
    assertNull(problem(text(2, 0, 700)));
    assertNotNull(problem(text(1, 0, 2048)));
  }

  @Test
  void punchedDataStaysAway() {
    write(1, 0, 2048);
    sync();
    punch(600, 1000);
    byte[] bytes = text(1, 0, 2048);
    assertNotNull(problem(bytes));
    Arrays.fill(bytes, 600, 1600, (byte) 0);
    assertNull(problem(bytes));
  }

  @Test
  void growthShowsTheLastSectorInAnyVersion() {
    write(1, 0, 100);
    sync();
    write(2, 0, 100);
    truncate(3000);
    byte[] bytes = new byte[3000];
    System.arraycopy(text(1, 0, 100), 0, bytes, 0, 100);
    assertNull(problem(bytes));
    System.arraycopy(text(2, 0, 100), 0, bytes, 0, 100);
    assertNull(problem(bytes));
    assertNotNull(problem(new byte[3000]));
  }

  @Test
  void replacingAnotherFileMakesDataDurable() {
    write(1, 0, 1024);
    file.replaced(operation++);
    assertNotNull(problem(new byte[0]));
    assertNull(problem(text(1, 0, 1024)));
  }

  @Test
  void timesAreThoseOfSomeMomentSinceTheLastSync() {
    Timestamp early = new Timestamp(1, 0);
    Timestamp middle = new Timestamp(2, 0);
    Timestamp late = new Timestamp(3, 0);
    file.times(1, early, early);
    file.times(3, middle, middle);
    file.times(6, late, late);
    assertNull(file.checkTimes(2, 7, early, early));
    assertNull(file.checkTimes(3, 7, middle, late));
    assertNotNull(file.checkTimes(3, 7, early, middle));
    assertNotNull(file.checkTimes(3, 5, middle, late));
  }
}
