package org.razorfs.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Volume;

/** Paths within a volume, which never leave the directory in which they begin. */
final class VolumePaths {
  private VolumePaths() {}

  /**
   * The names on a path, without those that mean nothing.
   *
   * @throws FsException INVALID_ARGUMENT when it leads upwards
   */
  static List<byte[]> split(byte[] path) throws FsException {
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i < path.length && path[i] != '/') {
        continue;
      }
      byte[] name = Arrays.copyOfRange(path, start, i);
      start = i + 1;
      String text = Latin.text(name);
      if (text.equals("..")) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "leads upwards by '..'");
      }
      if (!text.isEmpty() && !text.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * Follows names downwards, but no symbolic links.
   *
   * @throws FsException NO_SUCH_ENTRY, NOT_DIRECTORY
   */
  static Attributes find(Volume volume, long directory, List<byte[]> names) throws IOException {
    Attributes found = volume.attributes(directory);
    for (byte[] name : names) {
      if (!found.isDirectory()) {
        throw FsException.of(
            Fault.NOT_DIRECTORY,
            found.isSymlink()
                ? "leads through a symbolic link"
                : "leads through what is no folder");
      }
      found = volume.lookup(found.inode(), name);
      if (found == null) {
        throw FsException.of(Fault.NO_SUCH_ENTRY, "does not exist");
      }
    }
    return found;
  }
}
