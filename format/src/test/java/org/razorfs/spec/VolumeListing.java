package org.razorfs.spec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Volume;

/** All that can be seen of a volume through the library. */
final class VolumeListing {
  private final Volume volume;
  private final List<Entry> entries = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 20);

  private VolumeListing(Volume volume) {
    this.volume = volume;
  }

  static List<Entry> of(Volume volume) throws IOException {
    VolumeListing listing = new VolumeListing(volume);
    listing.add("/", volume.attributes(Volume.ROOT));
    return listing.entries;
  }

  private record Name(byte[] name, long inode) {}

  private void add(String path, Attributes a) throws IOException {
    String content = "";
    if (a.isSymlink()) {
      content = Entry.value(volume.readlink(a.inode()));
    } else if (a.isRegular() && a.size() <= Entry.MAX_CONTENT) {
      content = content(a);
    }
    Map<String, String> xattrs = new HashMap<>();
    for (byte[] name : volume.listXattr(a.inode())) {
      xattrs.put(Entry.escape(name), Entry.value(volume.getXattr(a.inode(), name)));
    }
    entries.add(
        new Entry(
            path,
            a.inode(),
            a.generation(),
            a.mode(),
            a.nlink(),
            a.uid(),
            a.gid(),
            a.rdev(),
            a.size(),
            a.flags(),
            time(a.atime()) + time(a.mtime()) + time(a.ctime()) + time(a.btime()),
            content,
            xattrs));
    if (a.isDirectory()) {
      List<Name> names = new ArrayList<>();
      volume.readdir(
          a.inode(), 0, (name, inode, type, cookie) -> names.add(new Name(name.clone(), inode)));
      for (Name name : names) {
        String prefix = path.equals("/") ? "/" : path + "/";
        add(prefix + Entry.escape(name.name), volume.attributes(name.inode));
      }
    }
  }

  private static String time(Timestamp time) {
    return "[" + time.seconds() + "." + time.nanos() + "]";
  }

  private String content(Attributes a) throws IOException {
    CRC32 crc = new CRC32();
    for (long at = 0; at < a.size(); at += buffer.position()) {
      volume.read(a.inode(), at, buffer.clear());
      crc.update(buffer.array(), 0, buffer.position());
    }
    return Entry.crc(crc);
  }
}
