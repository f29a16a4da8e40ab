package org.razorfs.volume;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Transactions;

/**
 * Remembers which windows of which files have inline extents, as synchronous writes leave them in
 * the tree, and has chunks made of them: of a window that was written through from end to end at
 * once, of others when the file is left alone or has gathered much. What it has no place to
 * remember stays inline until compaction finds it.
 */
final class InlineMerger {
  /** Inline data that a file gathers, wherever it lies, before it is merged for that alone. */
  private static final long MOST_BYTES = 8 << 20;

  /** At half of it all are merged, so that there is place again. */
  private static final int MOST_FILES = 1 << 12;

  private static final int MOST_WINDOWS = 1 << 16;

  /** Enough for a window of the smallest extents; more is what comes meanwhile. */
  private static final int MOST_PASSES = 32;

  private final Transactions transactions;
  private final InodeTable inodes;
  private final Workers workers;
  private final WindowMerger merger;
  private final Map<InodeHandle, Windows> files = new ConcurrentHashMap<>();

  /** Windows remembered, of all files. */
  private final AtomicInteger held = new AtomicInteger();

  private final AtomicBoolean relieving = new AtomicBoolean();

  InlineMerger(Transactions transactions, InodeTable inodes, Workers workers, WindowMerger merger) {
    this.transactions = transactions;
    this.inodes = inodes;
    this.workers = workers;
    this.merger = merger;
  }

  /** The windows of a file that have inline extents. Guarded by itself. */
  private static final class Windows {
    private NavigableSet<Long> waiting = new TreeSet<>();
    private int merging;
    private long bytes;
    private boolean due;
    private boolean touched;

    /** Where the last piece ended, and how many bytes before that were written in one go. */
    private long end;

    private long run;

    /** Notes a piece; returns how many windows that makes more. */
    synchronized int add(StoredPiece piece, boolean room) {
      int length = piece.to() - piece.from();
      run = piece.offset() == end ? run + length : length;
      end = piece.offset() + length;
      bytes += length;
      touched = true;
      due |= bytes >= MOST_BYTES;
      due |= piece.to() == Geometry.MAX_CHUNK && run >= Geometry.MAX_CHUNK / 2;
      return room && waiting.add(piece.chunk()) ? 1 : 0;
    }

    /** Whether it is time to merge, which it is for the first caller only. */
    synchronized boolean isDue() {
      boolean now = due;
      due = false;
      return now;
    }

    /** Whether nothing came since the last call. */
    synchronized boolean isLeftAlone() {
      boolean alone = !touched;
      touched = false;
      return alone;
    }

    /** Takes out what waits, to be merged; {@link #end} follows. */
    synchronized NavigableSet<Long> begin() {
      NavigableSet<Long> taken = waiting;
      waiting = new TreeSet<>();
      bytes = 0;
      merging++;
      return taken;
    }

    /** Puts back what could not be merged; returns how many windows that makes more. */
    synchronized int end(NavigableSet<Long> left) {
      int before = waiting.size();
      waiting.addAll(left);
      merging--;
      return waiting.size() - before;
    }

    synchronized boolean isIdle() {
      return waiting.isEmpty() && merging == 0;
    }
  }

  /** Notes what a file has stored inline; the caller holds its write lock and a pin. */
  void add(InodeHandle file, List<StoredPiece> pieces) {
    files.compute(
        file,
        (f, known) -> {
          if (known == null && (files.size() >= MOST_FILES || !file.pin())) {
            return null;
          }
          Windows windows = known == null ? new Windows() : known;
          for (StoredPiece piece : pieces) {
            held.addAndGet(windows.add(piece, held.get() < MOST_WINDOWS));
          }
          return windows;
        });
  }

  /** Has a file's windows merged in the background if it is time; called without locks. */
  void storedInline(InodeHandle file) {
    Windows windows = files.get(file);
    if (windows == null || !workers.isParallel()) {
      return;
    }
    try {
      if (windows.isDue()) {
        workers.execute(() -> mergeQuietly(List.of(Map.entry(file, windows))));
      }
      if (files.size() >= MOST_FILES / 2 && relieving.compareAndSet(false, true)) {
        workers.execute(
            () -> {
              try {
                mergeQuietly(List.copyOf(files.entrySet()));
              } finally {
                relieving.set(false);
              }
            });
      }
    } catch (RejectedExecutionException e) {
      // The volume is being closed, which merges everything.
    }
  }

  /** Merges what files have that got nothing more since the last call. */
  void mergeLeftAlone() throws IOException {
    merge(files.entrySet().stream().filter(file -> file.getValue().isLeftAlone()).toList());
  }

  /** Merges everything that is remembered. */
  void mergeAll() throws IOException {
    merge(List.copyOf(files.entrySet()));
  }

  private void mergeQuietly(List<Map.Entry<InodeHandle, Windows>> some) {
    try {
      merge(some);
    } catch (IOException e) {
      // The transactions have failed for good; the next call that cares is told.
    }
  }

  private void merge(List<Map.Entry<InodeHandle, Windows>> some) throws IOException {
    for (Map.Entry<InodeHandle, Windows> file : some) {
      try {
        merge(file.getKey(), file.getValue());
      } catch (IOException e) {
        // Nothing is lost, the data stays where it is; no reason not to close.
        transactions.requireWorking();
      }
    }
  }

  /** Merges the windows of a file that have inline extents now, but none that come meanwhile. */
  private void merge(InodeHandle file, Windows windows) throws IOException {
    NavigableSet<Long> left = windows.begin();
    held.addAndGet(-left.size());
    try {
      while (!left.isEmpty()) {
        if (merge(file, left.first()) == Step.NO_ROOM) {
          break;
        }
        left.pollFirst();
      }
    } finally {
      held.addAndGet(windows.end(left));
      boolean[] forgotten = {false};
      files.computeIfPresent(
          file,
          (f, known) -> {
            forgotten[0] = known.isIdle();
            return forgotten[0] ? null : known;
          });
      if (forgotten[0]) {
        inodes.unpin(file);
      }
    }
  }

  /** Merges a window, of which one step may do only a part. */
  private Step merge(InodeHandle file, long window) throws IOException {
    Step step = Step.DONE;
    for (int pass = 0; pass < MOST_PASSES && step == Step.DONE; pass++) {
      transactions.throttle();
      step = merger.mergeInline(file, window);
    }
    return step;
  }
}
