package org.razorfs.transfer;

/** Is told how a transfer goes on. */
public interface TransferListener {
  /** Something was transferred; this much is done. */
  void advanced(Tally done);

  /**
   * Something could not be transferred; the others are.
   *
   * @param path in the archive, or in the volume
   * @param why it could not
   */
  void left(String path, String why);
}
