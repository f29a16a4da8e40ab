package org.razorfs.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionStatistics.Sums;
import org.razorfs.fault.FsException;

class CompressorTest {
  private static final int CHUNK = 131_072;
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private final ChunkCodec codec = new ChunkCodec();
  private final CompressionStatistics statistics = new CompressionStatistics();
  private final Compressor auto = compressor("auto");

  @AfterEach
  void close() {
    codec.close();
  }

  private Compressor compressor(String policy) {
    return new Compressor(codec, CompressionPolicy.parse(policy), statistics);
  }

  private Compressed compress(Compressor with, long offset, byte[] data, StreamHint hint) {
    ByteBuffer source = ByteBuffer.wrap(data);
    ByteBuffer target = ByteBuffer.allocateDirect(data.length);
    Compressed result = with.compress(offset, source, target, hint, Effort.NORMAL);
    assertEquals(data.length, source.remaining(), "the source is the caller's");
    assertEquals(result.codec() == Codec.NONE ? 0 : result.storedLength(), target.position());
    ByteBuffer back = ByteBuffer.allocate(data.length);
    ByteBuffer stored = result.codec() == Codec.NONE ? source : target.flip();
    try {
      codec.decompress(result.codec(), stored, back, data.length);
    } catch (FsException e) {
      throw new AssertionError(e);
    }
    assertArrayEquals(data, back.array());
    return result;
  }

  @Test
  void onlyWhereItWasAChoiceLz4IsHaste() {
    assertTrue(auto.wasInHaste(Codec.LZ4));
    assertFalse(auto.wasInHaste(Codec.ZSTD));
    assertFalse(auto.wasInHaste(Codec.NONE));
    assertFalse(compressor("lz4").wasInHaste(Codec.LZ4));
    assertFalse(compressor("none").wasInHaste(Codec.LZ4));
  }

  @Test
  void textIsCompressedAndCounted() {
    Compressed result = compress(auto, 0, Samples.text(CHUNK, 1), new StreamHint());
    assertEquals(Codec.ZSTD, result.codec());
    assertEquals(3, result.level());
    assertTrue(result.storedLength() < CHUNK / 2);
    assertEquals(
        new Sums(1, CHUNK, result.storedLength(), 0, 0),
        statistics.snapshot().of(ContentClass.TEXT));
  }

  @ParameterizedTest
  @CsvSource({"FASTEST, LZ4, 0", "FAST, ZSTD, 1", "NORMAL, ZSTD, 3", "HIGH, ZSTD, 9"})
  void effortChoosesCodecAndLevel(Effort effort, Codec expected, int level) {
    byte[] data = Samples.text(CHUNK, 1);
    Compressed result =
        auto.compress(
            0, ByteBuffer.wrap(data), ByteBuffer.allocate(CHUNK), new StreamHint(), effort);
    assertEquals(expected, result.codec());
    assertEquals(level, result.level());
  }

  @Test
  void pictureIsNeverTried() {
    byte[] picture = Samples.random(10 * CHUNK, 2);
    System.arraycopy(PNG, 0, picture, 0, PNG.length);
    StreamHint hint = new StreamHint();
    for (int i = 0; i < 10; i++) {
      byte[] chunk = Arrays.copyOfRange(picture, i * CHUNK, (i + 1) * CHUNK);
      assertEquals(Codec.NONE, compress(auto, (long) i * CHUNK, chunk, hint).codec());
    }
    assertEquals(
        new Sums(10, 10L * CHUNK, 10L * CHUNK, 10, 10),
        statistics.snapshot().of(ContentClass.IMAGE));
  }

  @Test
  void textInsideAnArchiveIsStillCompressed() {
    byte[] head = Samples.text(CHUNK, 3);
    head[0] = 'P';
    head[1] = 'K';
    head[2] = 3;
    head[3] = 4;
    StreamHint hint = new StreamHint();
    assertEquals(Codec.NONE, compress(auto, 0, head, hint).codec());
    assertEquals(Codec.ZSTD, compress(auto, CHUNK, Samples.text(CHUNK, 4), hint).codec());
    assertEquals(Optional.of(ContentClass.ARCHIVE), hint.content());
  }

  @Test
  void incompressibleStretchInATextIsHardlyTriedAndDoesNotOutlastItself() {
    StreamHint hint = new StreamHint();
    long offset = 0;
    for (int i = 0; i < 5; i++, offset += CHUNK) {
      assertEquals(Codec.ZSTD, compress(auto, offset, Samples.text(CHUNK, i), hint).codec());
    }
    for (int i = 0; i < 100; i++, offset += CHUNK) {
      assertEquals(Codec.NONE, compress(auto, offset, Samples.random(CHUNK, i), hint).codec());
    }
    Sums random = statistics.snapshot().of(ContentClass.RANDOM);
    long tried = 100 - random.skippedChunks();
    assertTrue(tried > 0 && tried < 12, tried + " tried, should be some now and then");
    assertEquals(Codec.ZSTD, compress(auto, offset, Samples.text(CHUNK, 9), hint).codec());
  }

