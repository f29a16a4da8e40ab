package org.razorfs.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;
import org.razorfs.layout.Geometry;
import org.razorfs.model.posix.KeptOpen;

/**
 * Shows that the search finds what it looks for: under a device that does not do what the volume
 * asks of it, promises are broken, and that is reported.
 */
class BrokenPromisesTest {
  private static final long ENOUGH = 20_000;

  /** A device between the volume and the recorded one; passes on what a test does not change. */
  private abstract static class Meddling extends ForwardingDevice {
    long lastWrite;

    Meddling(BlockDevice inner) {
      super(inner);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      lastWrite = position;
      inner.write(position, source);
    }

    @Override
    public void discard(long position, long length) {}

    @Override
    public void close() {}

    boolean inJournal(long position) {
      return position >= Geometry.JOURNAL_START
          && position < Geometry.JOURNAL_START + TestImage.SMALL.journal();
    }

    boolean isSlot(long position) {
      return position == 0 || position == Geometry.SLOT_1;
    }
  }

  private static List<Violation> violations(String workload, UnaryOperator<BlockDevice> between)
      throws IOException {
    CrashRun run = new CrashRun(ENOUGH, 1);
    run.run(ScriptedWorkloads.named(workload), between);
    return run.violations();
  }

  private static void assertFound(String workload, UnaryOperator<BlockDevice> between)
      throws IOException {
    assertEquals(List.of(), violations(workload, KeptOpen::new), "the device itself is at fault");
    assertFalse(violations(workload, between).isEmpty(), workload + " had to fail");
  }

  @Test
  void deviceThatNeverFlushesIsFound() throws IOException {
    assertFound(
        "checkpoints",
        inner ->
            new Meddling(inner) {
              @Override
              public void flush() {}
            });
  }

  @Test
  void fsyncThatOnlyWritesIsFound() throws IOException {
    assertFound(
        "fsync-each",
        inner ->
            new Meddling(inner) {
              @Override
              public void flush() throws IOException {
                if (!inJournal(lastWrite)) {
                  inner.flush();
                }
              }
            });
  }

  @Test
  void superblockWrittenBeforeItsTreesAreDurableIsFound() throws IOException {
    assertFound(
        "checkpoints",
        inner ->
            new Meddling(inner) {
              private boolean owed;

              @Override
              public void flush() throws IOException {
                owed = !inJournal(lastWrite) && !isSlot(lastWrite);
                if (!owed) {
                  inner.flush();
                }
              }

              @Override
              public void write(long position, ByteBuffer source) throws IOException {
                if (owed && !isSlot(position)) {
                  inner.flush();
                }
                super.write(position, source);
                if (owed && isSlot(position)) {
                  inner.flush();
                }
                owed = false;
              }
            });
  }

  @Test
  void superblockThatIsNotFlushedIsFound() throws IOException {
    // The next checkpoint then overwrites what the one that is still valid needs.
    assertFound(
        "journal-wrap",
        inner ->
            new Meddling(inner) {
              @Override
              public void flush() throws IOException {
                if (!isSlot(lastWrite)) {
                  inner.flush();
                }
              }
            });
  }

  @Test
  void journalThatLosesItsLastSectorIsFound() throws IOException {
    assertFound(
        "fsync-each",
        inner ->
            new Meddling(inner) {
              @Override
              public void write(long position, ByteBuffer source) throws IOException {
                int length = source.remaining() - (inJournal(position) ? 512 : 0);
                super.write(position, source.slice(source.position(), length));
                source.position(source.limit());
              }
            });
  }

  @Test
  void dataThatNeverArrivesIsFound() throws IOException {
    assertFound(
        "noise",
        inner ->
            new Meddling(inner) {
              private int writes;

              @Override
              public void write(long position, ByteBuffer source) throws IOException {
                boolean data = !inJournal(position) && position > Geometry.JOURNAL_START;
                if (data && ++writes == 3) {
                  source.position(source.limit());
                  return;
                }
                super.write(position, source);
              }
            });
  }
}
