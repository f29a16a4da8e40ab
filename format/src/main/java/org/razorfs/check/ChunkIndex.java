package org.razorfs.check;

import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.ExtentRecord;

/**
 * What is known of every shared chunk: 37 bytes each. References and live bytes are counted down
 * from what the CHUNKS tree says; the rest is what the first extent says.
 */
final class ChunkIndex {
  private static final int MET = 1;
  private static final int QUEUED = 2;
  private static final int CODEC_SHIFT = 2;

  private final Numbers addresses = new Numbers();
  private final Ints references = new Ints();
  private final Longs live = new Longs();
  private final Ints stored = new Ints();
  private final Ints logical = new Ints();
  private final Ints crcs = new Ints();
  private final Longs births = new Longs();
  private final ByteList states = new ByteList();
  private boolean whole = true;

  void add(long address, ChunkRecord chunk) {
    addresses.add(address);
    references.add(chunk.references());
    live.add(chunk.live());
    stored.add(chunk.stored());
    logical.add(0);
    crcs.add(0);
    births.add(0);
    states.add(0);
  }

  /** Notes that some shared chunks could not be read. */
  void incomplete() {
    whole = false;
  }

  /** Whether a chunk that is not here is not shared. */
  boolean isWhole() {
    return whole;
  }

  int size() {
    return addresses.size();
  }

  /** The index of the chunk at an address, or -1. */
  int indexOf(long address) {
    return addresses.indexOf(address);
  }

  long address(int index) {
    return addresses.get(index);
  }

  /** The stored bytes as the CHUNKS tree says. */
  int stored(int index) {
    return stored.get(index);
  }

  /** Counts an extent; false where it describes the chunk otherwise than the first did. */
  boolean refer(int index, ExtentRecord.Chunk extent) {
    references.set(index, references.get(index) - 1);
    live.set(index, live.get(index) - extent.length());
    int state = states.get(index);
    if ((state & MET) == 0) {
      logical.set(index, extent.logical());
      crcs.set(index, extent.crc());
      births.set(index, extent.birth());
      states.set(index, state | MET | (extent.codec() << CODEC_SHIFT));
      return true;
    }
    return logical.get(index) == extent.logical()
        && crcs.get(index) == extent.crc()
        && births.get(index) == extent.birth()
        && state >>> CODEC_SHIFT == extent.codec();
  }

  /** References that the tree says more than there are extents. */
  int surplusReferences(int index) {
    return references.get(index);
  }

  /** Live bytes that the tree says more than extents cover. */
  long surplusLive(int index) {
    return live.get(index);
  }

  /** True the first time it is asked about a chunk. */
  boolean queue(int index) {
    int state = states.get(index);
    states.set(index, state | QUEUED);
    return (state & QUEUED) == 0;
  }
}
