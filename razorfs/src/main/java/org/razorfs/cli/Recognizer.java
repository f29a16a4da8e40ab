package org.razorfs.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.razorfs.device.BlockDevice;

/**
 * Tells what a file or device holds before mkfs overwrites it.
 *
 * <p>Known things are named by their magic; what is unknown counts as something unless it starts
 * and ends with nothing but zeros, and has nothing else at places spread over what is in between.
 */
final class Recognizer {
  private static final int START = 1 << 20;
  private static final int END = 1 << 16;
  private static final int SAMPLES = 64;
  private static final int SAMPLE = 1 << 12;

  /** Bytes that stand at a place in everything of one kind. */
  private record Magic(String kind, int offset, byte[] bytes) {
    static Magic of(String kind, int offset, String bytes) {
      return new Magic(kind, offset, bytes.getBytes(StandardCharsets.US_ASCII));
    }

    static Magic hex(String kind, int offset, String bytes) {
      return new Magic(kind, offset, HexFormat.of().parseHex(bytes));
    }

    boolean matches(byte[] start) {
      if (offset + bytes.length > start.length) {
        return false;
      }
      for (int i = 0; i < bytes.length; i++) {
        if (start[offset + i] != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Magic> MAGICS =
      List.of(
          Magic.hex("a RAZORFS volume", 0, "89525a460d0a1a0a"),
          Magic.hex("a RAZORFS volume", 32768, "89525a460d0a1a0a"),
          Magic.hex("an ext2, ext3 or ext4 file system", 0x438, "53ef"),
          Magic.of("an XFS file system", 0, "XFSB"),
          Magic.of("a btrfs file system", 0x10040, "_BHRfS_M"),
          Magic.of("a squashfs file system", 0, "hsqs"),
          Magic.hex("an erofs file system", 1024, "e2e1f5e0"),
          Magic.hex("an f2fs file system", 1024, "1020f5f2"),
          Magic.of("an NTFS file system", 3, "NTFS    "),
          Magic.of("an exFAT file system", 3, "EXFAT   "),
          Magic.of("a FAT file system", 54, "FAT1"),
          Magic.of("a FAT file system", 82, "FAT32"),
          Magic.of("an ISO 9660 file system", 0x8001, "CD001"),
          Magic.of("a JFS file system", 0x8000, "JFS1"),
          Magic.of("a ReiserFS file system", 0x10034, "ReIsEr"),
          Magic.hex("a bcachefs file system", 4120, "c68573f6"),
          Magic.of("swap space", 4086, "SWAPSPACE2"),
          Magic.hex("a LUKS volume", 0, "4c554b53babe"),
          Magic.of("an LVM physical volume", 512, "LABELONE"),
          Magic.hex("a member of a RAID array", 4096, "fc4e2ba9"),
          Magic.of("a GPT partition table", 512, "EFI PART"),
          Magic.hex("a qcow2 image", 0, "514649fb"),
          Magic.of("a VMDK image", 0, "KDMV"),
          Magic.of("a VHDX image", 0, "vhdxfile"),
          Magic.hex("an SQLite database", 0, "53514c69746520666f726d6174203300"),
          Magic.hex("a zip archive", 0, "504b0304"),
          Magic.hex("a zip archive", 0, "504b0506"),
          Magic.hex("gzip data", 0, "1f8b"),
          Magic.hex("zstd data", 0, "28b52ffd"),
          Magic.hex("xz data", 0, "fd377a585a00"),
          Magic.of("bzip2 data", 0, "BZh"),
          Magic.hex("a 7z archive", 0, "377abcaf271c"),
          Magic.of("a tar archive", 257, "ustar"),
          Magic.hex("an ELF program or library", 0, "7f454c46"),
          Magic.of("a script", 0, "#!"),
          Magic.of("a PDF document", 0, "%PDF"),
          Magic.hex("a PNG picture", 0, "89504e47"),
          Magic.hex("a JPEG picture", 0, "ffd8ff"),
          Magic.hex("a boot sector or partition table", 510, "55aa"));

  private Recognizer() {}

  /** What the device holds, with its article; empty when it seems to hold nothing. */
  static Optional<String> recognize(BlockDevice device) throws IOException {
    byte[] start = read(device, 0, (int) Math.min(START, device.size()));
    for (Magic magic : MAGICS) {
      if (magic.matches(start)) {
        return Optional.of(magic.kind);
      }
    }
    int end = (int) Math.min(END, device.size());
    if (!isZero(start)
        || !isZero(read(device, device.size() - end, end))
        || !isZeroBetween(device, start.length, device.size() - end)) {
      return Optional.of("data of an unknown kind");
    }
    return Optional.empty();
  }

  private static boolean isZeroBetween(BlockDevice device, long from, long to) throws IOException {
    long step = Math.max(SAMPLE, (to - from) / SAMPLES / SAMPLE * SAMPLE);
    for (long at = from; at + SAMPLE <= to; at += step) {
      if (!isZero(read(device, at, SAMPLE))) {
        return false;
      }
    }
    return true;
  }

  private static byte[] read(BlockDevice device, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    device.read(position, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
