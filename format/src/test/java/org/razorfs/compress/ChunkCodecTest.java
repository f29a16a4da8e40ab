package org.razorfs.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.FsException;

class ChunkCodecTest {
  private static final int[] SIZES = {
    0, 1, 2, 15, 16, 511, 512, 513, 4095, 4096, 4097, 32_768, 65_535, 131_071, 131_072
  };
  private static final boolean[] KINDS = {false, true};

  private final ChunkCodec codec = new ChunkCodec(2);

  @AfterEach
  void close() {
    codec.close();
  }

  private static List<byte[]> contents(int size) {
    return List.of(
        new byte[size],
        Samples.text(size, size),
        Samples.random(size, size),
        Samples.numbers(size));
  }

  private static int[] levels(Codec codec) {
    return switch (codec) {
      case NONE, LZ4 -> new int[] {0};
      case ZSTD -> new int[] {0, 1, 3, 9, 19, 22};
      case ZLIB -> new int[] {0, 1, 6, 9};
    };
  }

  private byte[] compress(Codec with, int level, byte[] data) {
    ByteBuffer target = ByteBuffer.allocateDirect(data.length + data.length / 100 + 1024);
    assertTrue(codec.compress(with, level, ByteBuffer.wrap(data), target) >= 0);
    return Samples.bytes(target.flip());
  }

