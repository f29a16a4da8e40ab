package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "512B, 512",
    "4K, 4096",
    "4k, 4096",
    "4KiB, 4096",
    "4KB, 4096",
    "16 MiB, 16777216",
    "4G, 4294967296",
    "2T, 2199023255552",
    "7E, 8070450532247928832",
    "9223372036854775807, 9223372036854775807"
  })
  void readsSizesAsPeopleWriteThem(String text, long bytes) {
    assertEquals(bytes, Sizes.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "G", "-1", "4X", "1.5G", "4Gi", "4 4", "0x10", "4GG", "٤G"})
  void refusesWhatIsNoSize(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
    assertTrue(e.getMessage().contains("is not a size"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8E", "9223372036854775808", "9999999999999999999", "9007199254740992K"})
  void refusesWhatDoesNotFit(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
    assertTrue(e.getMessage().contains("too large"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1048575, 1.0 MiB",
    "1048576, 1.0 MiB",
    "4080218931, 3.8 GiB",
    "9223372036854775807, 8.0 EiB"
  })
  void writesSizesForPeople(long bytes, String text) {
    assertEquals(text, Sizes.format(bytes));
  }

  @Test
  void neverWritesNegativeSizes() {
    assertThrows(IllegalArgumentException.class, () -> Sizes.format(-1));
  }
}
