package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.Cursor;
import org.razorfs.tree.Tree;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.Name;

/**
 * Reads the metadata as it is now, without a lock. A checkpoint may publish new trees while a
 * reader is inside the old ones, and their space be used again; what the reader then meets is a
 * node that does not match its pointer, and it starts over with the new trees.
 */
public final class Metadata {
  private final Supplier<View> views;
  private final Runnable damage;

  /**
   * @param damage runs when something is met that is not as it must be
   */
  Metadata(Supplier<View> views, Runnable damage) {
    this.views = views;
    this.damage = damage;
  }

  /** Something read from one view. */
  interface Reading<T> {
    T from(View view) throws IOException;
  }

  /** Gets entries until it has enough. */
  public interface DirentVisitor {
    /** False to stop before this entry. */
    boolean entry(long name, DirentRecord entry) throws IOException;
  }

  /** Gets extents until it has enough. */
  public interface ExtentVisitor {
    /** False to stop. */
    boolean extent(long offset, ExtentRecord extent) throws IOException;
  }

  /** Reads, again where a checkpoint has taken the trees away meanwhile. */
  <T> T read(Reading<T> reading) throws IOException {
    while (true) {
      View view = views.get();
      try {
        return reading.from(view);
      } catch (CorruptImageException e) {
        if (views.get().trees() == view.trees()) {
          damage.run();
          throw e;
        }
      }
    }
  }

  /** The inode's record, or null where there is no such inode. */
  public InodeRecord inodeOrNull(long inode) throws IOException {
    return !Keys.isObject(inode) ? null : read(view -> inode(view, inode));
  }

  /** The inode's record. */
  public InodeRecord inode(long inode) throws IOException {
    InodeRecord record = inodeOrNull(inode);
    if (record == null) {
      throw FsException.of(Fault.STALE, "inode " + inode);
    }
    return record;
  }

  private static InodeRecord inode(View view, long inode) throws IOException {
    InodeDelta delta = view.active().inode(inode);
    if (delta != null) {
      InodeRecord record = delta.record();
      if (record != null) {
        return record;
      }
      if (delta.isDeleted()) {
        return null;
      }
    }
    delta = view.frozen() == null ? null : view.frozen().inode(inode);
    if (delta != null) {
      InodeRecord record = delta.record();
      if (record != null) {
        return record;
      }
      if (delta.isDeleted()) {
        return null;
      }
    }
    byte[] value = view.tree(TreeId.INODES).get(Keys.hi(inode, Keys.INODE), 0);
    return value == null ? null : legal(InodeRecord.decode(source(value, "inode", inode)), inode);
  }

  private static InodeRecord legal(InodeRecord record, long inode) throws CorruptImageException {
    if (!record.isLegal()) {
      throw new CorruptImageException(
          "inode " + inode, "a mode, times and counts that fit together", record.toString());
    }
    return record;
  }

  /** A directory's entry, or null. */
  public DirentRecord dirent(long directory, long name) throws IOException {
    if (!Keys.isObject(directory)) {
      return null;
    }
    return read(
        view -> {
          DirentRecord found = dirent(view.active(), directory, name);
          if (found == null) {
            found = dirent(view.frozen(), directory, name);
          }
          if (found != null) {
            return InodeDelta.isRemoved(found) ? null : found;
          }
          byte[] value = view.tree(TreeId.INODES).get(Keys.hi(directory, Keys.DIRENT), name);
          return value == null
              ? null
              : DirentRecord.decode(source(value, "entry in directory", directory));
        });
  }

  private static DirentRecord dirent(Epoch epoch, long directory, long name) {
    InodeDelta delta = epoch == null ? null : epoch.inode(directory);
    return delta == null || delta.dirents() == null ? null : delta.dirents().get(name);
  }

  /** Visits a directory's entries whose string id is above {@code after}, ascending. */
  public void dirents(long directory, long after, DirentVisitor visitor) throws IOException {
    long[] last = {after};
    read(
        view -> {
          DirentCursor cursor = new DirentCursor(view, directory);
          boolean more = cursor.seekCeiling(last[0] + 1);
          while (more && visitor.entry(cursor.key(), cursor.value())) {
            last[0] = cursor.key();
            more = cursor.next();
          }
          return null;
        });
  }

