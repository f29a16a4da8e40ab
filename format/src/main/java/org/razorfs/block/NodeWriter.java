package org.razorfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.razorfs.device.BlockDevice;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.TreeId;

/**
 * Writes the nodes of one checkpoint to fresh space, neighbours in one transfer. A writer that
 * failed is of no further use, nor is anything that it wrote: the checkpoint is abandoned. Not
 * thread-safe.
 */
public final class NodeWriter {
  private static final int TRANSFER = 1 << 20;

  private final BlockDevice device;
  private final NodeCache cache;
  private final NodeSpace space;
  private final UUID uuid;
  private final long generation;
  private ByteBuffer buffer;
  private long bufferAddress;
  private long nodes;
  private long bytes;

  /**
   * @param generation of the checkpoint, which becomes the nodes' birth
   */
  public NodeWriter(
      BlockDevice device, NodeCache cache, NodeSpace space, UUID uuid, long generation) {
    this.device = device;
    this.cache = cache;
    this.space = space;
    this.uuid = uuid;
    this.generation = generation;
  }

  /**
   * Seals what the builder holds for a fresh address and caches it; the device has it after {@link
   * #finish}. The builder is left as it is. A node always takes its full size, so that the space of
   * any node can hold any other.
   */
  public BlockPointer write(NodeBuilder builder, TreeId tree) throws IOException {
    int length = builder.nodeSize();
    long address = space.allocate(length);
    NodeBuilder.Sealed sealed = builder.seal(tree, uuid, address, generation, length);
    Node node = sealed.node();
    append(address, node.array());
    cache.put(sealed.pointer(), node);
    nodes++;
    bytes += node.length();
    return sealed.pointer();
  }

  /** Writes what is still buffered; does not flush the device. */
  public void finish() throws IOException {
    if (buffer != null && buffer.position() > 0) {
      buffer.flip();
      device.write(bufferAddress, buffer);
      buffer.clear();
    }
  }

  /** The nodes written so far. */
  public long nodes() {
    return nodes;
  }

  /** The stored bytes of the nodes written so far. */
  public long bytes() {
    return bytes;
  }

  private void append(long address, byte[] node) throws IOException {
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(Geometry.MAX_NODE);
    }
    if (buffer.position() > 0 && bufferAddress + buffer.position() != address) {
      finish();
    }
    if (buffer.remaining() < node.length) {
      makeRoom();
    }
    if (buffer.position() == 0) {
      bufferAddress = address;
    }
    buffer.put(node);
  }

  /** Small checkpoints are frequent: they do without the large buffer. */
  private void makeRoom() throws IOException {
    if (buffer.capacity() < TRANSFER) {
      buffer = ByteBuffer.allocateDirect(4 * buffer.capacity()).put(buffer.flip());
    } else {
      finish();
    }
  }
}
