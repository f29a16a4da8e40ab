package org.razorfs.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentSnifferTest {

  @ParameterizedTest
  @CsvSource({
    "89504e470d0a1a0a0000000d49484452, IMAGE",
    "ffd8ffe000104a46494600010100, IMAGE",
    "474946383961, IMAGE",
    "474946383761, IMAGE",
    "52494646aabbccdd5745425056503820, IMAGE",
    "0000001c6674797061766966, IMAGE",
    "00000018667479706865696300000000, IMAGE",
    "00000020667479706d703432, MEDIA",
    "000000146674797071742020, MEDIA",
    "52494646aabbccdd41564920, MEDIA",
    "1a45dfa3a3428681, MEDIA",
    "4f67675300020000, MEDIA",
    "664c614300000022, MEDIA",
    "494433030000, MEDIA",
    "504b0304140000000800, ARCHIVE",
    "504b0506000000000000, ARCHIVE",
    "377abcaf271c0004, ARCHIVE",
    "526172211a0700, ARCHIVE",
    "526172211a070100, ARCHIVE",
    "213c617263683e0a64656269616e2d62696e617279, ARCHIVE",
    "5041434b00000002, ARCHIVE",
    "1f8b0800000000000003, COMPRESSED",
    "fd377a585a000004, COMPRESSED",
    "425a683931415926535900, COMPRESSED",
    "425a6839177245385090, COMPRESSED",
    "28b52ffd2000, COMPRESSED",
    "04224d186440a7, COMPRESSED",
    "774f463200010000, COMPRESSED",
    "7f454c4602010100, EXECUTABLE",
    "cafebabe00000034, EXECUTABLE",
    "4d5a90000300, EXECUTABLE",
    "255044462d312e37, TEXT", // PDF: streams of all kinds, its magic says nothing
    "52494646aabbccdd57415645, BINARY", // WAVE: mostly not compressed
    "00000018, BINARY",
    "504b, TEXT", // cut off
    "425a68617070792041627374, TEXT" // "BZhappy Abst"
  })
  void magicBytes(String head, ContentClass expected) {
    byte[] bytes = HexFormat.of().parseHex(head);
    assertEquals(expected, ContentSniffer.ofHead(ByteBuffer.wrap(bytes)));
    ByteBuffer shifted = Samples.buffer(bytes, true).order(ByteOrder.LITTLE_ENDIAN);
    int position = shifted.position();
    assertEquals(expected, ContentSniffer.ofHead(shifted));
    assertEquals(position, shifted.position());
  }

  @Test
  void anyLengthOfHeadWillDo() {
    byte[] all = HexFormat.of().parseHex("52494646aabbccdd574542505650382000000000");
    for (int length = 0; length < all.length; length++) {
      ContentSniffer.ofHead(ByteBuffer.wrap(all, 0, length));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 600, 5_000, 100_000})
  void compressedStreamsWithoutStrongMagicAreFound(int length) throws IOException {
    byte[] zlib = packed(length, false);
    assertEquals(ContentClass.COMPRESSED, ContentSniffer.ofHead(ByteBuffer.wrap(zlib)));
  }

  @Test
  void realArchivesAreFound() throws IOException {
    assertEquals(
        ContentClass.COMPRESSED, ContentSniffer.ofHead(ByteBuffer.wrap(packed(5000, true))));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("a.txt"));
      zip.write(Samples.text(5000, 1));
    }
    assertEquals(ContentClass.ARCHIVE, ContentSniffer.ofHead(ByteBuffer.wrap(bytes.toByteArray())));
  }

  /** At least so many bytes of deflated text. */
  private static byte[] packed(int length, boolean gzip) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        gzip
            ? new GZIPOutputStream(bytes)
            : new DeflaterOutputStream(bytes, new Deflater(Deflater.BEST_COMPRESSION))) {
      for (int i = 0; bytes.size() < length; i++) {
        out.write(Samples.text(2000, i));
      }
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x^2 + y^2 = z^2\n", "BZh9 is a magic\n", "PK, a town in Serbia\n"})
  void textThatBeginsLikeAStreamStaysText(String text) {
    byte[] bytes = text.repeat(100).getBytes(StandardCharsets.US_ASCII);
    assertEquals(ContentClass.TEXT, ContentSniffer.ofHead(ByteBuffer.wrap(bytes)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int main(void) {\n\treturn 0;\n}\n",
        "Größe, façade, año\n",
        "файловая система, журнал\n",
        "文件系统的日志\n",
        "\u001b[31mcoloured\u001b[0m log line\r\n"
      })
  void textInAnyScriptIsText(String text) {
    byte[] bytes = text.repeat(300).getBytes(StandardCharsets.UTF_8);
    assertEquals(ContentClass.TEXT, ContentSniffer.ofHead(ByteBuffer.wrap(bytes)));
    // Also when a sample begins and ends inside a character.
    assertEquals(
        ContentClass.TEXT,
        ContentSniffer.ofSample(ByteBuffer.wrap(bytes, 1, Math.min(4000, bytes.length - 2))));
  }

  @Test
  void unknownDataGoesByTheSpreadOfItsBytes() {
    for (int length : new int[] {512, 700, 1000, 4096, 131_072}) {
      assertEquals(
          ContentClass.RANDOM,
          ContentSniffer.ofSample(ByteBuffer.wrap(Samples.random(length, length))));
    }
    assertEquals(
        ContentClass.BINARY, ContentSniffer.ofSample(ByteBuffer.wrap(Samples.numbers(50_000))));
    assertEquals(ContentClass.BINARY, ContentSniffer.ofSample(ByteBuffer.wrap(new byte[5000])));
  }

  @Test
  void entropyIsThatOfTheSource() {
    assertEquals(0, ContentSniffer.entropy(ByteBuffer.allocate(0)));
    assertEquals(0, ContentSniffer.entropy(ByteBuffer.allocate(100_000)), 1e-9);
    assertEquals(8, ContentSniffer.entropy(ByteBuffer.wrap(Samples.random(131_072, 1))), 0.05);
    byte[] coin = Samples.random(131_072, 2);
    for (int i = 0; i < coin.length; i++) {
      coin[i] &= 1;
    }
    assertEquals(1, ContentSniffer.entropy(ByteBuffer.wrap(coin)), 0.02);
    double text = ContentSniffer.entropy(ByteBuffer.wrap(Samples.text(131_072, 3)));
    assertTrue(text > 3.5 && text < 6, "text has " + text);
  }
}
