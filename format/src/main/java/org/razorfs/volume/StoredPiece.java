package org.razorfs.volume;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.layout.ExtentRecord;

/**
 * A piece of a file that has been stored: where it belongs and what holds it.
 *
 * @param chunk the number of the window that it lies in
 * @param from where in the window it starts
 * @param to where in the window it ends
 * @param extents what holds it, in order
 */
record StoredPiece(InodeHandle file, long chunk, int from, int to, List<ExtentRecord> extents) {
  /** A piece that nothing holds yet. */
  StoredPiece(InodeHandle file, long chunk, int from, int to) {
    this(file, chunk, from, to, new ArrayList<>(1));
  }

  /** Where in the file it starts. */
  long offset() {
    return FileData.start(chunk) + from;
  }

  /** A range of a dirty chunk as extents of up to {@code maxInline} bytes in the tree itself. */
  static StoredPiece inline(
      InodeHandle file, long number, DirtyChunk chunk, int range, int maxInline) {
    List<ExtentRecord> extents = new ArrayList<>(1);
    int from = chunk.start(range);
    int to = chunk.end(range);
    for (int at = from; at < to; at += maxInline) {
      byte[] bytes = new byte[Math.min(maxInline, to - at)];
      chunk.read(at, bytes.length, ByteBuffer.wrap(bytes));
      extents.add(new ExtentRecord.Inline(bytes));
    }
    return new StoredPiece(file, number, from, to, extents);
  }
}
