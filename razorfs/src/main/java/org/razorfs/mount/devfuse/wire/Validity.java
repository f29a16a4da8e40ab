package org.razorfs.mount.devfuse.wire;

/**
 * For how long the kernel may use what a reply says without asking again.
 *
 * @param seconds whole ones
 */
public record Validity(long seconds) {
  /**
   * As good as for ever: this process is the only one that changes the volume, and does it only
   * when the kernel asks.
   */
  public static final Validity LONG = new Validity(10L * 365 * 24 * 3600);

  /**
   * While written data waits to be stored, the space that a file takes is not known yet, and will
   * change without the kernel having asked for anything.
   */
  public static final Validity SHORT = new Validity(1);
}
