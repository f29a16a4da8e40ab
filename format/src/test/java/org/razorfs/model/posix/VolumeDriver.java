package org.razorfs.model.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Applies operations to a volume, as a kernel would: it resolves paths and holds references. */
public final class VolumeDriver implements AutoCloseable {
  private static final Owner ROOT_USER = new Owner(0, 0);
  private static final int[] PAGE_SIZES = {1, 3, 1000};

  private final BlockDevice device;
  private final VolumeOptions options;
  private final Map<String, Long> handles = new HashMap<>();
  private Volume volume;
  private int readdirs;

  /** Opens the volume on a device. */
  public VolumeDriver(BlockDevice device, VolumeOptions options) throws IOException {
    this.device = device;
    this.options = options;
    this.volume = Volume.open(device, options);
  }

  public Volume volume() {
    return volume;
  }

  /**
   * Does it; faults become the outcome, anything else that is thrown is a bug and passes through.
   */
  public Outcome apply(Op op) {
    try {
      Object value = perform(op);
      return value == null ? Outcome.DONE : Outcome.of(value);
    } catch (FsException e) {
      return Outcome.failure(e.fault());
    } catch (IOException e) {
      throw new AssertionError(op + " failed without a named fault", e);
    }
  }

  private Object perform(Op op) throws IOException {
    if (op instanceof Op.Create o) {
      Place place = place(o.path());
      volume.create(
          place.directory,
          place.name,
          FileType.REGULAR | o.permissions(),
          new Owner(o.uid(), o.gid()),
          0);
    } else if (op instanceof Op.Mknod o) {
      Place place = place(o.path());
      volume.create(place.directory, place.name, o.mode(), ROOT_USER, o.rdev());
    } else if (op instanceof Op.Mkdir o) {
      Place place = place(o.path());
      volume.mkdir(place.directory, place.name, o.permissions(), ROOT_USER);
    } else if (op instanceof Op.Symlink o) {
      Place place = place(o.path());
      volume.symlink(place.directory, place.name, PosixModel.encode(o.target()), ROOT_USER);
    } else if (op instanceof Op.Tmpfile o) {
      long inode = volume.tmpfile(resolve(o.directory()), o.permissions(), ROOT_USER).inode();
      volume.retain(inode);
      handles.put(o.handle(), inode);
    } else if (op instanceof Op.Open o) {
      long inode = resolve(o.target());
      volume.retain(inode);
      handles.put(o.handle(), inode);
    } else if (op instanceof Op.Close o) {
      volume.release(handles.remove(o.handle()), 1);
    } else if (op instanceof Op.Link o) {
      long inode = resolve(o.target());
      Place place = place(o.path());
      volume.link(inode, place.directory, place.name);
    } else if (op instanceof Op.Unlink o) {
      Place place = place(o.path());
      volume.unlink(place.directory, place.name);
    } else if (op instanceof Op.Rmdir o) {
      Place place = place(o.path());
      volume.rmdir(place.directory, place.name);
    } else if (op instanceof Op.Rename o) {
      Place from = place(o.from());
      Place to = place(o.to());
      volume.rename(from.directory, from.name, to.directory, to.name, o.mode(), ROOT_USER);
    } else if (op instanceof Op.Sync) {
      volume.sync();
    } else if (op instanceof Op.Checkpoint) {
      volume.checkpoint();
    } else if (op instanceof Op.Compact) {
      volume.compact();
    } else if (op instanceof Op.Fsync o) {
      volume.fsync(resolve(o.target()), o.dataOnly());
    } else if (op instanceof Op.Reopen) {
      volume.close();
      handles.clear();
      volume = Volume.open(device, options);
    } else if (op instanceof Op.Write
        || op instanceof Op.Truncate
        || op instanceof Op.Allocate
        || op instanceof Op.CopyRange
        || op instanceof Op.Read) {
      return performData(op);
    } else {
      return performAttributes(op);
    }
    return null;
  }