  /**
   * Visits the extents that reach beyond {@code from}, ascending; the first may start before it.
   * The caller holds the inode's lock, so they don't change meanwhile.
   */
  public void extents(long inode, long from, ExtentVisitor visitor) throws IOException {
    long[] start = {from};
    read(
        view -> {
          ExtentCursor cursor = new ExtentCursor(view, inode);
          boolean more = cursor.seekFloor(start[0]);
          if (!more) {
            more = cursor.seekCeiling(start[0]);
          } else if (cursor.key() + cursor.value().length() <= start[0]) {
            more = cursor.next();
          }
          while (more) {
            ExtentRecord extent = cursor.value();
            long end = cursor.key() + extent.length();
            if (!visitor.extent(cursor.key(), extent)) {
              break;
            }
            start[0] = end;
            more = cursor.next();
          }
          return null;
        });
  }

  /** The value of an attribute, or null. */
  public byte[] xattr(long inode, long name) throws IOException {
    return !Keys.isObject(inode) ? null : read(view -> xattr(view, inode, name));
  }

  private static byte[] xattr(View view, long inode, long name) throws IOException {
    for (Epoch epoch : new Epoch[] {view.active(), view.frozen()}) {
      InodeDelta delta = epoch == null ? null : epoch.inode(inode);
      if (delta != null && delta.xattrs() != null) {
        InodeDelta.Xattr changed = delta.xattrs().get(name);
        if (changed != null) {
          return changed.value();
        }
      }
    }
    return storedXattr(view.tree(TreeId.INODES), inode, name);
  }

  /** Puts the pieces of a stored attribute together (INV-XAT-1); null where there is none. */
  private static byte[] storedXattr(Tree tree, long inode, long name) throws IOException {
    long hi = Keys.hi(inode, Keys.XATTR);
    byte[] first = tree.get(hi, name << 8);
    if (first == null) {
      return null;
    }
    ByteSource head = source(first, "attribute of inode", inode);
    long length = head.u32();
    ByteSink value = new ByteSink(first.length).bytes(head.bytes(head.remaining()));
    for (int piece = 1; value.size() < length; piece++) {
      byte[] more = tree.get(hi, name << 8 | piece);
      if (more == null || piece > 255) {
        break;
      }
      value.bytes(more);
    }
    if (value.size() != length) {
      throw new CorruptImageException(
          head.location(), "a value of " + length + " bytes", value.size() + " in its pieces");
    }
    return value.toBytes();
  }

  /** The string ids of an inode's attributes, ascending. */
  public List<Long> xattrs(long inode) throws IOException {
    if (!Keys.isObject(inode)) {
      return List.of();
    }
    return read(
        view -> {
          TreeSet<Long> names = new TreeSet<>();
          Cursor cursor = view.tree(TreeId.INODES).cursor();
          long hi = Keys.hi(inode, Keys.XATTR);
          boolean more = cursor.seekCeiling(hi, 0);
          while (more && cursor.hi() == hi) {
            names.add(cursor.lo() >>> 8);
            more = cursor.next();
          }
          overlayXattrs(view.frozen(), inode, names);
          overlayXattrs(view.active(), inode, names);
          return new ArrayList<>(names);
        });
  }

  private static void overlayXattrs(Epoch epoch, long inode, Set<Long> names) {
    InodeDelta delta = epoch == null ? null : epoch.inode(inode);
    if (delta != null && delta.xattrs() != null) {
      delta
          .xattrs()
          .forEach(
              (name, xattr) -> {
                if (xattr.value() == null) {
                  names.remove(name);
                } else {
                  names.add(name);
                }
              });
    }
  }

