package org.razorfs.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy.Mode;
import org.razorfs.layout.CodecIds;

class CompressionPolicyTest {

  @ParameterizedTest
  @ValueSource(strings = {"auto", "zstd", "zstd:1", "zstd:22", "lz4", "zlib", "zlib:9", "none"})
  void printsBackWhatItParsed(String text) {
    CompressionPolicy policy = CompressionPolicy.parse(text);
    assertEquals(text, policy.toString());
    assertEquals(policy, CompressionPolicy.ofIds(policy.mode().id(), policy.level()).orElseThrow());
  }

  @Test
  void caseDoesNotMatter() {
    assertEquals(new CompressionPolicy(Mode.ZSTD, 7), CompressionPolicy.parse("ZStd:7"));
    assertEquals(CompressionPolicy.AUTO, CompressionPolicy.parse("AUTO"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', unknown compression ''",
    "gzip, unknown compression 'gzip'",
    "zstd7, unknown compression 'zstd7'",
    "' zstd', unknown compression ' zstd'",
    "zstd:, compression level '' for zstd",
    "zstd:0, compression level '0' for zstd is not a number from 1 to 22",
    "zstd:23, compression level '23' for zstd is not a number from 1 to 22",
    "zstd:-3, compression level '-3' for zstd",
    "zstd:3:4, compression level '3:4' for zstd",
    "zlib:10, compression level '10' for zlib is not a number from 1 to 9",
    "zlib:best, compression level 'best' for zlib",
    "zstd:99999999999, compression level '99999999999' for zstd",
    "lz4:1, compression 'lz4' takes no level",
    "auto:3, compression 'auto' takes no level",
    "none:0, compression 'none' takes no level"
  })
  void mistakesAreNamed(String text, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CompressionPolicy.parse(text));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @Test
  void numbersInAnImageThatMeanNothingAreNoPolicy() {
    assertTrue(CompressionPolicy.ofIds(4, 0).isEmpty());
    assertTrue(CompressionPolicy.ofIds(1, 23).isEmpty());
    assertTrue(CompressionPolicy.ofIds(2, 1).isEmpty());
    assertTrue(CompressionPolicy.ofIds(255, 3).isEmpty());
    assertEquals(CompressionPolicy.AUTO, CompressionPolicy.ofIds(255, 0).orElseThrow());
    assertEquals(CompressionPolicy.NONE, CompressionPolicy.ofIds(0, 0).orElseThrow());
  }

  @Test
  void modesOfOneCodecHaveItsId() {
    for (Mode mode : Mode.values()) {
      if (mode != Mode.AUTO) {
        assertEquals(mode.codec().id(), mode.id());
      }
    }
  }

  @Test
  void theFormatKnowsTheSameCodecsAndPolicies() {
    for (int id = 0; id < 256; id++) {
      assertEquals(CodecIds.isCodec(id), Codec.ofId(id).isPresent(), "codec " + id);
      for (int level = 0; level < 256; level++) {
        assertEquals(
            CodecIds.isPolicy(id, level),
            CompressionPolicy.ofIds(id, level).isPresent(),
            "policy " + id + ":" + level);
      }
    }
  }
}
