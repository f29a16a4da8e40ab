package org.razorfs.model.posix;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.fault.Fault;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.XattrMode;

/**
 * The file system in memory: applies operations and says what each must give. Knows no times, no
 * limits of space and no inode numbers.
 */
public final class PosixModel {
  private static final int SETGID = 02000;

  /** A fault on the way through an operation. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    Refused(Fault first, Fault... others) {
      super(first.name(), null, false, false);
      outcome = Outcome.failure(first, others);
    }
  }

  /** The directory that a path ends in, and the last name. */
  private record Place(ModelNode directory, String name) {
    ModelNode found() {
      return directory.entries.get(name);
    }
  }

  private final Map<String, ModelNode> handles = new HashMap<>();
  private final ModelNode root;
  private long nextId = 1;

  /** A file system that holds nothing but its root. */
  public PosixModel() {
    root = new ModelNode(nextId++, FileType.DIRECTORY | 0755, 0, 0);
    root.nlink = 2;
    root.parent = root;
  }

  /** The inode that a path or handle means, or null. */
  public ModelNode find(String target) {
    try {
      return resolve(target);
    } catch (Refused e) {
      return null;
    }
  }

  /** The handles that are open. */
  public List<String> handles() {
    return handles.keySet().stream().sorted().toList();
  }

  /** All paths of one kind or of all, the root left out. */
  public List<String> paths() {
    List<String> paths = new ArrayList<>();
    collect(root, "", paths);
    return paths;
  }

  private static void collect(ModelNode directory, String prefix, List<String> paths) {
    directory.entries.forEach(
        (name, node) -> {
          paths.add(prefix + "/" + name);
          collect(node, prefix + "/" + name, paths);
        });
  }

  /**
   * Whether all systems agree on what this operation does now. Those on closed handles are not
   * worth trying, and a second name for a file that has lost its last one is refused by some.
   */
  public boolean isSpecified(Op op) {
    if (op instanceof Op.Link link) {
      ModelNode node = find(link.target());
      return known(link.target()) && (node == null || node.nlink > 0 || node.neverNamed);
    }
    if (op instanceof Op.Open open) {
      return known(open.target()) && !handles.containsKey(open.handle());
    }
    if (op instanceof Op.Tmpfile file) {
      // Not all systems refuse it in a directory that has been removed.
      ModelNode directory = find(file.directory());
      return known(file.directory())
          && !handles.containsKey(file.handle())
          && (directory == null || directory.nlink > 0);
    }
    if (op instanceof Op.Close close) {
      return known(close.handle());
    }
    return targets(op).stream().allMatch(this::known);
  }

  private boolean known(String target) {
    return !target.startsWith("#") || handles.containsKey(target);
  }

  /** The inodes that an operation names, apart from those it makes. */
  public static List<String> targets(Op op) {
    if (op instanceof Op.Write o) {
      return List.of(o.target());
    } else if (op instanceof Op.Truncate o) {
      return List.of(o.target());
    } else if (op instanceof Op.Allocate o) {
      return List.of(o.target());
    } else if (op instanceof Op.CopyRange o) {
      return List.of(o.from(), o.to());
    } else if (op instanceof Op.Chmod o) {
      return List.of(o.target());
    } else if (op instanceof Op.Chown o) {
      return List.of(o.target());
    } else if (op instanceof Op.Utimes o) {
      return List.of(o.target());
    } else if (op instanceof Op.Flags o) {
      return List.of(o.target());
    } else if (op instanceof Op.SetXattr o) {
      return List.of(o.target());
    } else if (op instanceof Op.RemoveXattr o) {
      return List.of(o.target());
    } else if (op instanceof Op.Fsync o) {
      return List.of(o.target());
    } else if (op instanceof Op.Read o) {
      return List.of(o.target());
    } else if (op instanceof Op.Stat o) {
      return List.of(o.target());
    } else if (op instanceof Op.ReadDirectory o) {
      return List.of(o.target());
    } else if (op instanceof Op.Readlink o) {
      return List.of(o.target());
    } else if (op instanceof Op.GetXattr o) {
      return List.of(o.target());
    } else if (op instanceof Op.ListXattr o) {
      return List.of(o.target());
    } else if (op instanceof Op.Link o) {
      return List.of(o.target());
    } else if (op instanceof Op.Open o) {
      return List.of(o.target());
    }
    return List.of();
  }