  private Object performData(Op op) throws IOException {
    if (op instanceof Op.Write o) {
      long inode = resolve(o.target());
      long offset = o.offset() < 0 ? volume.attributes(inode).size() : o.offset();
      byte[] bytes = Content.bytes(o.sequence(), o.texture(), offset, o.length());
      volume.write(inode, offset, ByteBuffer.wrap(bytes));
    } else if (op instanceof Op.Truncate o) {
      volume.change(resolve(o.target()), new AttributeChange().size(o.size()));
    } else if (op instanceof Op.Allocate o) {
      volume.fallocate(resolve(o.target()), o.mode(), o.offset(), o.length());
    } else if (op instanceof Op.CopyRange o) {
      return volume.copyRange(
          resolve(o.from()), o.fromOffset(), resolve(o.to()), o.toOffset(), o.length());
    } else if (op instanceof Op.Read o) {
      return ByteBuffer.wrap(read(resolve(o.target()), o.offset(), o.length()));
    }
    return null;
  }

  private Object performAttributes(Op op) throws IOException {
    if (op instanceof Op.Chmod o) {
      volume.change(resolve(o.target()), new AttributeChange().mode(o.permissions()));
    } else if (op instanceof Op.Chown o) {
      volume.change(resolve(o.target()), new AttributeChange().uid(o.uid()).gid(o.gid()));
    } else if (op instanceof Op.Utimes o) {
      volume.change(
          resolve(o.target()),
          new AttributeChange()
              .atime(new Timestamp(o.atime(), 0))
              .mtime(new Timestamp(o.mtime(), 5)));
    } else if (op instanceof Op.Flags o) {
      volume.change(resolve(o.target()), new AttributeChange().flags(o.flags()));
    } else if (op instanceof Op.SetXattr o) {
      volume.setXattr(
          resolve(o.target()),
          PosixModel.encode(o.name()),
          Content.value(o.sequence(), o.length()),
          o.mode());
    } else if (op instanceof Op.RemoveXattr o) {
      volume.removeXattr(resolve(o.target()), PosixModel.encode(o.name()));
    } else if (op instanceof Op.Stat o) {
      return entry(volume.attributes(resolve(o.target()))).structure();
    } else if (op instanceof Op.ReadDirectory o) {
      return names(resolve(o.target()), PAGE_SIZES[readdirs++ % PAGE_SIZES.length]).toString();
    } else if (op instanceof Op.Readlink o) {
      return PosixModel.decode(volume.readlink(resolve(o.target())));
    } else if (op instanceof Op.GetXattr o) {
      byte[] value = volume.getXattr(resolve(o.target()), PosixModel.encode(o.name()));
      return value == null ? "absent" : ByteBuffer.wrap(value);
    } else if (op instanceof Op.ListXattr o) {
      return volume.listXattr(resolve(o.target())).stream()
          .map(PosixModel::decode)
          .sorted()
          .toList()
          .toString();
    } else {
      throw new AssertionError(op);
    }
    return null;
  }

  private record Place(long directory, byte[] name) {}

  private Place place(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    long directory = slash == 0 ? Volume.ROOT : resolve(path.substring(0, slash));
    requireDirectory(directory);
    return new Place(directory, PosixModel.encode(path.substring(slash + 1)));
  }

  private void requireDirectory(long inode) throws IOException {
    if ((volume.attributes(inode).mode() & FileType.MASK) != FileType.DIRECTORY) {
      throw FsException.of(Fault.NOT_DIRECTORY, "inode " + inode);
    }
  }

  /** The inode that a path or handle means. */
  public long resolve(String target) throws IOException {
    if (target.startsWith("#")) {
      Long inode = handles.get(target);
      if (inode == null) {
        throw FsException.of(Fault.STALE, target);
      }
      return inode;
    }
    long inode = Volume.ROOT;
    if (!target.equals("/")) {
      for (String name : target.substring(1).split("/", -1)) {
        requireDirectory(inode);
        Attributes found = volume.lookup(inode, PosixModel.encode(name));
        if (found == null) {
          throw FsException.of(Fault.NO_SUCH_ENTRY, target);
        }
        inode = found.inode();
      }
    }
    return inode;
  }

