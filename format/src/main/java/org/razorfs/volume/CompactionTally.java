package org.razorfs.volume;

import java.util.concurrent.atomic.AtomicLong;

/** Counts what compaction does. */
final class CompactionTally {
  private final AtomicLong windows = new AtomicLong();
  private final AtomicLong extentsBefore = new AtomicLong();
  private final AtomicLong extentsAfter = new AtomicLong();
  private final AtomicLong packs = new AtomicLong();
  private final AtomicLong rewritten = new AtomicLong();
  private final AtomicLong freed = new AtomicLong();
  private final AtomicLong transactions = new AtomicLong();

  void merged(int before, int after, long bytes, long freedBytes) {
    windows.incrementAndGet();
    extentsBefore.addAndGet(before);
    extentsAfter.addAndGet(after);
    committed(bytes, freedBytes);
  }

  void repacked(int count, long bytes, long freedBytes) {
    packs.addAndGet(count);
    committed(bytes, freedBytes);
  }

  private void committed(long bytes, long freedBytes) {
    rewritten.addAndGet(bytes);
    freed.addAndGet(freedBytes);
    transactions.incrementAndGet();
  }

  /** Transactions that compaction has made. */
  long transactions() {
    return transactions.get();
  }

  /** What was done since {@code before}, or since the volume was opened where that is null. */
  Compaction since(Compaction before, boolean complete) {
    Compaction none = before == null ? new Compaction(0, 0, 0, 0, 0, 0, true) : before;
    return new Compaction(
        windows.get() - none.windows(),
        extentsBefore.get() - none.extentsBefore(),
        extentsAfter.get() - none.extentsAfter(),
        packs.get() - none.packs(),
        rewritten.get() - none.bytesRewritten(),
        freed.get() - none.bytesFreed(),
        complete);
  }
}
