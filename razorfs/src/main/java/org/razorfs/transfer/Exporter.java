package org.razorfs.transfer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Volume;
import org.razorfs.volume.Xattr;

/**
 * Writes a directory of a volume, and all below, as a tar archive.
 *
 * <p>Memory grows with the depth of the tree, one name for each directory on the way down, with the
 * number of directories within those, and with those files of several names of which not all names
 * have come yet.
 */
public final class Exporter {
  private static final int BUFFER = 1 << 20;

  /** Names that are taken from a directory at a time. */
  private static final int BATCH = 512;

  /** So many directories on the way down keep the names taken, deeper ones take them again. */
  private static final int MOST_KEPT = 100;

  /** What the directory that is exported is called in the archive. */
  private static final byte[] TOP = {'.'};

  private final Volume volume;
  private final TransferListener listener;
  private final Tally tally = new Tally();
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private final Map<Long, Linked> linked = new HashMap<>();

  /** The directories down to the one whose names are being taken, which comes first. */
  private final Deque<Listing> way = new ArrayDeque<>();

  /** A file of several names: the first of them, and how many are yet to come. */
  private static final class Linked {
    private final byte[] path;
    private int names;

    Linked(byte[] path, int names) {
      this.path = path;
      this.names = names;
    }
  }

  /** A directory that is being listed. */
  private static final class Listing {
    private final long inode;
    private final byte[] name;
    private Deque<Entry> entries = new ArrayDeque<>();
    private final Set<Long> directories = new HashSet<>();
    private long cookie;
    private boolean complete;

    Listing(long inode, byte[] name) {
      this.inode = inode;
      this.name = name;
    }

    /** Lets go of the names behind this one, to take them again. */
    void goBackTo(Entry entry) {
      entries = new ArrayDeque<>(); // one that is cleared keeps its room
      cookie = entry.cookie();
      complete = false;
    }
  }

  private record Entry(byte[] name, long inode, long cookie) {}

  public Exporter(Volume volume, TransferListener listener) {
    this.volume = volume;
    this.listener = listener;
  }