  /** Reads as many bytes as there are, whatever the volume gives at a time. */
  public byte[] read(long inode, long offset, int length) throws IOException {
    return read(volume, inode, offset, length);
  }

  /** As {@link #read(long, long, int)}, of any volume. */
  public static byte[] read(Volume volume, long inode, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      int count = volume.read(inode, offset + buffer.position(), buffer);
      if (count <= 0) {
        break;
      }
    }
    return buffer.position() == length
        ? buffer.array()
        : java.util.Arrays.copyOf(buffer.array(), buffer.position());
  }

  private record Found(byte[] name, long inode, int type, long cookie) {}

  private static List<Found> list(Volume volume, long directory, int page) throws IOException {
    List<Found> all = new ArrayList<>();
    long cookie = 0;
    while (true) {
      int before = all.size();
      volume.readdir(
          directory,
          cookie,
          (name, inode, type, next) -> {
            if (all.size() - before >= page) {
              return false;
            }
            all.add(new Found(name.clone(), inode, type, next));
            return true;
          });
      if (all.size() - before < page) {
        return all;
      }
      cookie = all.get(all.size() - 1).cookie();
    }
  }

  private Map<String, Integer> names(long directory, int page) throws IOException {
    TreeMap<String, Integer> names = new TreeMap<>();
    for (Found found : list(volume, directory, page)) {
      if (names.put(PosixModel.decode(found.name()), found.type()) != null) {
        throw new AssertionError("readdir gave a name twice");
      }
    }
    return names;
  }

  /** The whole namespace. */
  public Listing listing() throws IOException {
    return listing(volume);
  }

  /** The whole namespace of any volume. */
  public static Listing listing(Volume volume) throws IOException {
    Listing listing = new Listing();
    listing.put("/", entry(volume, volume.attributes(Volume.ROOT)));
    addEntries(volume, listing, Volume.ROOT, "");
    return listing;
  }

  private static void addEntries(Volume volume, Listing listing, long directory, String prefix)
      throws IOException {
    for (Found found : list(volume, directory, Integer.MAX_VALUE)) {
      String path = prefix + "/" + PosixModel.decode(found.name());
      Attributes attributes = volume.attributes(found.inode());
      if (found.type() != FileType.code(attributes.mode())) {
        throw new AssertionError(path + " has type " + found.type() + " in its directory");
      }
      listing.put(path, entry(volume, attributes));
      if ((attributes.mode() & FileType.MASK) == FileType.DIRECTORY) {
        if (volume.parent(found.inode()) != directory) {
          throw new AssertionError(path + " has another parent: " + volume.parent(found.inode()));
        }
        addEntries(volume, listing, found.inode(), path);
      }
    }
  }

  private Listing.Entry entry(Attributes attributes) throws IOException {
    return entry(volume, attributes);
  }

  /** What a listing says of an inode. */
  public static Listing.Entry entry(Volume volume, Attributes a) throws IOException {
    int type = a.mode() & FileType.MASK;
    List<byte[]> names = volume.listXattr(a.inode());
    Map<String, String> xattrs = names.isEmpty() ? Map.of() : new TreeMap<>();
    for (byte[] name : names) {
      xattrs.put(PosixModel.decode(name), PosixModel.digest(volume.getXattr(a.inode(), name)));
    }
    String target = null;
    if (type == FileType.SYMLINK) {
      target = PosixModel.decode(volume.readlink(a.inode()));
    }
    return new Listing.Entry(
        a.mode(),
        a.nlink(),
        a.uid(),
        a.gid(),
        a.rdev(),
        a.flags(),
        a.size(),
        target,
        xattrs,
        true,
        a.inode(),
        a.generation(),
        a.mtime(),
        a.ctime(),
        a.btime());
  }

  @Override
  public void close() throws IOException {
    volume.close();
  }
}
