package org.razorfs.tools;

/**
 * What a command exits with when it does not come to return a code of its own.
 *
 * @param failure it could not do what was asked
 * @param usage the command line was wrong
 */
public record ExitCodes(int failure, int usage) {
  /** 1 for both, as most commands have it. */
  public static final ExitCodes ONE = new ExitCodes(1, 1);
}
