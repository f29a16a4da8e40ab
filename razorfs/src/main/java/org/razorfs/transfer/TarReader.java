package org.razorfs.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveSparseEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveStructSparse;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.razorfs.layout.Timestamp;

/**
 * Reads a tar archive from its beginning to its end: ustar, GNU and pax, sparse files included.
 *
 * <p>Header blocks are the library's to decode. Extended headers are not, because it takes their
 * values as UTF-8 text, and would break what is none: access control lists, capabilities, names.
 */
final class TarReader implements AutoCloseable {
  private static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;
  private static final int BUFFER = 1 << 20;

  /** What GNU tar's option --label makes. */
  private static final byte VOLUME_LABEL = 'V';

  /** A directory in an incremental archive of GNU tar; what it holds stands there as data. */
  private static final byte DUMPED_DIRECTORY = 'D';

  /** Extended headers, in which old maps of sparse files are, and long names are kept in memory. */
  private static final int MOST_EXTENSION = 32 << 20;

  /** More has no use, and each name on a path takes memory. */
  private static final int MOST_PATH = 1 << 20;

  /** Where a header has the owner, whose numbers the library keeps in 32 bits with a sign. */
  private static final int USER = 108;

  private static final int GROUP = 116;
  private static final int OWNER_LENGTH = 8;

  /** Of a number in a sparse file's map. */
  private static final int MOST_DIGITS = 20;

  private static final ZipEncoding BYTES = ZipEncodingHelper.getZipEncoding("ISO-8859-1");

  private final InputStream in;
  private final byte[] header = new byte[BLOCK];
  private final byte[] buffer = new byte[BUFFER];
  private final PaxRecords global = new PaxRecords();
  private SparseMap map;

  /** Bytes of the present member, padding included, that have not been read. */
  private long left;

  /** What of them is padding. */
  private int padding;

  /** Where in its block the next line of a sparse file's map begins. */
  private int lineAt;

  /**
   * @param in the archive, not compressed; closed with this
   */
  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next member, or null at the end of the archive. */
  TarMember next() throws IOException {
    skip(left);
    PaxRecords records = new PaxRecords(global);
    byte[] longName = null;
    byte[] longLink = null;
    while (true) {
      TarArchiveEntry entry = readHeader();
      if (entry == null) {
        return null;
      }
      if (entry.isPaxHeader()) {
        records.parse(extension());
      } else if (entry.isGlobalPaxHeader()) {
        global.parse(extension());
        records = new PaxRecords(global);
      } else if (entry.isGNULongNameEntry()) {
        longName = upToZero(extension());
      } else if (entry.isGNULongLinkEntry()) {
        longLink = upToZero(extension());
      } else if (entry.getLinkFlag() == VOLUME_LABEL) {
        skip(left);
      } else {
        return member(entry, records, longName, longLink);
      }
    }
  }

  private TarArchiveEntry readHeader() throws IOException {
    int read = in.readNBytes(header, 0, BLOCK);
    if (read == 0) {
      throw new DamagedArchiveException("it ends without an end: it has been cut, or is no tar");
    }
    requireWhole(read, BLOCK);
    if (isZero(header)) {
      in.transferTo(OutputStream.nullOutputStream()); // who writes it may not be done yet
      return null;
    }
    TarArchiveEntry entry;
    try {
      if (!TarUtils.verifyCheckSum(header)) {
        throw new DamagedArchiveException("a header with a wrong checksum: damaged, or no tar");
      }
      entry = new TarArchiveEntry(header, BYTES);
    } catch (IllegalArgumentException e) {
      throw new DamagedArchiveException("a header that makes no sense: damaged, or no tar", e);
    }
    hold(hasData(entry) ? entry.getSize() : 0);
    return entry;
  }

  /** Notes how much data follows. */
  private void hold(long size) throws DamagedArchiveException {
    if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
      throw new DamagedArchiveException("a member of " + size + " bytes");
    }
    padding = (int) (-size & (BLOCK - 1));
    left = size + padding;
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private byte[] extension() throws IOException {
    int size = (int) Math.min(left - padding, MOST_EXTENSION + 1);
    if (size > MOST_EXTENSION) {
      throw new DamagedArchiveException("an extended header of more than 32 MiB");
    }
    byte[] bytes = in.readNBytes(size);
    requireWhole(bytes.length, size);
    left -= size;
    skip(left);
    return bytes;
  }

