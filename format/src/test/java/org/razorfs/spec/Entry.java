package org.razorfs.spec;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * One name of a volume and all that can be seen of its inode, in a form that two readers can agree
 * on and a file can hold.
 *
 * @param content the CRC-32 of a file's content, a link's target, or nothing
 * @param xattrs values by name
 */
record Entry(
    String path,
    long inode,
    long generation,
    int mode,
    int nlink,
    int uid,
    int gid,
    long device,
    long size,
    int flags,
    String times,
    String content,
    Map<String, String> xattrs) {

  /** Larger files are not read. */
  static final long MAX_CONTENT = 100_000_000;

  /** Bytes as text, reversibly. */
  static String escape(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      if (b > ' ' && b < 127 && b != '\\') {
        text.append((char) b);
      } else {
        text.append('\\').append(HexFormat.of().toHexDigits(b));
      }
    }
    return text.toString();
  }

  static String crc(CRC32 crc) {
    return "crc:" + HexFormat.of().toHexDigits((int) crc.getValue());
  }

  static String crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc(crc);
  }

  /** A value as text: short ones in full. */
  static String value(byte[] bytes) {
    return bytes.length <= 64 ? escape(bytes) : bytes.length + ":" + crc(bytes);
  }

  private String line() {
    StringBuilder line = new StringBuilder(path);
    line.append(" ino=").append(inode).append(" gen=").append(generation);
    line.append(" mode=").append(Integer.toOctalString(mode)).append(" nlink=").append(nlink);
    line.append(" uid=").append(Integer.toUnsignedString(uid));
    line.append(" gid=").append(Integer.toUnsignedString(gid));
    line.append(" dev=").append(device).append(" size=").append(size);
    line.append(" flags=").append(Integer.toHexString(flags));
    line.append(' ').append(times);
    if (!content.isEmpty()) {
      line.append(" content=").append(content);
    }
    new TreeMap<>(xattrs)
        .forEach((name, value) -> line.append(" @").append(name).append('=').append(value));
    return line.toString();
  }

  /** The lines of a listing, ordered by path. */
  static String listing(List<Entry> entries) {
    TreeMap<String, String> lines = new TreeMap<>();
    entries.forEach(entry -> lines.put(entry.path, entry.line()));
    return String.join("\n", lines.values()) + "\n";
  }
}
