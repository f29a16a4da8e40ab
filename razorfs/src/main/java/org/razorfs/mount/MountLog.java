package org.razorfs.mount;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.temporal.ChronoUnit;

/**
 * The daemon's log: one line for each thing worth telling, with its time, and the stack trace of
 * what nobody expected. When the same second brings a flood, the rest of it is only counted.
 */
public final class MountLog {
  private static final int LINES_PER_SECOND = 20;

  private final Appendable target;
  private final Clock clock;
  private long second;
  private int linesInSecond;
  private long dropped;
  private boolean problems;

  /**
   * @param target gets whole lines
   */
  public MountLog(Appendable target, Clock clock) {
    this.target = target;
    this.clock = clock;
  }

  /** Writes a line. */
  public void line(String text) {
    write(text, null);
  }

  /** Writes a line and where in the program the problem came from. */
  public void problem(String text, Throwable problem) {
    write(text + ": " + problem, problem);
  }

  /** Whether anything but plain lines was written. */
  public synchronized boolean hasProblems() {
    return problems;
  }

  private synchronized void write(String text, Throwable problem) {
    problems |= problem != null;
    var now = clock.instant();
    if (now.getEpochSecond() != second) {
      second = now.getEpochSecond();
      linesInSecond = 0;
      if (dropped > 0) {
        append(now.truncatedTo(ChronoUnit.MILLIS) + " " + dropped + " more lines left out\n");
        dropped = 0;
      }
    }
    if (++linesInSecond > LINES_PER_SECOND) {
      dropped++;
      return;
    }
    append(now.truncatedTo(ChronoUnit.MILLIS) + " " + text + "\n");
    if (problem != null) {
      StringWriter trace = new StringWriter();
      problem.printStackTrace(new PrintWriter(trace));
      append(trace.toString());
    }
  }

  private void append(String text) {
    try {
      target.append(text);
    } catch (java.io.IOException e) {
      dropped++; // the disk of the log is full: the mount goes on
    }
  }
}