  @ParameterizedTest
  @EnumSource
  void everySizeAndContentComesBackFromEveryKindOfBuffer(Codec with) throws FsException {
    for (int size : SIZES) {
      for (byte[] data : contents(size)) {
        for (boolean sourceDirect : KINDS) {
          for (boolean targetDirect : KINDS) {
            ByteBuffer source = Samples.buffer(data, sourceDirect);
            int space = size + size / 100 + 1024;
            ByteBuffer packed = Samples.room(space, targetDirect);
            int before = packed.position();
            int stored = codec.compress(with, 0, source, packed);
            assertTrue(stored >= 0);
            assertEquals(source.limit(), source.position());
            assertEquals(before + stored, packed.position());
            assertTrue(Samples.guarded(packed, space));

            packed.limit(before + stored).position(before);
            ByteBuffer back = Samples.room(size, sourceDirect);
            codec.decompress(with, packed, back, size);
            assertEquals(0, back.remaining());
            assertEquals(0, packed.remaining());
            assertTrue(Samples.guarded(back, size));
            assertArrayEquals(data, Samples.bytes(back.position(back.limit() - size)));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyLevelComesBack(Codec with) throws FsException {
    for (int level : levels(with)) {
      for (byte[] data : contents(20_000)) {
        byte[] packed = compress(with, level, data);
        ByteBuffer back = ByteBuffer.allocate(data.length);
        codec.decompress(with, ByteBuffer.wrap(packed), back, data.length);
        assertArrayEquals(data, back.array());
      }
    }
  }

  @Test
  void readOnlySourcesWork() throws FsException {
    byte[] data = Samples.text(5000, 1);
    ByteBuffer packed = ByteBuffer.allocate(6000);
    codec.compress(Codec.ZSTD, 0, ByteBuffer.wrap(data).asReadOnlyBuffer(), packed);
    ByteBuffer back = ByteBuffer.allocate(5000);
    codec.decompress(Codec.ZSTD, packed.flip().asReadOnlyBuffer(), back, 5000);
    assertArrayEquals(data, back.array());
  }

  @ParameterizedTest
  @EnumSource
  void whatDoesNotFitIsRefusedWithoutTouchingAnythingElse(Codec with) {
    byte[] data = Samples.random(10_000, 3);
    for (boolean direct : KINDS) {
      for (int space : new int[] {0, 1, 10, 5_000, 9_999}) {
        ByteBuffer source = Samples.buffer(data, direct);
        ByteBuffer target = Samples.room(space, direct);
        int sourcePosition = source.position();
        int targetPosition = target.position();
        assertEquals(-1, codec.compress(with, 0, source, target));
        assertEquals(sourcePosition, source.position());
        assertEquals(targetPosition, target.position());
        assertTrue(Samples.guarded(target, space));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tightestRoomIsEnoughOrRefused(Codec with) throws FsException {
    byte[] data = Samples.text(3000, 5);
    int stored = compress(with, 0, data).length;
    for (int space = stored - 3; space < stored + 40; space++) {
      ByteBuffer target = Samples.room(space, true);
      int begin = target.position();
      int size = codec.compress(with, 0, ByteBuffer.wrap(data), target);
      assertTrue(Samples.guarded(target, space));
      assertTrue(size == -1 || size <= space);
      if (size >= 0) {
        ByteBuffer back = ByteBuffer.allocate(3000);
        codec.decompress(with, target.limit(begin + size).position(begin), back, 3000);
        assertArrayEquals(data, back.array());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherLengthThanPromisedIsCorrupt(Codec with) {
    byte[] data = Samples.text(5000, 7);
    byte[] packed = compress(with, 0, data);
    for (int promised : new int[] {0, 1, 4999, 5001, 9000, 131_072}) {
      for (boolean direct : KINDS) {
        assertCorrupt(with, packed, promised, direct);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void bombDoesNotGetBeyondItsRoom(Codec with) {
    byte[] packed = compress(with, 0, new byte[16 << 20]);
    for (boolean direct : KINDS) {
      assertCorrupt(with, packed, 4096, direct);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyTruncationIsCorrupt(Codec with) {
    byte[] packed = compress(with, 0, Samples.text(2000, 9));
    for (int length = 0; length < packed.length; length++) {
      assertCorrupt(with, Arrays.copyOf(packed, length), 2000, length % 2 == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesAfterTheEndAreCorrupt(Codec with) {
    byte[] packed = compress(with, 0, Samples.text(2000, 9));
    assertCorrupt(with, Arrays.copyOf(packed, packed.length + 1), 2000, true);
    assertCorrupt(with, Arrays.copyOf(packed, packed.length + 700), 2000, false);
  }

  private void assertCorrupt(Codec with, byte[] packed, int promised, boolean direct) {
    ByteBuffer source = Samples.buffer(packed, direct);
    ByteBuffer target = Samples.room(promised, direct);
    int sourcePosition = source.position();
    int targetPosition = target.position();
    CorruptImageException e =
        assertThrows(
            CorruptImageException.class, () -> codec.decompress(with, source, target, promised));
    assertTrue(e.expected().length() > 0);
    assertEquals(sourcePosition, source.position());
    assertEquals(targetPosition, target.position());
    assertTrue(Samples.guarded(target, promised));
  }

  @ParameterizedTest
  @EnumSource
  void damagedAndRandomInputGivesTheRightLengthOrAFault(Codec with) {
    Random random = new Random(11);
    byte[] packed = compress(with, 0, Samples.text(4096, 13));
    for (int round = 0; round < 4000; round++) {
      byte[] hostile;
      if (round % 4 == 0) {
        hostile = Samples.random(random.nextInt(300), round);
        if (with == Codec.ZSTD && hostile.length > 4) { // beyond the magic
          System.arraycopy(packed, 0, hostile, 0, 4);
        }
      } else {
        hostile = packed.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
          hostile[random.nextInt(hostile.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      int promised = round % 3 == 0 ? random.nextInt(140_000) : 4096;
      boolean direct = round % 2 == 0;
      ByteBuffer target = Samples.room(promised, direct);
      try {
        codec.decompress(with, Samples.buffer(hostile, !direct), target, promised);
        assertEquals(0, target.remaining());
      } catch (CorruptImageException e) {
        // the other right answer
      } catch (FsException e) {
        throw new AssertionError(e);
      }
      assertTrue(Samples.guarded(target, promised));
    }
    // And nothing of it sticks.
    everyLevelStillWorks(with);
  }

  private void everyLevelStillWorks(Codec with) {
    try {
      everyLevelComesBack(with);
    } catch (FsException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    CountDownLatch start = new CountDownLatch(8);
    List<Future<Boolean>> results = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      int seed = t;
      results.add(
          threads.submit(
              () -> {
                start.countDown();
                start.await();
                for (int i = 0; i < 60; i++) {
                  Codec with = Codec.ofId((seed + i) % 4).orElseThrow();
                  byte[] data = Samples.text(1000 * (i % 20), 1000L * seed + i);
                  byte[] packed = compress(with, 0, data);
                  ByteBuffer back = ByteBuffer.allocate(data.length);
                  codec.decompress(with, ByteBuffer.wrap(packed), back, data.length);
                  assertArrayEquals(data, back.array());
                }
                return true;
              }));
    }
    for (Future<Boolean> result : results) {
      assertTrue(result.get());
    }
    threads.shutdown();
    assertTrue(codec.idleContexts() <= 2, "kept more states than allowed");
  }

  @Test
  void levelsThatDoNotExistAreRefused() {
    ByteBuffer target = ByteBuffer.allocate(100);
    for (int level : new int[] {-1, 23}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> codec.compress(Codec.ZSTD, level, ByteBuffer.allocate(1), target));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> codec.compress(Codec.ZLIB, 10, ByteBuffer.allocate(1), target));
  }

  @Test
  void tooLittleRoomIsTheCallersMistakeNotDamage() {
    assertThrows(
        IllegalArgumentException.class,
        () -> codec.decompress(Codec.LZ4, ByteBuffer.allocate(1), ByteBuffer.allocate(9), 10));
    assertThrows(
        IllegalArgumentException.class,
        () -> codec.decompress(Codec.LZ4, ByteBuffer.allocate(1), ByteBuffer.allocate(9), -1));
  }

  @Test
  void closedCodecRefusesWork() {
    codec.close();
    codec.close();
    assertEquals(0, codec.idleContexts());
    assertThrows(
        IllegalStateException.class,
        () -> codec.compress(Codec.LZ4, 0, ByteBuffer.allocate(1), ByteBuffer.allocate(99)));
  }

  @Test
  void hugeChunksDoNotStayInMemory() throws FsException {
    byte[] data = new byte[4 << 20];
    byte[] packed = compress(Codec.ZSTD, 1, data);
    ByteBuffer back = ByteBuffer.allocate(data.length);
    codec.decompress(Codec.ZSTD, ByteBuffer.wrap(packed), back, data.length);
    assertEquals(0, codec.idleContexts());
  }

  @ParameterizedTest
  @EnumSource
  void librariesCanBeLoadedHere(Codec with) throws FsException {
    codec.require(with);
  }

  @Test
  void idsAreThoseOfTheFormat() {
    assertEquals(0, Codec.NONE.id());
    assertEquals(1, Codec.ZSTD.id());
    assertEquals(2, Codec.LZ4.id());
    assertEquals(3, Codec.ZLIB.id());
    for (Codec each : Codec.values()) {
      assertEquals(each, Codec.ofId(each.id()).orElseThrow());
    }
    assertTrue(Codec.ofId(4).isEmpty());
    assertTrue(Codec.ofId(-1).isEmpty());
    assertTrue(Codec.ofId(255).isEmpty());
  }
}
