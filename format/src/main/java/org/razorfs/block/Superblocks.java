package org.razorfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;

/** Finds the newest superblock of a device and writes the next one, spec §4.1. */
public final class Superblocks {
  private Superblocks() {}

  /**
   * The newest valid superblock: of the two slots, or else the backup.
   *
   * @throws FsException NOT_A_VOLUME where no magic is found, otherwise the first damage met
   */
  public static Superblock newest(BlockDevice device) throws IOException {
    Superblock best = null;
    boolean magic = false;
    CorruptImageException damage = null;
    for (long address : addresses(device)) {
      if (best != null && address != Geometry.SLOT_1) {
        break;
      }
      byte[] bytes = read(device, address);
      magic |= Superblock.hasMagic(bytes);
      try {
        Superblock found = Superblock.decode(bytes, address);
        if (best == null || found.generation() > best.generation()) {
          best = found;
        }
      } catch (CorruptImageException e) {
        if (damage == null && Superblock.hasMagic(bytes)) {
          damage = e;
        }
      }
    }
    if (best != null) {
      return best;
    }
    if (damage != null) {
      throw damage;
    }
    throw new FsException(
        Fault.NOT_A_VOLUME,
        device.name() + (magic ? ": no whole superblock" : ": not a RAZORFS image"));
  }

  /** Where superblocks may lie on the device: the slots, then the backup. */
  public static List<Long> addresses(BlockDevice device) {
    List<Long> addresses = new ArrayList<>();
    long backup = (device.size() / Geometry.SUPERBLOCK - 1) * Geometry.SUPERBLOCK;
    for (long address : new long[] {0, Geometry.SLOT_1, backup}) {
      if (address >= 0
          && address + Geometry.SUPERBLOCK <= device.size()
          && !addresses.contains(address)) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** The bytes of the superblock at {@code address}, whatever they are. */
  public static byte[] read(BlockDevice device, long address) throws IOException {
    byte[] bytes = new byte[Geometry.SUPERBLOCK];
    device.read(address, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Writes a superblock to the slot of its generation; not flushed. */
  public static void write(BlockDevice device, Superblock superblock) throws IOException {
    device.write(superblock.address(), ByteBuffer.wrap(superblock.toBytes()));
  }

  /** Writes the copy at the end of the image; not flushed. */
  public static void writeBackup(BlockDevice device, Superblock superblock) throws IOException {
    write(device, superblock.at(superblock.identity().backupAddress()));
  }
}