  /** Does it, if it can be done, and says what must have come of it. */
  public Outcome apply(Op op) {
    try {
      Object value = perform(op);
      return value == null ? Outcome.DONE : Outcome.of(value);
    } catch (Refused e) {
      return e.outcome;
    }
  }

  private Object perform(Op op) throws Refused {
    if (op instanceof Op.Create o) {
      add(o.path(), FileType.REGULAR | o.permissions(), o.uid(), o.gid());
    } else if (op instanceof Op.Mknod o) {
      add(o.path(), o.mode(), 0, 0).rdev = hasNumber(o.mode()) ? o.rdev() : 0;
    } else if (op instanceof Op.Mkdir o) {
      mkdir(o);
    } else if (op instanceof Op.Symlink o) {
      add(o.path(), FileType.SYMLINK | 0777, 0, 0).target = o.target();
    } else if (op instanceof Op.Tmpfile o) {
      tmpfile(o);
    } else if (op instanceof Op.Open o) {
      ModelNode node = resolve(o.target());
      node.handles++;
      handles.put(o.handle(), node);
    } else if (op instanceof Op.Close o) {
      handles.remove(o.handle()).handles--;
    } else if (op instanceof Op.Link o) {
      link(o);
    } else if (op instanceof Op.Unlink o) {
      unlink(o);
    } else if (op instanceof Op.Rmdir o) {
      rmdir(o);
    } else if (op instanceof Op.Rename o) {
      rename(o);
    } else if (op instanceof Op.Write
        || op instanceof Op.Truncate
        || op instanceof Op.Allocate
        || op instanceof Op.CopyRange
        || op instanceof Op.Read) {
      return performData(op);
    } else if (op instanceof Op.Reopen) {
      handles.values().forEach(node -> node.handles--);
      handles.clear();
    } else if (op instanceof Op.Fsync o) {
      resolve(o.target());
    } else if (!(op instanceof Op.Sync
        || op instanceof Op.Checkpoint
        || op instanceof Op.Compact)) {
      return performAttributes(op);
    }
    return null;
  }

  private Object performData(Op op) throws Refused {
    if (op instanceof Op.Write o) {
      SparseBytes data = file(o.target()).data;
      long offset = o.offset() < 0 ? data.size() : o.offset();
      data.write(offset, Content.bytes(o.sequence(), o.texture(), offset, o.length()));
    } else if (op instanceof Op.Truncate o) {
      SparseBytes data = file(o.target()).data;
      if (o.size() < 0) {
        throw new Refused(Fault.INVALID_ARGUMENT);
      }
      data.truncate(o.size());
    } else if (op instanceof Op.Allocate o) {
      allocate(o);
    } else if (op instanceof Op.CopyRange o) {
      return copyRange(o);
    } else if (op instanceof Op.Read o) {
      return ByteBuffer.wrap(file(o.target()).data.read(o.offset(), o.length()));
    }
    return null;
  }

  private Object performAttributes(Op op) throws Refused {
    if (op instanceof Op.Chmod o) {
      ModelNode node = resolve(o.target());
      node.mode = (node.mode & FileType.MASK) | o.permissions();
    } else if (op instanceof Op.Chown o) {
      ModelNode node = resolve(o.target());
      node.uid = o.uid();
      node.gid = o.gid();
    } else if (op instanceof Op.Utimes o) {
      resolve(o.target());
    } else if (op instanceof Op.Flags o) {
      resolve(o.target()).flags = o.flags();
    } else if (op instanceof Op.SetXattr o) {
      setXattr(o);
    } else if (op instanceof Op.RemoveXattr o) {
      if (resolve(o.target()).xattrs.remove(o.name()) == null) {
        throw new Refused(Fault.NO_ATTRIBUTE);
      }
    } else if (op instanceof Op.Stat o) {
      return entry(resolve(o.target())).structure();
    } else if (op instanceof Op.ReadDirectory o) {
      ModelNode node = resolve(o.target());
      if (!node.isDirectory()) {
        throw new Refused(Fault.NOT_DIRECTORY);
      }
      TreeMap<String, Integer> names = new TreeMap<>();
      node.entries.forEach((name, child) -> names.put(name, FileType.code(child.mode)));
      return names.toString();
    } else if (op instanceof Op.Readlink o) {
      ModelNode node = resolve(o.target());
      if (!node.isSymlink()) {
        throw new Refused(Fault.INVALID_ARGUMENT);
      }
      return node.target;
    } else if (op instanceof Op.GetXattr o) {
      byte[] value = resolve(o.target()).xattrs.get(o.name());
      return value == null ? "absent" : ByteBuffer.wrap(value);
    } else if (op instanceof Op.ListXattr o) {
      return resolve(o.target()).xattrs.keySet().toString();
    }
    return null;
  }

