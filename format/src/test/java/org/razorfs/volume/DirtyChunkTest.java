package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.extent.BufferPool;
import org.razorfs.layout.Geometry;

class DirtyChunkTest {
  private static final int SIZE = Geometry.MAX_CHUNK;

  private final BufferPool pool = new BufferPool(1 << 20);
  private final Random random = new Random(1);

  /** What a chunk is to hold. */
  private static final class Model {
    private final byte[] bytes = new byte[SIZE];
    private final BitSet written = new BitSet();

    void write(int at, byte[] source) {
      System.arraycopy(source, 0, bytes, at, source.length);
      written.set(at, at + source.length);
    }

    void putUnder(Model older) {
      for (int at = 0; at < SIZE; at++) {
        if (older.written.get(at) && !written.get(at)) {
          bytes[at] = older.bytes[at];
          written.set(at);
        }
      }
    }

    void verify(DirtyChunk chunk, boolean arranged) {
      int at = written.nextSetBit(0);
      for (int range = 0; range < chunk.ranges(); range++) {
        assertEquals(at, chunk.start(range));
        int end = written.nextClearBit(at);
        assertEquals(end, chunk.end(range));
        byte[] expected = Arrays.copyOfRange(bytes, at, end);
        byte[] read = new byte[end - at];
        chunk.read(at, end - at, ByteBuffer.wrap(read));
        assertArrayEquals(expected, read, "range " + range);
        if (arranged) {
          ByteBuffer slice = chunk.slice(at, end);
          assertEquals(ByteBuffer.wrap(expected), slice, "slice " + range);
        }
        at = written.nextSetBit(end);
      }
      assertEquals(-1, at);
    }
  }

  private void write(DirtyChunk chunk, Model model, int largest) {
    byte[] bytes = new byte[1 + random.nextInt(largest)];
    random.nextBytes(bytes);
    int at = random.nextInt(SIZE - bytes.length + 1);
    ByteBuffer source = ByteBuffer.wrap(bytes);
    chunk.write(at, source, bytes.length);
    assertEquals(0, source.remaining());
    model.write(at, bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 4096, 5000, 40_000})
  void holdsWhatWasWrittenInAnyOrder(int largest) {
    for (int round = 0; round < 40; round++) {
      DirtyChunk chunk = new DirtyChunk(pool);
      Model model = new Model();
      for (int step = 0; step < 30; step++) {
        write(chunk, model, largest);
        if (random.nextInt(8) == 0) {
          int from = random.nextInt(SIZE);
          int to = from + 1 + random.nextInt(SIZE - from);
          chunk.remove(from, to);
          model.written.clear(from, to);
        }
        boolean arranged = random.nextInt(4) == 0;
        if (arranged) {
          chunk.arrange();
        }
        model.verify(chunk, arranged);
      }
      DirtyChunk older = new DirtyChunk(pool);
      Model under = new Model();
      for (int step = 0; step < 5; step++) {
        write(older, under, largest);
      }
      chunk.mergeUnder(older);
      model.putUnder(under);
      model.verify(chunk, false);
      fillGaps(chunk, model);
      chunk.arrange();
      model.verify(chunk, true);
      older.close();
      chunk.close();
      assertEquals(0, pool.lentBytes());
    }
  }

  private void fillGaps(DirtyChunk chunk, Model model) {
    int from = model.written.nextSetBit(0);
    int to = model.written.length();
    Model between = new Model();
    byte[] bytes = new byte[to - from];
    random.nextBytes(bytes);
    between.write(from, bytes);
    chunk.fill(from, to, ByteBuffer.wrap(bytes));
    model.putUnder(between);
  }

  @Test
  void takesMemoryForWhatIsWrittenAndNotForWhatLiesBetween() {
    DirtyChunk chunk = new DirtyChunk(pool);
    chunk.write(SIZE - 100, ByteBuffer.wrap(new byte[100]), 100);
    assertEquals(4096, chunk.memory());
    chunk.write(0, ByteBuffer.wrap(new byte[4096]), 4096);
    assertEquals(8192, chunk.memory());
    chunk.write(2000, ByteBuffer.wrap(new byte[2000]), 2000);
    assertEquals(8192, chunk.memory());
    chunk.close();
    assertEquals(0, chunk.memory());
  }

  @Test
  void pagesThatCameInAnotherOrderHaveToBeArrangedBeforeTheyAreOnePiece() {
    DirtyChunk chunk = new DirtyChunk(pool);
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    for (int at = SIZE - 4096; at >= 0; at -= 4096) {
      chunk.write(at, ByteBuffer.wrap(bytes, at, 4096), 4096);
    }
    assertTrue(chunk.isFull());
    assertThrows(IllegalStateException.class, () -> chunk.slice(0, SIZE));
    chunk.arrange();
    assertEquals(ByteBuffer.wrap(bytes), chunk.slice(0, SIZE));
    chunk.close();
  }
}
