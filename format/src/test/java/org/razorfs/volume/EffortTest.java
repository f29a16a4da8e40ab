package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only where much is written does speed go before space. */
class EffortTest extends VolumeFixture {
  private static final int LARGE_JOURNAL = 16 << 20;

  private final byte[] content = words(CHUNK);

  /** Bytes that repeat what lies far before them, which takes time to find. */
  private byte[] words(int length) {
    byte[] vocabulary = text(8 * 2000);
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; at += 8) {
      System.arraycopy(vocabulary, 8 * random.nextInt(2000), bytes, at, 8);
    }
    return bytes;
  }

  /** The bytes that a file of so many equal chunks is stored in. */
  private long stored(int journal, int chunks) throws IOException {
    format(64 << 20, journal, 8192);
    open();
    long inode = create("file");
    for (int i = 0; i < chunks; i++) {
      volume.write(inode, (long) i * CHUNK, ByteBuffer.wrap(content));
    }
    volume.fsync(inode, false);
    long bytes = volume.statistics().compression().total().storedBytes();
    closeAndCheck();
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {64 << 10, 1 << 20, LARGE_JOURNAL})
  void fewChunksAreStoredInAsLittleWhateverTheJournalTakesAtATime(int journal) throws IOException {
    long one = stored(LARGE_JOURNAL, 1);
    for (int chunks : new int[] {1, 2, StoreLimits.BATCH - 1}) {
      assertEquals(chunks * one, stored(journal, chunks), chunks + " chunks");
    }
    int many = 2 * StoreLimits.BATCH;
    assertTrue(stored(journal, many) > many * one, "a stream is to be fast");
  }
}