  private ModelNode resolve(String target) throws Refused {
    if (target.startsWith("#")) {
      ModelNode node = handles.get(target);
      if (node == null) {
        throw new Refused(Fault.STALE);
      }
      return node;
    }
    ModelNode node = root;
    for (String name : names(target)) {
      node = child(node, name);
    }
    return node;
  }

  private static ModelNode child(ModelNode node, String name) throws Refused {
    if (!node.isDirectory()) {
      throw new Refused(Fault.NOT_DIRECTORY);
    }
    if (name.length() > 255) {
      throw new Refused(Fault.NAME_TOO_LONG);
    }
    ModelNode child = node.entries.get(name);
    if (child == null) {
      throw new Refused(Fault.NO_SUCH_ENTRY);
    }
    return child;
  }

  private static String[] names(String path) {
    return path.equals("/") ? new String[0] : path.substring(1).split("/", -1);
  }

  private Place place(String path) throws Refused {
    String[] names = names(path);
    ModelNode node = root;
    for (int i = 0; i < names.length - 1; i++) {
      node = child(node, names[i]);
    }
    if (!node.isDirectory()) {
      throw new Refused(Fault.NOT_DIRECTORY);
    }
    String name = names[names.length - 1];
    if (name.length() > 255) {
      throw new Refused(Fault.NAME_TOO_LONG);
    }
    return new Place(node, name);
  }

  private ModelNode file(String target) throws Refused {
    ModelNode node = resolve(target);
    if (node.isDirectory()) {
      throw new Refused(Fault.IS_DIRECTORY, Fault.INVALID_ARGUMENT);
    }
    if (!node.isFile()) {
      throw new Refused(Fault.INVALID_ARGUMENT);
    }
    return node;
  }

  /** Which of two unfit inodes is looked at first is not specified. */
  private static void requireFiles(ModelNode source, ModelNode target) throws Refused {
    if (source.isDirectory() || target.isDirectory()) {
      throw new Refused(Fault.IS_DIRECTORY, Fault.INVALID_ARGUMENT);
    }
    if (!source.isFile() || !target.isFile()) {
      throw new Refused(Fault.INVALID_ARGUMENT);
    }
  }

  private static boolean hasNumber(int mode) {
    int type = mode & FileType.MASK;
    return type == FileType.CHARACTER || type == FileType.BLOCK;
  }

  private ModelNode make(ModelNode directory, int mode, int uid, int gid) {
    boolean inherits = (directory.mode & SETGID) != 0;
    ModelNode node = new ModelNode(nextId++, mode, uid, inherits ? directory.gid : gid);
    if (inherits && node.isDirectory()) {
      node.mode |= SETGID;
    }
    return node;
  }

  private ModelNode add(String path, int mode, int uid, int gid) throws Refused {
    Place place = place(path);
    if (place.found() != null) {
      throw new Refused(Fault.EXISTS);
    }
    ModelNode node = make(place.directory, mode, uid, gid);
    node.nlink = 1;
    place.directory.entries.put(place.name, node);
    return node;
  }

  private void mkdir(Op.Mkdir o) throws Refused {
    ModelNode node = add(o.path(), FileType.DIRECTORY | o.permissions(), 0, 0);
    node.nlink = 2;
    node.parent = place(o.path()).directory;
    node.parent.nlink++;
  }

