package org.razorfs.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.razorfs.block.Superblocks;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Features;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.SuperblockCheck;
import org.razorfs.layout.Violation;
import org.razorfs.wire.Bytes;

/**
 * Pass 1, spec §4.1. Checks the copies of the superblock: each by itself, and against the newest.
 * Learns which copy is the volume's root. Needs nothing and keeps nothing.
 *
 * <p>A crash may leave the slot of the next generation torn, and the backup torn or up to two
 * generations behind; this is not reported. But torn or not, a copy begins with the bytes that
 * never change, and what lies in the other slot is the generation before the newest.
 */
final class SuperblockPass {
  private static final String NAME = "superblocks";

  /** Magic, version, size and UUID: the same in all copies, so a torn write leaves them alone. */
  private static final int CONSTANT_BYTES = 32;

  private static final int VERSION_AT = 8;
  private static final int ADDRESS_AT = 136;

  private final BlockDevice device;
  private final CheckListener listener;
  private final Reporter reporter;
  private final List<Copy> copies = new ArrayList<>();

  /**
   * One place that was read.
   *
   * @param bytes what lies there, or null where the device failed
   * @param superblock what they say, or null where they are no superblock
   */
  private record Copy(long address, byte[] bytes, Superblock superblock, List<Violation> broken) {
    boolean hasMagic() {
      return bytes != null && Superblock.hasMagic(bytes);
    }

    boolean isSealed() {
      return hasMagic() && Superblock.isSealed(bytes);
    }

    boolean isValid() {
      return superblock != null
          && broken.stream().noneMatch(v -> v.invariant().reaction() == Invariant.Reaction.REFUSE);
    }

    boolean isUnsupported() {
      return isSealed()
          && Bytes.i64(bytes, ADDRESS_AT) == address
          && (Bytes.u16(bytes, VERSION_AT) != Superblock.VERSION
              || (superblock != null && !Features.canRead(superblock.identity())));
    }
  }

  SuperblockPass(BlockDevice device, CheckListener listener, Reporter reporter) {
    this.device = device;
    this.listener = listener;
    this.reporter = reporter;
  }

  /** The newest valid superblock, or null where there is none that can be used. */
  Superblock run() {
    listener.progress(NAME, 0, 3);
    Copy slot0 = read(0);
    Copy slot1 = read(Geometry.SLOT_1);
    Copy best = newer(slot0, slot1);
    Copy backup = read(backupAddress(best));
    listener.progress(NAME, 3, 3);
    if (isUnsupported()) {
      return null;
    }
    if (backup.isValid()
        && (best == null
            || (backup.superblock.identity().uuid().equals(best.superblock.identity().uuid())
                && backup.superblock.generation() > best.superblock.generation()))) {
      best = backup;
    }
    if (best == null) {
      none();
      return null;
    }
    reporter.addAll(best.broken);
    judgeSlot(slot0, best);
    judgeSlot(slot1, best);
    if (best.address != backup.address) {
      judgeBackup(backup, best);
    }
    return best.superblock;
  }

  private Copy read(long address) {
    Copy copy = new Copy(address, null, null, List.of());
    if (address >= 0 && address <= device.size() - Geometry.SUPERBLOCK) {
      try {
        byte[] bytes = Superblocks.read(device, address);
        List<Violation> broken = SuperblockCheck.check(bytes, address, device.size());
        copy = new Copy(address, bytes, decode(bytes, address), broken);
      } catch (IOException e) {
        reporter.add(e, Invariant.SB_1, "superblock at " + address);
      }
    }
    copies.add(copy);
    return copy;
  }

  private static Superblock decode(byte[] bytes, long address) {
    try {
      return Superblock.decode(bytes, address);
    } catch (FsException e) {
      return null; // SuperblockCheck says why
    }
  }

  private static Copy newer(Copy one, Copy two) {
    if (!one.isValid()) {
      return two.isValid() ? two : null;
    }
    boolean second = two.isValid() && two.superblock.generation() > one.superblock.generation();
    return second ? two : one;
  }

