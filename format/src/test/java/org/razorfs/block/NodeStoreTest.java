package org.razorfs.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.TreeId;

class NodeStoreTest {
  private static final UUID VOLUME = new UUID(1, 2);
  private static final long SIZE = 4 << 20;

  private final MemoryDevice memory = new MemoryDevice(SIZE);
  private final FaultyDevice device = new FaultyDevice(memory);
  private final NodeCache cache = new NodeCache(8 << 20);
  private final NodeStore store = new NodeStore(device, VOLUME, cache);
  private long next = Geometry.JOURNAL_START;

  private NodeWriter writer(NodeCache through) {
    return new NodeWriter(device, through, this::allocate, VOLUME, 7);
  }

  private long allocate(int length) {
    long address = next;
    next += length;
    return address;
  }

  private static NodeBuilder leaf(long hi, int valueLength) {
    NodeBuilder builder = new NodeBuilder(Geometry.DEFAULT_NODE, 0);
    builder.add(hi, 0, new byte[valueLength], 0, valueLength);
    return builder;
  }

  private BlockPointer stored(NodeBuilder builder, TreeId tree) throws IOException {
    NodeWriter writer = writer(new NodeCache(0));
    BlockPointer pointer = writer.write(builder, tree);
    writer.finish();
    return pointer;
  }

  @Test
  void aSecondReadComesFromTheCache() throws IOException {
    BlockPointer pointer = stored(leaf(9, 3), TreeId.INODES);
    Node node = store.read(pointer, TreeId.INODES, 0);
    assertEquals(9, node.hi(0));
    assertSame(node, store.read(pointer, TreeId.INODES, 0));
    assertEquals(1, device.count(FaultyDevice.Operation.READ));
    assertEquals(1, cache.hits());
    assertEquals(1, cache.misses());
  }

  @Test
  void aChildIsReadAsItsPointerSays() throws IOException {
    BlockPointer child = stored(leaf(9, 3), TreeId.INODES);
    NodeBuilder builder = new NodeBuilder(Geometry.DEFAULT_NODE, 1);
    builder.add(8, 0, BlockPointer.NULL);
    builder.add(9, 0, child);
    Node parent = store.read(stored(builder, TreeId.INODES), TreeId.INODES, 1);
    Node node = store.readChild(parent, 1, TreeId.INODES);
    assertSame(node, store.read(child, TreeId.INODES, 0));
    assertSame(node, store.readChild(parent, 1, TreeId.INODES));
    assertThrows(
        CorruptImageException.class, () -> store.readChild(parent, 0, TreeId.INODES), "null");
  }

  @Test
  void aCachedNodeOfAnotherTreeOrLevelIsNotTakenForIt() throws IOException {
    BlockPointer pointer = stored(leaf(9, 3), TreeId.INODES);
    store.read(pointer, TreeId.INODES, 0);
    assertThrows(CorruptImageException.class, () -> store.read(pointer, TreeId.STRINGS, 0));
    assertThrows(CorruptImageException.class, () -> store.read(pointer, TreeId.INODES, 1));
    store.read(pointer, TreeId.INODES, 0);
  }

