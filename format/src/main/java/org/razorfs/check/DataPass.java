package org.razorfs.check;

import java.io.IOException;
import java.util.Arrays;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.CodecIds;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.TreeWalk;
import org.razorfs.wire.ByteSource;

/**
 * Pass 8, spec §5.5. Checks that each chunk of file data has its CRC and decompresses to its
 * length. Needs the shared chunks, so as to read each of them only once; walks through INODES a
 * last time. Chunks are read in the order of their addresses, as far as a batch of {@value #BATCH}
 * allows, whose 28 bytes each are all that it keeps.
 */
final class DataPass implements TreeWalk.Visitor {
  private static final String NAME = "data";
  private static final int BATCH_BITS = 17;
  private static final int BATCH = 1 << BATCH_BITS;

  private final Subject subject;
  private final ChunkIndex chunks;
  private final ChunkVerifier verifier;

  /** Unit of the address, shifted left, and the place in the other arrays: sorts by address. */
  private long[] order = new long[64];

  private int[] stored = new int[64];
  private int[] logical = new int[64];
  private int[] crcs = new int[64];
  private byte[] codecs = new byte[64];
  private int queued;
  private long verified;

  DataPass(Subject subject, ChunkIndex chunks, ChunkVerifier verifier) {
    this.subject = subject;
    this.chunks = chunks;
    this.verifier = verifier;
  }

  /** Verifies everything; returns the stored bytes that were read. */
  long run() throws IOException {
    progress();
    new TreeWalk(TreeId.INODES, subject.store())
        .walk(subject.superblock().roots().get(TreeId.INODES), this);
    drain();
    return verified;
  }

  @Override
  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
    if (node.isLeaf()) {
      for (int i = 0; i < node.count(); i++) {
        int at = node.valueAt(i);
        if (Keys.type(node.hi(i)) == Keys.EXTENT
            && node.valueLength(i) > 0
            && node.array()[at] == ExtentRecord.CHUNK) {
          extent(node, i);
        }
      }
    }
    return true;
  }

  @Override
  public void damaged(BlockPointer pointer, int level, KeyRange keys, IOException problem) {
    // Pass 3 has reported it.
  }

  private void extent(Node node, int index) {
    try {
      ExtentRecord extent =
          ExtentRecord.decode(
              new ByteSource(node.array(), node.valueAt(index), node.valueLength(index), "extent"));
      if (extent instanceof ExtentRecord.Chunk chunk
          && CodecIds.isCodec(chunk.codec())
          && subject.bounds().holds(chunk.address(), Geometry.roundUp(chunk.stored()))) {
        int shared = chunks.indexOf(chunk.address());
        if (shared < 0 || chunks.queue(shared)) {
          queue(chunk);
        }
      }
    } catch (CorruptImageException e) {
      // Pass 3 has reported it.
    }
  }

  private void queue(ExtentRecord.Chunk chunk) {
    if (queued == BATCH) {
      drain();
    }
    if (queued == order.length) {
      int larger = 4 * queued;
      order = Arrays.copyOf(order, larger);
      stored = Arrays.copyOf(stored, larger);
      logical = Arrays.copyOf(logical, larger);
      crcs = Arrays.copyOf(crcs, larger);
      codecs = Arrays.copyOf(codecs, larger);
    }
    order[queued] = ((chunk.address() / Geometry.UNIT) << BATCH_BITS) | queued;
    stored[queued] = chunk.stored();
    logical[queued] = chunk.logical();
    crcs[queued] = chunk.crc();
    codecs[queued] = (byte) chunk.codec();
    queued++;
  }

  private void drain() {
    Arrays.sort(order, 0, queued);
    for (int i = 0; i < queued; i++) {
      long address = (order[i] >>> BATCH_BITS) * Geometry.UNIT;
      int at = (int) order[i] & (BATCH - 1);
      try {
        verifier.verify(subject.device(), address, stored[at], logical[at], crcs[at], codecs[at]);
      } catch (IOException e) {
        subject.reporter().add(e, Invariant.EXT_10, "chunk at " + address);
      }
      verified += stored[at];
      progress();
    }
    queued = 0;
  }

  private void progress() {
    long total = Math.max(verified, subject.superblock().totals().storedBytes());
    subject.listener().progress(NAME, verified, total);
  }
}