  @Test
  void randomBeginningDoesNotCondemnTheFile() {
    StreamHint hint = new StreamHint();
    compress(auto, 0, Samples.random(CHUNK, 1), hint);
    assertEquals(Optional.of(ContentClass.RANDOM), hint.content());
    assertEquals(Codec.ZSTD, compress(auto, CHUNK, Samples.numbers(CHUNK), hint).codec());
    assertEquals(Optional.of(ContentClass.BINARY), hint.content());
  }

  @Test
  void repeatedRandomBlocksAreFoundByProbing() {
    byte[] block = Samples.random(1024, 5);
    byte[] chunk = new byte[CHUNK];
    for (int i = 0; i < CHUNK; i += block.length) {
      System.arraycopy(block, 0, chunk, i, block.length);
    }
    StreamHint hint = new StreamHint();
    int compressed = 0;
    for (int i = 0; i < 10; i++) {
      if (compress(auto, (long) i * CHUNK, chunk, hint).codec() == Codec.ZSTD) {
        compressed++;
      }
    }
    assertTrue(compressed > 2, "an even spread deceives, a try does not");
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "zstd", "zstd:1", "lz4", "zlib:9"})
  void savingLessThanASixteenthIsNotWorthIt(String policy) {
    byte[] data = Samples.random(CHUNK, 6);
    Arrays.fill(data, 0, CHUNK / 20, (byte) 0);
    assertEquals(
        new Compressed(Codec.NONE, 0, CHUNK),
        compress(compressor(policy), 0, data, new StreamHint()));
    Arrays.fill(data, 0, CHUNK / 3, (byte) 0);
    Compressed result = compress(compressor(policy), -1, data, new StreamHint());
    assertTrue(result.storedLength() < CHUNK * 3 / 4, policy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "zstd", "lz4", "zlib", "none"})
  void everySizeWorks(String policy) {
    for (int size : new int[] {0, 1, 15, 16, 17, 31, 255, 256, 511, 512, 4095, 4096, CHUNK}) {
      compress(compressor(policy), 0, Samples.text(size, 7), new StreamHint());
      compress(compressor(policy), 4096, Samples.random(size, 8), new StreamHint());
      compress(compressor(policy), -1, new byte[size], new StreamHint());
    }
  }

  @Test
  void oneCodecForEverythingTriesEverything() {
    byte[] picture = Samples.text(CHUNK, 1);
    System.arraycopy(PNG, 0, picture, 0, PNG.length);
    assertEquals(
        new Compressed(
            Codec.ZSTD,
            7,
            compress(compressor("zstd:7"), 0, picture, new StreamHint()).storedLength()),
        compress(compressor("zstd:7"), 0, picture, new StreamHint()));
    assertEquals(Codec.ZLIB, compress(compressor("zlib"), 0, picture, new StreamHint()).codec());
    assertEquals(6, compress(compressor("zlib"), 0, picture, new StreamHint()).level());
    assertEquals(Codec.LZ4, compress(compressor("lz4"), 0, picture, new StreamHint()).codec());
  }

  @Test
  void noneCompressesNothing() {
    byte[] text = Samples.text(CHUNK, 1);
    assertEquals(
        new Compressed(Codec.NONE, 0, CHUNK),
        compress(compressor("none"), 0, text, new StreamHint()));
    assertEquals(new Sums(1, CHUNK, CHUNK, 1, 1), statistics.snapshot().of(ContentClass.TEXT));
  }

  @Test
  void knownContentIsNotGuessedAgain() {
    StreamHint hint = new StreamHint(ContentClass.EXECUTABLE);
    compress(auto, -1, Samples.text(5000, 1), hint);
    assertEquals(1, statistics.snapshot().of(ContentClass.EXECUTABLE).chunks());
  }

  @Test
  void smallTargetMeansStoredAsItIs() {
    byte[] text = Samples.text(CHUNK, 1);
    ByteBuffer target = ByteBuffer.allocate(1000);
    Compressed result =
        auto.compress(0, ByteBuffer.wrap(text), target, new StreamHint(), Effort.NORMAL);
    assertEquals(new Compressed(Codec.NONE, 0, CHUNK), result);
    assertEquals(0, target.position());
  }

  @Test
  void totalsAddUp() {
    compress(auto, 0, Samples.text(CHUNK, 1), new StreamHint());
    compress(auto, 0, Samples.random(CHUNK, 1), new StreamHint());
    CompressionStatistics.Snapshot snapshot = statistics.snapshot();
    Sums total = snapshot.total();
    assertEquals(2, total.chunks());
    assertEquals(2 * CHUNK, total.logicalBytes());
    assertEquals(1, total.rawChunks());
    assertEquals(2, snapshot.byContent().size());
    assertEquals(Sums.ZERO, snapshot.of(ContentClass.MEDIA));
    assertEquals(1, Sums.ZERO.ratio());
    assertTrue(total.ratio() > 1.3 && total.ratio() < 2);
  }
}