  @Test
  void aNodeOfAnotherVolumeIsRefused() throws IOException {
    BlockPointer pointer = stored(leaf(9, 3), TreeId.INODES);
    NodeStore other = new NodeStore(device, new UUID(1, 3), cache);
    assertThrows(CorruptImageException.class, () -> other.read(pointer, TreeId.INODES, 0));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 511, 513, -512, Integer.MIN_VALUE, Integer.MAX_VALUE, 65_536 + 512, 1 << 30})
  void hostileLengthsAreNotReadNorAllocated(int length) {
    BlockPointer pointer = new BlockPointer(Geometry.JOURNAL_START, 1, length, 0);
    assertThrows(CorruptImageException.class, () -> store.read(pointer, TreeId.INODES, 0));
    assertEquals(0, device.count(FaultyDevice.Operation.READ));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        512,
        -512,
        Geometry.JOURNAL_START + 1,
        SIZE,
        SIZE - 512,
        SIZE + 512,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 511,
        Long.MIN_VALUE
      })
  void hostileAddressesAreNotRead(long address) {
    BlockPointer pointer = new BlockPointer(address, 1, 1024, 0);
    assertThrows(CorruptImageException.class, () -> store.read(pointer, TreeId.INODES, 0));
    assertEquals(0, device.count(FaultyDevice.Operation.READ));
  }

  @Test
  void whatFailedOnceIsReadAgain() throws IOException {
    BlockPointer pointer = stored(leaf(9, 3), TreeId.INODES);
    device.failOnce(FaultyDevice.Operation.READ, 1);
    FsException failure =
        assertThrows(FsException.class, () -> store.read(pointer, TreeId.INODES, 0));
    assertEquals(Fault.IO_ERROR, failure.fault());
    ByteBuffer good = ByteBuffer.allocate(pointer.length());
    memory.read(pointer.address(), good);
    memory.write(pointer.address(), ByteBuffer.allocate(pointer.length()));
    assertThrows(CorruptImageException.class, () -> store.read(pointer, TreeId.INODES, 0));
    memory.write(pointer.address(), good.flip());
    assertEquals(9, store.read(pointer, TreeId.INODES, 0).hi(0));
  }

  @Test
  void neighboursAreWrittenTogether() throws IOException {
    RecordingDevice recording = new RecordingDevice(memory);
    NodeWriter writer = new NodeWriter(recording, cache, this::allocate, VOLUME, 7);
    long start = next;
    int nodes = 120;
    long length = 0;
    for (int i = 0; i < nodes; i++) {
      BlockPointer pointer = writer.write(leaf(i + 1, 10_000), TreeId.CHUNKS);
      length += pointer.length();
      // Already cached: the device need not have it yet.
      assertEquals(i + 1, store.read(pointer, TreeId.CHUNKS, 0).hi(0));
    }
    writer.finish();
    writer.finish();
    assertEquals(nodes, writer.nodes());
    assertEquals(length, writer.bytes());
    List<RecordingDevice.Event> events = recording.events();
    assertEquals(2, events.size());
    long at = start;
    for (RecordingDevice.Event event : events) {
      RecordingDevice.Write write = (RecordingDevice.Write) event;
      assertEquals(at, write.position());
      assertTrue(write.data().length <= 1 << 20);
      at += write.data().length;
    }
    assertEquals(start + length, at);
  }

  @Test
  void nodesApartAreWrittenApart() throws IOException {
    RecordingDevice recording = new RecordingDevice(memory);
    NodeWriter writer = new NodeWriter(recording, cache, this::allocate, VOLUME, 7);
    BlockPointer one = writer.write(leaf(1, 3), TreeId.CHUNKS);
    next += 512;
    BlockPointer two = writer.write(leaf(2, 3), TreeId.CHUNKS);
    assertEquals(one.address() + one.length() + 512, two.address());
    next = 2 << 20;
    BlockPointer three = writer.write(leaf(3, 3), TreeId.CHUNKS);
    writer.finish();
    assertEquals(3, recording.eventCount());
    cache.clear();
    assertEquals(1, store.read(one, TreeId.CHUNKS, 0).hi(0));
    assertEquals(2, store.read(two, TreeId.CHUNKS, 0).hi(0));
    assertEquals(3, store.read(three, TreeId.CHUNKS, 0).hi(0));
  }

  @Test
  void aFullVolumeIsReportedByTheWrite() {
    NodeWriter writer =
        new NodeWriter(
            device,
            cache,
            length -> {
              throw FsException.of(Fault.NO_SPACE, "full");
            },
            VOLUME,
            7);
    FsException failure =
        assertThrows(FsException.class, () -> writer.write(leaf(1, 3), TreeId.CHUNKS));
    assertEquals(Fault.NO_SPACE, failure.fault());
  }
}
