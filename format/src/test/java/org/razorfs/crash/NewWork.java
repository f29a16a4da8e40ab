package org.razorfs.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;

/**
 * Uses a recovered volume a little. Where it is full, a new file may be refused; but not a removal,
 * and not a checkpoint.
 */
final class NewWork {
  /** With so much to be had, nothing may be refused for lack of space. */
  private static final long ROOM = 128 << 10;

  private static final Owner OWNER = new Owner(0, 0);
  private static final byte[] NAME = "after the crash".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BYTES = Content.bytes(999_999_999, Content.Texture.TEXT, 0, 3000);

  private boolean made;

  /** Whether there now is one file more. */
  boolean madeAFile() {
    return made;
  }

  /** Makes a file, or removes one from a full volume; what is wrong, or null. */
  String run(Volume volume) throws IOException {
    String refused = make(volume);
    if (refused == null) {
      volume.fsync(volume.lookup(Volume.ROOT, NAME).inode(), false);
      made = true;
      return isThere(volume) ? null : "a file written after recovery reads differently";
    }
    long available = volume.statfs().availableBytes();
    if (available >= ROOM) {
      return "refuses new work with " + available + " bytes available: " + refused;
    }
    if (volume.lookup(Volume.ROOT, NAME) != null) {
      volume.unlink(Volume.ROOT, NAME);
    }
    volume.checkpoint();
    removeOne(volume);
    volume.checkpoint();
    return null;
  }

  /** Null, or how it was refused for lack of space; the file may then exist, without content. */
  private static String make(Volume volume) throws IOException {
    try {
      long inode = volume.create(Volume.ROOT, NAME, FileType.REGULAR | 0600, OWNER, 0).inode();
      volume.write(inode, 0, ByteBuffer.wrap(BYTES));
      return null;
    } catch (FsException e) {
      if (e.fault() == Fault.NO_SPACE) {
        return VolumeOracle.describe(e);
      }
      throw e;
    }
  }

  private static void removeOne(Volume volume) throws IOException {
    Map<String, Listing.Entry> entries = VolumeDriver.listing(volume).entries();
    for (Map.Entry<String, Listing.Entry> each : entries.entrySet()) {
      if (each.getValue().isFile()) {
        String path = each.getKey();
        int slash = path.lastIndexOf('/');
        long parent = entries.get(slash == 0 ? "/" : path.substring(0, slash)).inode();
        byte[] name = path.substring(slash + 1).getBytes(StandardCharsets.ISO_8859_1);
        volume.unlink(parent, name);
        return;
      }
    }
  }

  /** Whether the file holds what was written. */
  boolean isThere(Volume volume) throws IOException {
    long inode = volume.lookup(Volume.ROOT, NAME).inode();
    return Arrays.equals(BYTES, VolumeDriver.read(volume, inode, 0, BYTES.length + 1000));
  }

  /** Removes the file again. */
  void undo(Volume volume) throws IOException {
    volume.unlink(Volume.ROOT, NAME);
  }
}