  private void tmpfile(Op.Tmpfile o) throws Refused {
    ModelNode directory = resolve(o.directory());
    if (!directory.isDirectory()) {
      throw new Refused(Fault.NOT_DIRECTORY);
    }
    ModelNode node = make(directory, FileType.REGULAR | o.permissions(), 0, 0);
    node.neverNamed = true;
    node.handles = 1;
    handles.put(o.handle(), node);
  }

  private void link(Op.Link o) throws Refused {
    ModelNode node = resolve(o.target());
    Place place = place(o.path());
    if (place.found() != null && node.isDirectory()) {
      throw new Refused(Fault.EXISTS, Fault.NOT_PERMITTED);
    }
    if (place.found() != null) {
      throw new Refused(Fault.EXISTS);
    }
    if (node.isDirectory()) {
      throw new Refused(Fault.NOT_PERMITTED, Fault.IS_DIRECTORY);
    }
    node.nlink++;
    node.neverNamed = false;
    place.directory.entries.put(place.name, node);
  }

  private void unlink(Op.Unlink o) throws Refused {
    Place place = place(o.path());
    ModelNode node = existing(place);
    if (node.isDirectory()) {
      throw new Refused(Fault.IS_DIRECTORY, Fault.NOT_PERMITTED);
    }
    place.directory.entries.remove(place.name);
    node.nlink--;
  }

  private void rmdir(Op.Rmdir o) throws Refused {
    Place place = place(o.path());
    ModelNode node = existing(place);
    if (!node.isDirectory()) {
      throw new Refused(Fault.NOT_DIRECTORY);
    }
    if (!node.entries.isEmpty()) {
      throw new Refused(Fault.NOT_EMPTY);
    }
    removeDirectory(place, node);
  }

  private static void removeDirectory(Place place, ModelNode node) {
    place.directory.entries.remove(place.name);
    place.directory.nlink--;
    node.nlink = 0;
  }

  private static ModelNode existing(Place place) throws Refused {
    ModelNode node = place.found();
    if (node == null) {
      throw new Refused(Fault.NO_SUCH_ENTRY);
    }
    return node;
  }

  private void rename(Op.Rename o) throws Refused {
    Place from = place(o.from());
    Place to = place(o.to());
    ModelNode node = existing(from);
    ModelNode replaced = to.found();
    if (o.mode() == RenameMode.NO_REPLACE && replaced != null) {
      throw new Refused(Fault.EXISTS);
    }
    if (o.mode() == RenameMode.EXCHANGE && replaced == null) {
      throw new Refused(Fault.NO_SUCH_ENTRY);
    }
    checkLoops(o.mode(), from, to, node, replaced);
    if (node == replaced) {
      return; // two names of one file stay two names
    }
    if (o.mode() == RenameMode.EXCHANGE) {
      from.directory.entries.put(from.name, replaced);
      to.directory.entries.put(to.name, node);
      move(node, from.directory, to.directory);
      move(replaced, to.directory, from.directory);
      return;
    }
    if (replaced != null) {
      replace(node, to, replaced);
    }
    from.directory.entries.remove(from.name);
    to.directory.entries.put(to.name, node);
    move(node, from.directory, to.directory);
    if (o.mode() == RenameMode.WHITEOUT) {
      ModelNode whiteout = make(from.directory, FileType.CHARACTER, 0, 0);
      whiteout.nlink = 1;
      from.directory.entries.put(from.name, whiteout);
    }
  }

  private static void checkLoops(
      RenameMode mode, Place from, Place to, ModelNode node, ModelNode replaced) throws Refused {
    if (node.isDirectory() && isWithin(to.directory, node)) {
      // Whatever else is wrong with it may be noticed first.
      throw new Refused(Fault.INVALID_ARGUMENT, Fault.LOOP, Fault.NOT_EMPTY, Fault.IS_DIRECTORY);
    }
    if (replaced != null && replaced.isDirectory() && isWithin(from.directory, replaced)) {
      if (mode == RenameMode.EXCHANGE) {
        throw new Refused(Fault.INVALID_ARGUMENT, Fault.LOOP);
      }
      throw new Refused(Fault.NOT_EMPTY, Fault.IS_DIRECTORY);
    }
  }

  private static boolean isWithin(ModelNode directory, ModelNode ancestor) {
    for (ModelNode node = directory; ; node = node.parent) {
      if (node == ancestor) {
        return true;
      }
      if (node.parent == node) {
        return false;
      }
    }
  }

