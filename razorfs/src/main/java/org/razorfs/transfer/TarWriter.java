package org.razorfs.transfer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.razorfs.volume.Xattr;

/**
 * Writes a tar archive in the pax format: what does not fit a header block goes into extended
 * headers, holes of sparse files are left out as GNU tar does since 1.16.
 */
final class TarWriter implements AutoCloseable {
  private static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;

  /** The archive's records are as long as tar's own. */
  private static final int RECORD = 20 * BLOCK;

  /** What the field of a header holds. */
  private static final int NAME = TarConstants.NAMELEN;

  /** The largest time that readers take from a header: of 11 octal digits. */
  private static final long MOST_SECONDS = 077777777777L;

  private static final String EXTENDED = "PaxHeaders/x";

  private final TarArchiveOutputStream out;

  /** Where a member's data comes from. */
  interface DataSource {
    /** Hands over the data of a piece, all of it. */
    void read(SparseMap.Piece piece, OutputStream to) throws IOException;
  }

  /**
   * @param out gets the archive; closed with this
   */
  TarWriter(OutputStream out) {
    this.out = new TarArchiveOutputStream(out, RECORD, "ISO-8859-1");
    this.out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
    this.out.setLongFileMode(TarArchiveOutputStream.LONGFILE_TRUNCATE); // the record has all of it
  }

  /**
   * Adds what has no data.
   *
   * @param member no regular file
   */
  void add(TarMember member) throws IOException {
    writeExtended(records(member));
    out.putArchiveEntry(entry(member, member.path(), 0));
    out.closeArchiveEntry();
  }

  /** Adds a regular file. */
  void add(TarMember member, SparseMap map, DataSource data) throws IOException {
    PaxRecords records = records(member);
    if (map.bytes() == member.size()) {
      writeExtended(records);
      out.putArchiveEntry(entry(member, member.path(), member.size()));
    } else {
      byte[] front = front(map, member.size());
      records.put("GNU.sparse.major", 1);
      records.put("GNU.sparse.minor", 0);
      records.put("GNU.sparse.name", member.path());
      records.put("GNU.sparse.realsize", member.size());
      writeExtended(records);
      out.putArchiveEntry(
          entry(member, Latin.bytes("GNUSparseFile.0/sparse"), front.length + map.bytes()));
      out.write(front);
    }
    for (SparseMap.Piece piece : map.pieces()) {
      data.read(piece, out);
    }
    out.closeArchiveEntry();
  }

  private static PaxRecords records(TarMember member) {
    PaxRecords records = new PaxRecords();
    if (member.path().length > NAME) {
      records.put("path", member.path());
    }
    if (member.link().length > NAME) {
      records.put("linkpath", member.link());
    }
    putOwner(records, "uid", member.uid());
    putOwner(records, "gid", member.gid());
    records.put("mtime", member.mtime());
    if (member.atime() != null) {
      records.put("atime", member.atime());
    }
    for (Xattr xattr : member.xattrs()) {
      records.put(xattr.name(), xattr.value());
    }
    return records;
  }

  private static void putOwner(PaxRecords records, String keyword, int id) {
    if (Integer.toUnsignedLong(id) > TarConstants.MAXID) {
      records.put(keyword, Integer.toUnsignedLong(id));
    }
  }

  private static long headerOwner(int id) {
    long number = Integer.toUnsignedLong(id);
    return number > TarConstants.MAXID ? 0 : number;
  }

  private void writeExtended(PaxRecords records) throws IOException {
    byte[] bytes = records.encode();
    TarArchiveEntry entry = new TarArchiveEntry(EXTENDED, TarConstants.LF_PAX_EXTENDED_HEADER_LC);
    entry.setSize(bytes.length);
    entry.setModTime(FileTime.fromMillis(0));
    out.putArchiveEntry(entry);
    out.write(bytes);
    out.closeArchiveEntry();
  }

  private static TarArchiveEntry entry(TarMember member, byte[] path, long size) {
    TarArchiveEntry entry = new TarArchiveEntry(field(path), flag(member.kind()));
    entry.setMode(member.mode());
    entry.setUserId(headerOwner(member.uid()));
    entry.setGroupId(headerOwner(member.gid()));
    entry.setUserName("");
    entry.setGroupName("");
    entry.setSize(size);
    // The record has it whole; a header holds less, and so does an Instant.
    long seconds = Math.max(-MOST_SECONDS, Math.min(MOST_SECONDS, member.mtime().seconds()));
    entry.setModTime(FileTime.from(seconds, TimeUnit.SECONDS));
    entry.setLinkName(field(member.link()));
    int rdev = (int) member.rdev();
    entry.setDevMajor(rdev >>> 8 & 0xfff);
    entry.setDevMinor((rdev & 0xff) | (rdev >>> 12 & 0xfff00));
    return entry;
  }

  /** What a header holds of a name; the library would look through all of a long one many times. */
  private static String field(byte[] name) {
    return Latin.text(name.length > NAME ? Arrays.copyOf(name, NAME) : name);
  }

  private static byte flag(TarMember.Kind kind) {
    return switch (kind) {
      case FILE -> TarConstants.LF_NORMAL;
      case DIRECTORY -> TarConstants.LF_DIR;
      case SYMLINK -> TarConstants.LF_SYMLINK;
      case HARD_LINK -> TarConstants.LF_LINK;
      case CHARACTER_DEVICE -> TarConstants.LF_CHR;
      case BLOCK_DEVICE -> TarConstants.LF_BLK;
      case FIFO -> TarConstants.LF_FIFO;
      case OTHER -> throw new IllegalArgumentException("nothing that an archive can hold");
    };
  }

  /** The map in front of a sparse file's data, in whole blocks. */
  private static byte[] front(SparseMap map, long size) {
    StringBuilder lines = new StringBuilder();
    boolean hole = map.end() < size; // an empty piece says where it ends
    lines.append(map.pieces().size() + (hole ? 1 : 0)).append('\n');
    for (SparseMap.Piece piece : map.pieces()) {
      lines.append(piece.offset()).append('\n').append(piece.length()).append('\n');
    }
    if (hole) {
      lines.append(size).append("\n0\n");
    }
    byte[] text = Latin.bytes(lines.toString());
    return Arrays.copyOf(text, (text.length + BLOCK - 1) / BLOCK * BLOCK);
  }

  /** Ends the archive, whole. */
  void finish() throws IOException {
    out.finish();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