  private long backupAddress(Copy best) {
    return best != null
        ? best.superblock.identity().backupAddress()
        : (device.size() / Geometry.SUPERBLOCK - 1) * Geometry.SUPERBLOCK;
  }

  private boolean isUnsupported() {
    boolean any = false;
    for (Copy copy : copies) {
      if (copy.isUnsupported()) {
        any = true;
        long incompat = copy.superblock == null ? 0 : copy.superblock.identity().incompat();
        reporter.add(
            Problem.UNSUPPORTED,
            location(copy),
            "version "
                + Bytes.u16(copy.bytes, VERSION_AT)
                + ", incompat features "
                + Long.toHexString(incompat));
      }
    }
    return any;
  }

  private void none() {
    boolean magic = false;
    for (Copy copy : copies) {
      if (copy.hasMagic()) {
        magic = true;
        reporter.addAll(copy.broken);
      }
    }
    reporter.add(
        magic ? Problem.NO_SUPERBLOCK : Problem.NOT_A_VOLUME,
        "image of " + device.size() + " bytes",
        magic ? "no superblock can be used" : "not a RAZORFS image");
  }

  private void judgeSlot(Copy copy, Copy best) {
    long newest = best.superblock.generation();
    if (copy.address == best.address || copy.bytes == null) {
      return;
    }
    if (Superblock.slotAddress(newest) == copy.address) {
      // The backup is written after the slot, so its generation has been in its slot, whole.
      reporter.add(
          Invariant.SB_1,
          location(copy),
          "expected the superblock of generation " + newest + ", which only the backup still has");
    } else if (copy.isSealed()) {
      judgeSealed(copy, best, newest - 1);
    } else if (newest > 1 && !beginsLike(copy, best)) {
      reporter.add(
          Invariant.SB_1,
          location(copy),
          "expected the superblock of generation " + (newest - 1) + " or a torn one, got neither");
    }
  }

  private void judgeBackup(Copy copy, Copy best) {
    if (copy.bytes == null) {
      return;
    }
    if (copy.isSealed()) {
      judgeSealed(copy, best, best.superblock.generation() - 2);
    } else if (!beginsLike(copy, best)) {
      reporter.add(
          Invariant.SB_1, location(copy), "expected the backup or a torn one, got neither");
    }
  }

  private void judgeSealed(Copy copy, Copy best, long oldest) {
    reporter.addAll(copy.broken);
    if (!copy.isValid()) {
      return;
    }
    if (copy.superblock.generation() < oldest) {
      reporter.add(
          Problem.STALE_COPY,
          location(copy),
          "expected generation " + oldest + ", got " + copy.superblock.generation());
    }
    Superblock.Identity identity = copy.superblock.identity();
    if (!sameButForLabel(identity, best.superblock.identity())) {
      reporter.add(
          Invariant.SB_16,
          location(copy),
          "expected " + best.superblock.identity() + ", got " + identity);
    }
  }

  private static boolean sameButForLabel(Superblock.Identity one, Superblock.Identity two) {
    return one.uuid().equals(two.uuid())
        && one.compat() == two.compat()
        && one.roCompat() == two.roCompat()
        && one.incompat() == two.incompat()
        && one.nodeSize() == two.nodeSize()
        && one.volumeSize() == two.volumeSize()
        && one.journalStart() == two.journalStart()
        && one.journalLength() == two.journalLength()
        && one.hashKey0() == two.hashKey0()
        && one.hashKey1() == two.hashKey1()
        && one.madeAt() == two.madeAt();
  }

  private static boolean beginsLike(Copy copy, Copy best) {
    return Arrays.equals(copy.bytes, 0, CONSTANT_BYTES, best.bytes, 0, CONSTANT_BYTES);
  }

  private static String location(Copy copy) {
    return "superblock at " + copy.address;
  }
}
