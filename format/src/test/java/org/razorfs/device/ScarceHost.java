package org.razorfs.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * An image as a sparse file of a host that has only so many blocks for it: what lies where it has
 * been written takes no more, and holes that are punched give back.
 */
public final class ScarceHost extends ForwardingDevice {
  /** Bytes of a block of the host. */
  public static final int BLOCK = 4096;

  private final Fault fault;
  private final BitSet blocks = new BitSet();
  private final BitSet written = new BitSet();
  private long limit = Long.MAX_VALUE;
  private long refusals;

  /**
   * @param fault what the host says where it has no space
   */
  public ScarceHost(BlockDevice inner, Fault fault) {
    super(inner);
    this.fault = fault;
  }

  /** How many blocks the image takes. */
  public synchronized int blocks() {
    return blocks.cardinality();
  }

  /** Lets the image take so many blocks more than it does. */
  public synchronized ScarceHost spare(int more) {
    limit = blocks() + (long) more;
    return this;
  }

  /** Gives back what was set aside and not written, as a copy of a sparse file does. */
  public synchronized void copied() {
    blocks.and(written);
  }

  /** How often space was refused. */
  public synchronized long refusals() {
    return refusals;
  }

  @Override
  public synchronized void write(long position, ByteBuffer source) throws IOException {
    int length = source.remaining();
    take(position, length);
    written.set((int) (position / BLOCK), (int) ((position + length + BLOCK - 1) / BLOCK));
    inner.write(position, source);
  }

  @Override
  public synchronized void allocate(long position, long length) throws IOException {
    take(position, length);
  }

  @Override
  public synchronized void discard(long position, long length) throws IOException {
    int from = (int) ((position + BLOCK - 1) / BLOCK);
    int to = (int) ((position + length) / BLOCK);
    if (from < to) {
      blocks.clear(from, to);
      written.clear(from, to);
      inner.discard((long) from * BLOCK, (long) (to - from) * BLOCK);
    }
  }

  private void take(long position, long length) throws FsException {
    int to = (int) ((position + length + BLOCK - 1) / BLOCK);
    for (int block = (int) (position / BLOCK); block < to; block++) {
      if (!blocks.get(block)) {
        if (blocks() >= limit) {
          refusals++;
          throw new FsException(fault, name() + ": the host has no block for " + position);
        }
        blocks.set(block); // Those before the refused one stay, as with a short write.
      }
    }
  }
}