  /**
   * Exports.
   *
   * @param source path of the directory
   * @param archive gets the archive, not compressed; not closed
   */
  public Tally run(String source, OutputStream archive) throws IOException {
    TarWriter writer = new TarWriter(archive);
    List<byte[]> names = VolumePaths.split(source.getBytes(StandardCharsets.UTF_8));
    Attributes top = VolumePaths.find(volume, Volume.ROOT, names);
    if (!top.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "is no folder");
    }
    export(top, TOP, TOP, writer);
    while (!way.isEmpty()) {
      Listing listing = way.peek();
      byte[] path = null;
      try {
        Entry entry = next(listing);
        if (entry == null) {
          way.pop();
        } else {
          path = path(entry.name());
          Attributes found = volume.attributes(entry.inode());
          if (found.isDirectory()) {
            requirePlace(found.inode(), listing, top.inode());
            if (way.size() > MOST_KEPT) {
              listing.goBackTo(entry);
            }
          }
          export(found, path, entry.name(), writer);
        }
      } catch (FsException e) {
        // What is damaged does not keep the rest from being saved.
        if (path != null) {
          leave(path, e.getMessage());
        } else {
          leave(path(), e.getMessage());
          way.pop();
        }
      }
    }
    writer.finish();
    return tally;
  }

  /**
   * Sees that a directory comes once: with entries made to deceive they form a cycle, or each name
   * doubles all that is below.
   */
  private void requirePlace(long directory, Listing listing, long top) throws IOException {
    if (directory == top
        || volume.parent(directory) != listing.inode
        || !listing.directories.add(directory)) {
      throw new FsException(
          Fault.CORRUPT,
          "is a folder that has its place elsewhere; check the image with razorfsck");
    }
  }

  private Entry next(Listing listing) throws IOException {
    if (listing.entries.isEmpty() && !listing.complete) {
      listing.complete = true;
      volume.readdir(
          listing.inode,
          listing.cookie,
          (name, inode, type, cookie) -> {
            if (listing.entries.size() == BATCH) {
              listing.complete = false;
              return false;
            }
            listing.entries.add(new Entry(name, inode, cookie));
            listing.cookie = cookie;
            return true;
          });
    }
    return listing.entries.poll();
  }

  /** The path of the directory that is being listed, with these names behind it. */
  private byte[] path(byte[]... names) {
    ByteArrayOutputStream path = new ByteArrayOutputStream(1024);
    way.descendingIterator().forEachRemaining(listing -> add(path, listing.name));
    for (byte[] name : names) {
      add(path, name);
    }
    return path.toByteArray();
  }

  private static void add(ByteArrayOutputStream path, byte[] name) {
    if (path.size() > 0) {
      path.write('/');
    }
    path.writeBytes(name);
  }

  private void export(Attributes found, byte[] path, byte[] name, TarWriter writer)
      throws IOException {
    TarMember.Kind kind = kind(found.type());
    if (kind == TarMember.Kind.OTHER) {
      leave(path, "is a socket, which no archive holds");
      return;
    }
    byte[] first = firstName(found, path);
    if (first != null) {
      kind = TarMember.Kind.HARD_LINK;
    }
    TarMember member = member(found, kind, path, first);
    if (kind == TarMember.Kind.FILE) {
      SparseMap map = map(found);
      writer.add(member, map, (piece, to) -> copy(found.inode(), path, piece, to));
      tally.countBytes(map.bytes());
    } else {
      writer.add(member);
    }
    if (kind == TarMember.Kind.DIRECTORY) {
      way.push(new Listing(found.inode(), name));
    }
    tally.count(kind);
    listener.advanced(tally);
  }

  /** Under which path a file is in the archive already, or null. */
  private byte[] firstName(Attributes found, byte[] path) {
    if (found.isDirectory() || found.nlink() < 2) {
      return null;
    }
    Linked known = linked.get(found.inode());
    if (known == null) {
      linked.put(found.inode(), new Linked(path, found.nlink() - 1));
      return null;
    }
    if (--known.names == 0) {
      linked.remove(found.inode());
    }
    return known.path;
  }

  private TarMember member(Attributes found, TarMember.Kind kind, byte[] path, byte[] first)
      throws IOException {
    boolean link = kind == TarMember.Kind.HARD_LINK;
    byte[] target = kind == TarMember.Kind.SYMLINK ? volume.readlink(found.inode()) : new byte[0];
    return new TarMember(
        kind == TarMember.Kind.DIRECTORY ? withSlash(path) : path,
        kind,
        found.mode() & 07777,
        found.uid(),
        found.gid(),
        found.mtime(),
        found.atime(),
        kind == TarMember.Kind.FILE ? found.size() : 0,
        found.rdev(),
        link ? first : target,
        link ? List.of() : xattrs(found.inode()),
        false);
  }

  private static byte[] withSlash(byte[] path) {
    byte[] longer = Arrays.copyOf(path, path.length + 1);
    longer[path.length] = '/';
    return longer;
  }

  private List<Xattr> xattrs(long inode) throws IOException {
    List<Xattr> xattrs = new ArrayList<>();
    for (byte[] name : volume.listXattr(inode)) {
      xattrs.add(new Xattr(name, volume.getXattr(inode, name)));
    }
    return xattrs;
  }

  private static TarMember.Kind kind(int type) {
    return switch (type) {
      case FileType.REGULAR -> TarMember.Kind.FILE;
      case FileType.DIRECTORY -> TarMember.Kind.DIRECTORY;
      case FileType.SYMLINK -> TarMember.Kind.SYMLINK;
      case FileType.CHARACTER -> TarMember.Kind.CHARACTER_DEVICE;
      case FileType.BLOCK -> TarMember.Kind.BLOCK_DEVICE;
      case FileType.FIFO -> TarMember.Kind.FIFO;
      default -> TarMember.Kind.OTHER;
    };
  }

  /** Where a file has data; from the point on where that would be too much to say, everywhere. */
  private SparseMap map(Attributes file) throws IOException {
    SparseMap map = new SparseMap();
    long at = 0;
    try {
      while (at < file.size()) {
        long data = volume.seekData(file.inode(), at);
        boolean last = map.pieces().size() == SparseMap.MOST - 1;
        long end = last ? file.size() : Math.min(file.size(), volume.seekHole(file.inode(), data));
        map.add(data, end - data);
        at = end;
      }
    } catch (FsException e) {
      if (e.fault() != Fault.NO_SUCH_OFFSET) {
        throw e;
      }
      // nothing but a hole is left
    }
    return map;
  }

  /** Copies a piece; where it is damaged, zeros. */
  private void copy(long inode, byte[] path, SparseMap.Piece piece, OutputStream to)
      throws IOException {
    boolean damaged = false;
    long at = piece.offset();
    while (at < piece.end()) {
      buffer.clear().limit((int) Math.min(BUFFER, piece.end() - at));
      try {
        fill(inode, at);
      } catch (FsException e) {
        Arrays.fill(buffer.array(), 0, buffer.limit(), (byte) 0);
        if (!damaged) {
          leave(path, "is damaged at byte " + at + ", zeros stand there: " + e.getMessage());
        }
        damaged = true;
      }
      to.write(buffer.array(), 0, buffer.limit());
      at += buffer.limit();
    }
  }

  private void fill(long inode, long from) throws IOException {
    while (buffer.hasRemaining()) {
      if (volume.read(inode, from + buffer.position(), buffer, false) <= 0) {
        throw new FsException(Fault.CORRUPT, "ends before its size");
      }
    }
  }

  private void leave(byte[] path, String why) {
    tally.countLeft();
    listener.left(new String(path, StandardCharsets.UTF_8), why);
  }
}
