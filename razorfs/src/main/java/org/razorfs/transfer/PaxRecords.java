package org.razorfs.transfer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Xattr;

/**
 * The records of a pax extended header: {@code "LENGTH KEYWORD=VALUE\n"} each. Values are bytes, as
 * attributes and names can be anything.
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";
  private static final String ACL = "SCHILY.acl.";
  private static final int NANOS_DIGITS = 9;

  private final Map<String, byte[]> values = new LinkedHashMap<>();

  /** What sparse files of the oldest form say in records that repeat: offset, length, offset ... */
  private final List<Long> pieces = new ArrayList<>();

  PaxRecords() {}

  /** Begins with what others say. */
  PaxRecords(PaxRecords others) {
    values.putAll(others.values);
  }

  /** Reads records; they replace those of the same keyword. */
  void parse(byte[] records) throws DamagedArchiveException {
    int at = 0;
    while (at < records.length && records[at] != 0) {
      int space = indexOf(records, at, (byte) ' ');
      long length = space < 0 ? 0 : number(Arrays.copyOfRange(records, at, space));
      int end = (int) Math.min(length, records.length - at) + at;
      if (space < 0 || length <= space - at || length > end - at || records[end - 1] != '\n') {
        throw new DamagedArchiveException("an extended header with a record of a wrong length");
      }
      int equals = indexOf(records, space, (byte) '=');
      if (equals < 0 || equals >= end) {
        throw new DamagedArchiveException("an extended header with a record without a value");
      }
      add(
          new String(records, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1),
          Arrays.copyOfRange(records, equals + 1, end - 1));
      at = end;
    }
  }

  private void add(String keyword, byte[] value) throws DamagedArchiveException {
    if (keyword.equals("GNU.sparse.offset") || keyword.equals("GNU.sparse.numbytes")) {
      pieces.add(number(value));
    }
    if (value.length == 0 && !keyword.startsWith(XATTR)) {
      values.remove(keyword); // which is how a record of a global header is taken back
    } else {
      values.put(keyword, value);
    }
  }

  private static int indexOf(byte[] bytes, int from, byte wanted) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** A number in decimal digits. */
  static long number(byte[] digits) throws DamagedArchiveException {
    try {
      return Long.parseLong(new String(digits, StandardCharsets.ISO_8859_1));
    } catch (NumberFormatException e) {
      throw new DamagedArchiveException("an extended header with a number that is none", e);
    }
  }

  /** The value of a keyword, or what it is without one. */
  byte[] get(String keyword, byte[] otherwise) {
    return values.getOrDefault(keyword, otherwise);
  }

  /** The number of a keyword, or what it is without one. */
  long get(String keyword, long otherwise) throws DamagedArchiveException {
    byte[] value = values.get(keyword);
    return value == null ? otherwise : number(value);
  }

  /** The time of a keyword in seconds with any number of decimals, or what it is without one. */
  Timestamp get(String keyword, Timestamp otherwise) throws DamagedArchiveException {
    byte[] value = values.get(keyword);
    if (value == null) {
      return otherwise;
    }
    String text = new String(value, StandardCharsets.ISO_8859_1);
    int point = text.indexOf('.');
    String whole = point < 0 ? text : text.substring(0, point);
    String fraction = point < 0 ? "" : text.substring(point + 1);
    String nanos = (fraction + "0".repeat(NANOS_DIGITS)).substring(0, NANOS_DIGITS);
    long seconds = number(whole.getBytes(StandardCharsets.ISO_8859_1));
    long parts = number(nanos.getBytes(StandardCharsets.ISO_8859_1));
    if (parts < 0) {
      throw new DamagedArchiveException("an extended header with a time that is none");
    }
    if (text.startsWith("-") && parts > 0) {
      return new Timestamp(seconds - 1, (int) (1_000_000_000 - parts));
    }
    return new Timestamp(seconds, (int) parts);
  }

  /** The extended attributes. */
  List<Xattr> xattrs() {
    List<Xattr> xattrs = new ArrayList<>();
    values.forEach(
        (keyword, value) -> {
          if (keyword.startsWith(XATTR)) {
            String name = keyword.substring(XATTR.length()).replace("%3D", "=").replace("%25", "%");
            xattrs.add(new Xattr(name.getBytes(StandardCharsets.ISO_8859_1), value));
          }
        });
    return xattrs;
  }

  /** Whether there is an access control list as text: of star, or of GNU tar without --xattrs. */
  boolean listAsText() {
    return (values.containsKey(ACL + "access") || values.containsKey(ACL + "default"))
        && values.keySet().stream().noneMatch(key -> key.startsWith(XATTR + "system.posix_acl_"));
  }

  /** Offsets and lengths of the data in a sparse file of the form 0.0. */
  List<Long> pieces() {
    return pieces;
  }

  /** Adds a record. */
  void put(String keyword, byte[] value) {
    values.put(keyword, value);
  }

  /** Adds a record. */
  void put(String keyword, long value) {
    put(keyword, Long.toString(value).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Adds a record. */
  void put(String keyword, Timestamp time) {
    boolean borrow = time.seconds() < 0 && time.nanos() > 0;
    long seconds = borrow ? time.seconds() + 1 : time.seconds();
    int nanos = borrow ? 1_000_000_000 - time.nanos() : time.nanos();
    String text =
        (time.seconds() < 0 && seconds == 0 ? "-" : "")
            + seconds
            + (nanos == 0 ? "" : String.format(".%09d", nanos));
    put(keyword, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Adds the record of an extended attribute. */
  void put(byte[] name, byte[] value) {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    put(XATTR + text.replace("%", "%25").replace("=", "%3D"), value); // as GNU tar has them
  }

  /** All records as an extended header has them. */
  byte[] encode() {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    values.forEach(
        (keyword, value) -> {
          byte[] key = keyword.getBytes(StandardCharsets.ISO_8859_1);
          int rest = key.length + value.length + 3; // " ", "=" and "\n"
          int length = rest + Integer.toString(rest).length();
          length = rest + Integer.toString(length).length(); // its own digits count
          records.writeBytes(Integer.toString(length).getBytes(StandardCharsets.ISO_8859_1));
          records.write(' ');
          records.writeBytes(key);
          records.write('=');
          records.writeBytes(value);
          records.write('\n');
        });
    return records.toByteArray();
  }
}
