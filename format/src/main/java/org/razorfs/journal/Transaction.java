package org.razorfs.journal;

import java.util.List;

/**
 * A committed transaction as it was read back.
 *
 * @param id the transaction's id
 * @param operation the operation's number, as in {@link org.razorfs.layout.Operation}
 * @param inode the inode that it is about, or 0
 * @param start the position of its first record
 * @param end the position after its last record
 * @param parts the payloads, in the order in which they were appended; at least one
 */
public record Transaction(
    long id, int operation, long inode, long start, long end, List<Part> parts) {
  /** No transaction's records take more bytes. */
  public static final int MAX_SIZE = 16 << 20;

  /** The payloads of one record. */
  public record Part(byte[] undo, byte[] redo) {}
}