  private static void replace(ModelNode node, Place to, ModelNode replaced) throws Refused {
    if (node.isDirectory()) {
      if (!replaced.isDirectory()) {
        throw new Refused(Fault.NOT_DIRECTORY);
      }
      if (!replaced.entries.isEmpty()) {
        throw new Refused(Fault.NOT_EMPTY);
      }
      removeDirectory(to, replaced);
    } else {
      if (replaced.isDirectory()) {
        throw new Refused(Fault.IS_DIRECTORY);
      }
      replaced.nlink--;
    }
  }

  private static void move(ModelNode node, ModelNode from, ModelNode to) {
    if (node.isDirectory()) {
      from.nlink--;
      to.nlink++;
      node.parent = to;
    }
  }

  private void allocate(Op.Allocate o) throws Refused {
    SparseBytes data = file(o.target()).data;
    if (o.offset() < 0 || o.length() <= 0) {
      throw new Refused(Fault.INVALID_ARGUMENT);
    }
    switch (o.mode()) {
      case ALLOCATE -> grow(data, o);
      case KEEP_SIZE -> {}
      case PUNCH_HOLE, ZERO_RANGE_KEEP_SIZE -> data.zero(o.offset(), o.length());
      case ZERO_RANGE -> {
        data.zero(o.offset(), o.length());
        grow(data, o);
      }
      default -> throw new AssertionError(o.mode());
    }
  }

  private static void grow(SparseBytes data, Op.Allocate o) {
    if (o.offset() + o.length() > data.size()) {
      data.truncate(o.offset() + o.length());
    }
  }

  private Object copyRange(Op.CopyRange o) throws Refused {
    // Both are opened before anything is asked of what they are.
    ModelNode source = resolve(o.from());
    ModelNode target = resolve(o.to());
    requireFiles(source, target);
    if (o.fromOffset() < 0 || o.toOffset() < 0 || o.length() < 0) {
      throw new Refused(Fault.INVALID_ARGUMENT);
    }
    long length = Math.max(0, Math.min(o.length(), source.data.size() - o.fromOffset()));
    if (source == target
        && o.fromOffset() < o.toOffset() + o.length()
        && o.toOffset() < o.fromOffset() + o.length()) {
      throw new Refused(Fault.INVALID_ARGUMENT);
    }
    target.data.write(o.toOffset(), source.data.read(o.fromOffset(), Math.toIntExact(length)));
    return length;
  }

  private void setXattr(Op.SetXattr o) throws Refused {
    TreeMap<String, byte[]> xattrs = resolve(o.target()).xattrs;
    boolean there = xattrs.containsKey(o.name());
    if (o.mode() == XattrMode.CREATE && there) {
      throw new Refused(Fault.EXISTS);
    }
    if (o.mode() == XattrMode.REPLACE && !there) {
      throw new Refused(Fault.NO_ATTRIBUTE);
    }
    xattrs.put(o.name(), Content.value(o.sequence(), o.length()));
  }

  /** The whole namespace. */
  public Listing listing() {
    Listing listing = new Listing();
    listing.put("/", entry(root));
    for (String path : paths()) {
      listing.put(path, entry(find(path)));
    }
    return listing;
  }

  private static Listing.Entry entry(ModelNode node) {
    Map<String, String> xattrs = new TreeMap<>();
    node.xattrs.forEach((name, value) -> xattrs.put(name, digest(value)));
    return new Listing.Entry(
        node.mode,
        node.nlink,
        node.uid,
        node.gid,
        node.rdev,
        node.flags,
        node.isFile() ? node.data.size() : node.isSymlink() ? node.target.length() : 0,
        node.target,
        xattrs,
        false,
        0,
        0,
        Timestamp.EPOCH,
        Timestamp.EPOCH,
        Timestamp.EPOCH);
  }

  /** A value in short, for comparisons and messages. */
  static String digest(byte[] value) {
    return value.length + " bytes " + Integer.toHexString(java.util.Arrays.hashCode(value));
  }

  /** The bytes of a name or target. */
  public static byte[] encode(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A name or target as histories write it. */
  public static String decode(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
