package org.razorfs.tools;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Says how far long work has come: a line on a terminal that is written over, JSON lines with
 * {@code "message_type": "status"} with {@code --json}, nothing else; at most ten times a second.
 */
public final class Progress implements AutoCloseable {
  /** What is over sooner needs no progress. */
  private static final long FIRST_NANOS = Duration.ofMillis(500).toNanos();

  private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

  private final Console console;
  private final String what;
  private final LongSupplier nanoTime;
  private long nextAt;
  private int shown;

  /**
   * @param what the kind of work, such as {@code check}; part of the schema's name
   */
  public Progress(Console console, String what) {
    this(console, what, System::nanoTime);
  }

  Progress(Console console, String what, LongSupplier nanoTime) {
    this.console = console;
    this.what = what;
    this.nanoTime = nanoTime;
    this.nextAt = nanoTime.getAsLong() + FIRST_NANOS;
  }

  /**
   * Reports a state; cheap when it is not yet time for one.
   *
   * @param step what is being done, such as {@code extents}
   * @param done units done so far
   * @param total units in all, or 0 when nobody knows
   */
  public synchronized void report(String step, long done, long total) {
    if (console.quiet() || !(console.json() || console.terminal().errTerminal())) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (now - nextAt < 0) {
      return;
    }
    nextAt = now + INTERVAL_NANOS;
    if (console.json()) {
      JsonDocument status =
          JsonDocument.of(what + "-status", 1)
              .put("message_type", "status")
              .put("step", step)
              .put("done", done);
      console.print(total > 0 ? status.put("total", total) : status);
      console.out().flush();
    } else {
      String line =
          total > 0
              ? String.format("%s: %s %d%%", what, step, Math.min(100, 100 * done / total))
              : String.format("%s: %s %d", what, step, done);
      show(line);
    }
  }

  private void show(String line) {
    String cleared = " ".repeat(Math.max(0, shown - line.length()));
    console.err().print("\r" + line + cleared);
    console.err().flush();
    shown = line.length();
  }

  /** Takes the line off the terminal, so that results stand alone. */
  @Override
  public synchronized void close() {
    if (shown > 0) {
      show("");
      console.err().print("\r");
      console.err().flush();
      shown = 0;
    }
  }
}