  /** The lowest {@code limit} inodes of the orphan list, or all there are, from {@code from} on. */
  public List<Long> orphans(long from, int limit) throws IOException {
    return read(
        view -> {
          TreeMap<Long, Optional<OrphanRecord>> changes = new TreeMap<>();
          if (view.frozen() != null) {
            changes.putAll(view.frozen().orphans().tailMap(from));
          }
          changes.putAll(view.active().orphans().tailMap(from));
          TreeSet<Long> found = new TreeSet<>();
          Cursor cursor = view.tree(TreeId.INODES).cursor();
          long hi = Keys.hi(0, Keys.ORPHAN);
          boolean more = cursor.seekCeiling(hi, from);
          while (more && cursor.hi() == hi && found.size() < limit) {
            Optional<OrphanRecord> changed = changes.get(cursor.lo());
            if (changed == null || changed.isPresent()) {
              found.add(cursor.lo());
            }
            more = cursor.next();
          }
          changes.forEach(
              (inode, orphan) -> {
                if (orphan.isPresent()) {
                  found.add(inode);
                }
              });
          return found.stream().limit(limit).toList();
        });
  }

  /** Whether an inode is on the orphan list. */
  public boolean isOrphan(long inode) throws IOException {
    return orphan(inode) != null;
  }

  /** What is left to do with an inode, or null where it is not on the orphan list. */
  public OrphanRecord orphan(long inode) throws IOException {
    return read(
        view -> {
          Optional<OrphanRecord> changed = view.active().orphans().get(inode);
          if (changed == null && view.frozen() != null) {
            changed = view.frozen().orphans().get(inode);
          }
          if (changed != null) {
            return legal(changed.orElse(null), inode);
          }
          byte[] value = view.tree(TreeId.INODES).get(Keys.hi(0, Keys.ORPHAN), inode);
          return value == null
              ? null
              : legal(OrphanRecord.decode(source(value, "orphan", inode)), inode);
        });
  }

  private static OrphanRecord legal(OrphanRecord orphan, long inode) throws CorruptImageException {
    if (orphan != null && orphan.hasRange() && !orphan.isLegal()) {
      throw new CorruptImageException(
          "orphan " + inode, "a range to clear or promise", orphan.toString());
    }
    return orphan;
  }

  /** The counts of a shared chunk, or null where it is not shared. */
  public ChunkRecord chunk(long address) throws IOException {
    return read(
        view -> {
          byte[] value = view.tree(TreeId.CHUNKS).get(Keys.hi(0, Keys.CHUNK), address);
          ChunkRecord sum =
              value == null ? null : ChunkRecord.decode(source(value, "chunk", address));
          for (Epoch epoch : new Epoch[] {view.frozen(), view.active()}) {
            ChunkRecord more = epoch == null ? null : epoch.chunks().get(address);
            if (more != null) {
              sum = sum == null ? more : sum.plus(more);
            }
          }
          return sum;
        });
  }

  /** The id of a name with this hash, or 0 where the string table doesn't have it. */
  public long nameId(Name name, long hash) throws IOException {
    return read(
        view -> {
          long id = view.active().nameId(name);
          if (id == 0 && view.frozen() != null) {
            id = view.frozen().nameId(name);
          }
          return id != 0 ? id : storedNameId(view.tree(TreeId.STRINGS), name, hash);
        });
  }

  private static long storedNameId(Tree tree, Name name, long hash) throws IOException {
    long hi = Keys.hashHi(hash);
    Cursor cursor = tree.cursor();
    boolean more = cursor.seekCeiling(hi, 0);
    while (more && cursor.hi() == hi) {
      byte[] value = tree.get(Keys.hi(0, Keys.STRING), cursor.lo());
      if (value == null) {
        throw new CorruptImageException(
            "string index", "string " + cursor.lo() + " that it names", "none");
      }
      byte[] text = StringRecord.decode(source(value, "string", cursor.lo())).name();
      if (java.util.Arrays.equals(text, name.bytes())) {
        return cursor.lo();
      }
      more = cursor.next();
    }
    return 0;
  }

  /** The name with an id. */
  public byte[] name(long id) throws IOException {
    return read(
        view -> {
          byte[] name = view.active().name(id);
          if (name == null && view.frozen() != null) {
            name = view.frozen().name(id);
          }
          if (name != null) {
            return name;
          }
          byte[] value = view.tree(TreeId.STRINGS).get(Keys.hi(0, Keys.STRING), id);
          if (value == null) {
            throw new CorruptImageException("string table", "string " + id, "none");
          }
          return StringRecord.decode(source(value, "string", id)).name();
        });
  }

  private static ByteSource source(byte[] value, String what, long id) {
    return new ByteSource(value, 0, value.length, what, id);
  }
}
