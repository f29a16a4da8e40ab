package org.razorfs.compress;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Tells from a file's first bytes, or from a sample of any of its bytes, what it holds and whether
 * compressing it is worth a try.
 */
public final class ContentSniffer {
  /** Bits per byte from which on data of an unknown kind counts as compressed. */
  static final double RANDOM_BITS = 7.8;

  /** Bits per byte from which on a weak magic is believed. */
  private static final double WEAK_MAGIC_BITS = 7.0;

  /** Bytes of the beginning by which text is known. */
  private static final int TEXT_SAMPLE = 4096;

  private static final int WINDOWS = 8;
  private static final int WINDOW_SIZE = 256;

  /** Fewer bytes tell nothing of how all values are spread; twice as many tell random data. */
  private static final int SMALLEST_SAMPLE = 256;

  /** Bytes that all files of a kind have at an offset. */
  private record Magic(int offset, byte[] bytes, ContentClass content) {
    boolean matches(ByteBuffer head) {
      if (head.remaining() < offset + bytes.length) {
        return false;
      }
      for (int i = 0; i < bytes.length; i++) {
        if (head.get(head.position() + offset + i) != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Magic> MAGICS =
      List.of(
          hex("89504e470d0a1a0a", ContentClass.IMAGE), // PNG
          hex("ffd8ff", ContentClass.IMAGE), // JPEG
          text(0, "GIF87a", ContentClass.IMAGE),
          text(0, "GIF89a", ContentClass.IMAGE),
          text(8, "WEBP", ContentClass.IMAGE), // after RIFF, which is checked below
          hex("0000000c6a502020", ContentClass.IMAGE), // JPEG 2000
          hex("0000000c4a584c20", ContentClass.IMAGE), // JPEG XL
          text(4, "ftypavif", ContentClass.IMAGE),
          text(4, "ftyphei", ContentClass.IMAGE),
          text(4, "ftypmif1", ContentClass.IMAGE),
          text(4, "ftyp", ContentClass.MEDIA), // MP4, MOV, 3GP, M4A
          hex("1a45dfa3", ContentClass.MEDIA), // Matroska, WebM
          text(0, "OggS", ContentClass.MEDIA),
          text(0, "fLaC", ContentClass.MEDIA),
          text(0, "ID3", ContentClass.MEDIA), // MP3 with a tag
          text(8, "AVI ", ContentClass.MEDIA), // after RIFF, too
          text(0, "FLV\u0001", ContentClass.MEDIA),
          hex("3026b2758e66cf11", ContentClass.MEDIA), // ASF: WMA, WMV
          text(0, "PK\u0003\u0004", ContentClass.ARCHIVE), // ZIP, JAR, APK, OOXML, ODF, EPUB
          text(0, "PK\u0005\u0006", ContentClass.ARCHIVE), // ZIP without entries
          text(0, "PK\u0007\b", ContentClass.ARCHIVE), // ZIP in parts
          hex("377abcaf271c", ContentClass.ARCHIVE), // 7z
          hex("526172211a07", ContentClass.ARCHIVE), // RAR
          text(0, "MSCF\0\0\0\0", ContentClass.ARCHIVE), // CAB
          text(0, "!<arch>\ndebian-binary", ContentClass.ARCHIVE),
          hex("edabeedb", ContentClass.ARCHIVE), // RPM
          text(0, "hsqs", ContentClass.ARCHIVE), // squashfs
          text(0, "PACK\0\0\0\u0002", ContentClass.ARCHIVE), // git
          hex("1f8b08", ContentClass.COMPRESSED), // gzip
          hex("fd377a585a00", ContentClass.COMPRESSED), // xz
          hex("28b52ffd", ContentClass.COMPRESSED), // zstd
          hex("04224d18", ContentClass.COMPRESSED), // LZ4 frame
          hex("02214c18", ContentClass.COMPRESSED), // LZ4, old frame
          text(0, "LZIP\u0001", ContentClass.COMPRESSED),
          hex("894c5a4f000d0a1a0a", ContentClass.COMPRESSED), // lzop
          hex("ff060000734e61507059", ContentClass.COMPRESSED), // Snappy
          text(0, "wOFF", ContentClass.COMPRESSED), // fonts
          text(0, "wOF2", ContentClass.COMPRESSED),
          text(0, "Salted__", ContentClass.COMPRESSED), // OpenSSL
          text(0, "age-encryption.org/", ContentClass.COMPRESSED),
          hex("7f454c46", ContentClass.EXECUTABLE), // ELF
          text(0, "MZ", ContentClass.EXECUTABLE),
          hex("cafebabe", ContentClass.EXECUTABLE), // Java class, Mach-O of several processors
          hex("cffaedfe", ContentClass.EXECUTABLE), // Mach-O
          hex("0061736d", ContentClass.EXECUTABLE)); // WebAssembly

  private static final byte[] BZIP2_BLOCK = HexFormat.of().parseHex("314159265359");
  private static final byte[] BZIP2_END = HexFormat.of().parseHex("177245385090");

  private ContentSniffer() {}

  private static Magic hex(String bytes, ContentClass content) {
    return new Magic(0, HexFormat.of().parseHex(bytes), content);
  }

  private static Magic text(int offset, String bytes, ContentClass content) {
    return new Magic(offset, bytes.getBytes(StandardCharsets.ISO_8859_1), content);
  }

  /**
   * What a file holds, by how it begins: its magic bytes, or else a sample.
   *
   * @param head the file's first bytes, as many as there are at hand; its position stays
   */
  public static ContentClass ofHead(ByteBuffer head) {
    return ofHead(head, entropy(head));
  }

  static ContentClass ofHead(ByteBuffer head, double bits) {
    return byMagic(head, bits).orElseGet(() -> ofSample(head, bits));
  }

  /**
   * What a file holds, by bytes from the middle of it, where magic bytes would mean nothing.
   *
   * @param data any of its bytes; its position stays
   */
  public static ContentClass ofSample(ByteBuffer data) {
    return ofSample(data, entropy(data));
  }

  static ContentClass ofSample(ByteBuffer data, double bits) {
    if (bits >= RANDOM_BITS) {
      return ContentClass.RANDOM;
    }
    return looksLikeText(data) ? ContentClass.TEXT : ContentClass.BINARY;
  }

  private static Optional<ContentClass> byMagic(ByteBuffer head, double bits) {
    boolean riff = head.remaining() >= 4 && head.get(head.position()) == 'R' && startsRiff(head);
    for (Magic magic : MAGICS) {
      if (magic.matches(head) && (magic.offset() != 8 || riff)) {
        return Optional.of(magic.content());
      }
    }
    if (isBzip2(head)) {
      return Optional.of(ContentClass.COMPRESSED);
    }
    // Two bytes are little evidence ("x^2 + y^2" begins like a zlib stream); ask the rest as well.
    if (isMp3Frame(head) && bits >= WEAK_MAGIC_BITS) {
      return Optional.of(ContentClass.MEDIA);
    }
    if (isZlib(head) && bits >= WEAK_MAGIC_BITS) {
      return Optional.of(ContentClass.COMPRESSED);
    }
    return Optional.empty();
  }

  private static boolean startsRiff(ByteBuffer head) {
    int at = head.position();
    return head.get(at + 1) == 'I' && head.get(at + 2) == 'F' && head.get(at + 3) == 'F';
  }

  private static boolean isBzip2(ByteBuffer head) {
    int at = head.position();
    if (head.remaining() < 10 || head.get(at) != 'B' || head.get(at + 1) != 'Z') {
      return false;
    }
    ByteBuffer block = head.slice(at + 4, 6);
    return head.get(at + 2) == 'h'
        && (block.equals(ByteBuffer.wrap(BZIP2_BLOCK)) || block.equals(ByteBuffer.wrap(BZIP2_END)));
  }

  /** A frame header of MPEG 1, 2 or 2.5, layer III, with legal rates. */
  private static boolean isMp3Frame(ByteBuffer head) {
    if (head.remaining() < 4) {
      return false;
    }
    int at = head.position();
    int header =
        (head.get(at) & 0xff) << 24
            | (head.get(at + 1) & 0xff) << 16
            | (head.get(at + 2) & 0xff) << 8
            | (head.get(at + 3) & 0xff);
    int version = (header >>> 19) & 3;
    int layer = (header >>> 17) & 3;
    int bitRate = (header >>> 12) & 15;
    int sampleRate = (header >>> 10) & 3;
    return header >>> 21 == 0x7ff
        && version != 1
        && layer == 1
        && bitRate != 0
        && bitRate != 15
        && sampleRate != 3;
  }

  private static boolean isZlib(ByteBuffer head) {
    if (head.remaining() < 2 || head.get(head.position()) != 0x78) {
      return false;
    }
    int flags = head.get(head.position() + 1) & 0xff;
    return (0x7800 + flags) % 31 == 0 && (flags & 0x20) == 0;
  }

  /**
   * How evenly the values of a sample's bytes are spread, in bits per byte: about 4.5 to 5.5 for
   * text, 6 for programs, 8 for compressed data. Looks at 2 KiB at most, taken from all over.
   *
   * @return 0 for less data than tells anything
   */
  public static double entropy(ByteBuffer data) {
    int length = data.remaining();
    if (length < SMALLEST_SAMPLE) {
      return 0;
    }
    byte[] sample = sample(data);
    int[] counts = new int[256];
    for (byte value : sample) {
      counts[value & 0xff]++;
    }
    int total = sample.length;
    double sum = 0;
    int seen = 0;
    for (int count : counts) {
      if (count > 0) {
        sum += count * Math.log(count);
        seen++;
      }
    }
    // Small samples look less even than what they are taken from; (seen - 1) / 2n makes up for it.
    double nats = Math.log(total) - sum / total + (seen - 1) / (2.0 * total);
    return Math.min(8, nats / Math.log(2));
  }

  /** A copy, as every chunk that is stored is looked at, and an array is looked at fastest. */
  private static byte[] sample(ByteBuffer data) {
    int length = data.remaining();
    if (length <= WINDOWS * WINDOW_SIZE) {
      return bytes(data, length);
    }
    byte[] sample = new byte[WINDOWS * WINDOW_SIZE];
    for (int i = 0; i < WINDOWS; i++) {
      int at = (int) ((long) (length - WINDOW_SIZE) * i / (WINDOWS - 1));
      data.get(data.position() + at, sample, i * WINDOW_SIZE, WINDOW_SIZE);
    }
    return sample;
  }

  private static byte[] bytes(ByteBuffer data, int count) {
    byte[] bytes = new byte[count];
    data.get(data.position(), bytes);
    return bytes;
  }

  /** No NUL, hardly any other control characters, and not mostly bytes beyond ASCII. */
  private static boolean looksLikeText(ByteBuffer data) {
    byte[] text = bytes(data, Math.min(data.remaining(), TEXT_SAMPLE));
    int controls = 0;
    int beyondAscii = 0;
    for (byte value : text) {
      if (value == 0) {
        return false;
      }
      if (value < 0) {
        beyondAscii++;
      } else if ((value < ' ' && (value < '\b' || value > '\r') && value != 0x1b)
          || value == 0x7f) {
        controls++;
      }
    }
    // Chinese, Russian and the like are nearly all beyond ASCII, but then in UTF-8.
    return controls <= text.length / 64 && (beyondAscii <= text.length / 4 || isUtf8(text));
  }

  private static boolean isUtf8(byte[] text) {
    int wrong = 0;
    int i = 0;
    while (i < text.length) {
      int lead = text[i++] & 0xff;
      int more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      for (; more > 0 && i < text.length && (text[i] & 0xc0) == 0x80; more--) {
        i++;
      }
      if (more != 0 && i < text.length) { // what the sample cuts off is not wrong
        wrong++;
      }
    }
    return wrong <= text.length / 64;
  }
}