  private static byte[] upToZero(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return java.util.Arrays.copyOf(bytes, length);
  }

  private TarMember member(
      TarArchiveEntry entry, PaxRecords records, byte[] longName, byte[] longLink)
      throws IOException {
    byte[] path = longName != null ? longName : Latin.bytes(entry.getName());
    path = records.get("GNU.sparse.name", records.get("path", path));
    byte[] link = longLink != null ? longLink : Latin.bytes(entry.getLinkName());
    link = records.get("linkpath", link);
    if (path.length > MOST_PATH || link.length > MOST_PATH) {
      throw new DamagedArchiveException("a path of more than " + MOST_PATH + " bytes");
    }
    TarMember.Kind kind = kind(entry);
    int uid = identity(records.get("uid", owner(USER))); // before other blocks follow the header
    int gid = identity(records.get("gid", owner(GROUP)));
    long size = records.get("size", entry.getSize());
    if (hasData(entry)) {
      hold(size);
    }
    if (kind == TarMember.Kind.FILE) {
      size = readMap(entry, records);
    }
    int mode = entry.getMode() & 07777;
    return new TarMember(
        path,
        kind,
        mode,
        uid,
        gid,
        records.get("mtime", Timestamp.of(entry.getLastModifiedTime().toInstant())),
        records.get("atime", (Timestamp) null),
        size,
        device(entry.getDevMajor(), entry.getDevMinor()),
        link,
        records.xattrs(),
        records.listAsText());
  }

  /** Links, devices, directories and fifos have none, whatever size they state. */
  private static boolean hasData(TarArchiveEntry entry) {
    byte flag = entry.getLinkFlag();
    return flag < TarConstants.LF_LINK || flag > TarConstants.LF_FIFO;
  }

  private long owner(int at) {
    return TarUtils.parseOctalOrBinary(header, at, OWNER_LENGTH);
  }

  private TarMember.Kind kind(TarArchiveEntry entry) {
    return switch (entry.getLinkFlag()) {
      case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL ->
          // which is how directories were told from files before there was a flag
          entry.isDirectory() ? TarMember.Kind.DIRECTORY : TarMember.Kind.FILE;
      case TarConstants.LF_CONTIG, TarConstants.LF_GNUTYPE_SPARSE -> TarMember.Kind.FILE;
      case TarConstants.LF_DIR, DUMPED_DIRECTORY -> TarMember.Kind.DIRECTORY;
      case TarConstants.LF_LINK -> TarMember.Kind.HARD_LINK;
      case TarConstants.LF_SYMLINK -> TarMember.Kind.SYMLINK;
      case TarConstants.LF_CHR -> TarMember.Kind.CHARACTER_DEVICE;
      case TarConstants.LF_BLK -> TarMember.Kind.BLOCK_DEVICE;
      case TarConstants.LF_FIFO -> TarMember.Kind.FIFO;
      default -> TarMember.Kind.OTHER;
    };
  }

  private static int identity(long id) throws DamagedArchiveException {
    if (id < 0 || id > 0xffff_ffffL) {
      throw new DamagedArchiveException("an owner with the number " + id);
    }
    return (int) id;
  }

