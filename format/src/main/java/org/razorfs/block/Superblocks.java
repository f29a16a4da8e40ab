package org.razorfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Features;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.SuperblockCheck;
import org.razorfs.layout.Violation;

/** Finds the newest superblock of a device and writes the next one, spec §4.1. */
public final class Superblocks {
  private Superblocks() {}

  /**
   * The newest valid superblock: that of the slots with the higher generation, or the backup where
   * the slots have lost it. A backup is written after its slot has been flushed, so one that is
   * newer than both slots tells that a slot was damaged since.
   *
   * @throws FsException UNSUPPORTED_FORMAT where a whole copy is of another version or needs
   *     unknown features, NOT_A_VOLUME where no magic is found, otherwise the first damage met
   */
  public static Superblock newest(BlockDevice device) throws IOException {
    Superblock best = null;
    CorruptImageException damage = null;
    for (long address : addresses(device)) {
      byte[] bytes = read(device, address);
      try {
        Superblock found = valid(bytes, address, device.size());
        // Another UUID in the backup is that of a volume that was here before.
        if (best == null
            || (found.generation() > best.generation()
                && (address <= Geometry.SLOT_1
                    || found.identity().uuid().equals(best.identity().uuid())))) {
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
    throw new FsException(Fault.NOT_A_VOLUME, device.name() + ": not a RAZORFS image");
  }

  private static Superblock valid(byte[] bytes, long address, long imageSize) throws FsException {
    Superblock found = Superblock.decode(bytes, address);
    if (!Features.canRead(found.identity())) {
      throw new FsException(
          Fault.UNSUPPORTED_FORMAT,
          "superblock at "
              + address
              + ": needs features that this software does not know: 0x"
              + Long.toHexString(found.identity().incompat() & ~Features.KNOWN_INCOMPAT));
    }
    Violation.refuse(SuperblockCheck.check(found, imageSize));
    return found;
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
