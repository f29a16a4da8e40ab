package org.razorfs.compress;

import java.util.Optional;

/**
 * What compressing a file's chunks has taught so far, so that the next ones are not tried in vain.
 *
 * <p>One per open file, for as long as it is being written; may be thrown away at any time, and
 * used by several threads at once.
 */
public final class StreamHint {
  private static final int LONGEST_WAIT = 64;

  private ContentClass content;
  private int failuresInRow;
  private int untilProbe;

  /** For a file about which nothing is known. */
  public StreamHint() {}

  /** For data whose content is known, such as small files sorted by what they hold. */
  public StreamHint(ContentClass content) {
    this.content = content;
  }

  /** What the file holds; empty before the first chunk. */
  public synchronized Optional<ContentClass> content() {
    return Optional.ofNullable(content);
  }

  synchronized void learn(ContentClass found) {
    content = found;
  }

  /** Whether the last chunk that was tried did not compress. */
  synchronized boolean inIncompressibleRun() {
    return failuresInRow > 0;
  }

  /** Whether, in such a run, it is time to try once more; counts the chunks that ask. */
  synchronized boolean probe() {
    return failuresInRow > 0 && --untilProbe <= 0;
  }

  /** A chunk did not compress: tries again after 1, 2, 4 … 64 chunks. */
  synchronized void failed() {
    failuresInRow++;
    untilProbe = 1 + Math.min(LONGEST_WAIT, 1 << Math.min(failuresInRow - 1, 30));
  }

  /** A chunk compressed. */
  synchronized void succeeded() {
    failuresInRow = 0;
  }
}