  /** A device's number as the kernel packs it: 12 bits of major between 20 of minor. */
  private static long device(int major, int minor) {
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      return TarMember.NO_DEVICE;
    }
    return Integer.toUnsignedLong((minor & 0xff) | major << 8 | (minor & 0xfff00) << 12);
  }

  /** Reads where the data belongs, and returns the file's size. */
  private long readMap(TarArchiveEntry entry, PaxRecords records) throws IOException {
    long stored = left - padding;
    long size = records.get("GNU.sparse.realsize", records.get("GNU.sparse.size", -1));
    map = new SparseMap();
    if (entry.getLinkFlag() == TarConstants.LF_GNUTYPE_SPARSE) {
      if (entry.getSparseHeaders() == null) {
        throw new DamagedArchiveException("a sparse file of GNU tar in a header of another kind");
      }
      size = entry.getRealSize();
      readGnuMap(entry);
    } else if (records.get("GNU.sparse.major", 0) == 1) {
      stored -= readMapAtFront();
    } else if (records.get("GNU.sparse.map", (byte[]) null) != null) {
      String[] numbers = Latin.text(records.get("GNU.sparse.map", new byte[0])).split(",", -1);
      for (int i = 0; i + 1 < numbers.length; i += 2) {
        map.add(number(numbers[i]), number(numbers[i + 1]));
      }
    } else if (!records.pieces().isEmpty()) {
      List<Long> numbers = records.pieces();
      for (int i = 0; i + 1 < numbers.size(); i += 2) {
        map.add(numbers.get(i), numbers.get(i + 1));
      }
    } else {
      map = SparseMap.whole(stored);
      return stored;
    }
    if (map.bytes() != stored || size < map.end()) {
      throw new DamagedArchiveException("a sparse file whose pieces are not what is stored");
    }
    return size;
  }

  private static long number(String digits) throws DamagedArchiveException {
    return PaxRecords.number(Latin.bytes(digits));
  }

  /** The oldest form: in the header, and in blocks after it that do not count as data. */
  private void readGnuMap(TarArchiveEntry entry) throws IOException {
    add(entry.getSparseHeaders());
    boolean more = entry.isExtended();
    while (more) {
      byte[] block = in.readNBytes(BLOCK);
      requireWhole(block.length, BLOCK);
      TarArchiveSparseEntry next = new TarArchiveSparseEntry(block);
      add(next.getSparseHeaders());
      more = next.isExtended();
    }
  }

  private void add(List<TarArchiveStructSparse> pieces) throws DamagedArchiveException {
    for (TarArchiveStructSparse piece : pieces) {
      map.add(piece.getOffset(), piece.getNumbytes());
    }
  }

  /** The newest form: lines of numbers, how many first, in whole blocks in front of the data. */
  private long readMapAtFront() throws IOException {
    long before = left;
    lineAt = BLOCK;
    long count = readLine();
    if (count < 0 || count > SparseMap.MOST) {
      throw new DamagedArchiveException("a sparse file of " + count + " pieces");
    }
    for (long i = 0; i < count; i++) {
      long offset = readLine();
      map.add(offset, readLine());
    }
    return before - left;
  }

  private long readLine() throws IOException {
    StringBuilder digits = new StringBuilder();
    while (digits.length() < MOST_DIGITS) {
      if (lineAt == BLOCK) {
        if (left - padding < BLOCK) {
          throw new DamagedArchiveException("a sparse file without data");
        }
        requireWhole(in.readNBytes(header, 0, BLOCK), BLOCK); // which is done with
        left -= BLOCK;
        lineAt = 0;
      }
      char next = (char) (header[lineAt++] & 0xff);
      if (next == '\n') {
        return number(digits.toString());
      }
      digits.append(next);
    }
    throw new DamagedArchiveException("a sparse file with a number that is too long");
  }

  /** Hands over the data of the present member, a regular file. */
  void copyData(DataSink sink) throws IOException {
    for (SparseMap.Piece piece : map.pieces()) {
      long done = 0;
      while (done < piece.length()) {
        int wanted = (int) Math.min(BUFFER, piece.length() - done);
        requireWhole(in.readNBytes(buffer, 0, wanted), wanted);
        left -= wanted;
        sink.write(piece.offset() + done, ByteBuffer.wrap(buffer, 0, wanted));
        done += wanted;
      }
    }
  }

  private void skip(long bytes) throws IOException {
    long skipped = 0;
    while (skipped < bytes) {
      int wanted = (int) Math.min(BUFFER, bytes - skipped);
      requireWhole(in.readNBytes(buffer, 0, wanted), wanted);
      skipped += wanted;
    }
    left = 0;
  }

  private static void requireWhole(int read, int wanted) throws DamagedArchiveException {
    if (read < wanted) {
      throw new DamagedArchiveException("it ends in the midst of a member: it has been cut");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
