package org.razorfs.check;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Node;
import org.razorfs.tree.KeyRange;
import org.razorfs.wire.ByteSource;

/**
 * The part of pass 7 that takes the items of CHUNKS from pass 3, spec §5.7. Checks that no two
 * shared chunks lie in the same place. Learns which chunks are shared, which pass 4 needs.
 */
final class ChunkPass implements ItemVisitor {
  private final Reporter reporter;
  private final UnitMap units;
  private final ChunkIndex chunks = new ChunkIndex();
  private long stored;

  ChunkPass(Subject subject, UnitMap units) {
    this.reporter = subject.reporter();
    this.units = units;
  }

  /** The shared chunks, complete once all items have been taken. */
  ChunkIndex chunks() {
    return chunks;
  }

  /** The stored bytes of all shared chunks. */
  long stored() {
    return stored;
  }

  @Override
  public void item(Node leaf, int index, boolean sound) throws CorruptImageException {
    if (!sound) {
      chunks.incomplete();
      return;
    }
    long address = leaf.lo(index);
    ChunkRecord chunk =
        ChunkRecord.decode(
            new ByteSource(
                leaf.array(),
                leaf.valueAt(index),
                leaf.valueLength(index),
                "shared chunk at " + address));
    chunks.add(address, chunk);
    stored += chunk.stored();
    long twice = units.mark(address, Geometry.roundUp(chunk.stored()));
    if (twice >= 0) {
      reporter.add(
          Invariant.TREE_9,
          "shared chunk at " + address,
          "the unit at " + twice + " belongs to something else, too");
    }
  }

  @Override
  public void lost(KeyRange keys) {
    chunks.incomplete();
  }

  @Override
  public void end() {}
}
