package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.razorfs.block.Superblocks;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.SegmentRecord;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.Timestamp;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/** Makes an empty volume on a device: superblocks, a zero-filled journal, a root directory. */
public final class Formatter {
  private static final int ZEROS = 1 << 20;

  private Formatter() {}

  /** The journal that suits a volume of a size. */
  public static long journalSize(long volumeSize) {
    long size = Math.min(64L << 20, Math.max(Geometry.MIN_JOURNAL, volumeSize / 128));
    return size / Geometry.SUPERBLOCK * Geometry.SUPERBLOCK;
  }

  /**
   * Formats the whole device, whatever was on it.
   *
   * @throws FsException INVALID_ARGUMENT where a size is out of range
   */
  public static VolumeInfo format(BlockDevice device, FormatOptions options, Clock clock)
      throws IOException {
    long size = device.size() / Geometry.SUPERBLOCK * Geometry.SUPERBLOCK;
    long journal = options.journalSize() == 0 ? journalSize(size) : options.journalSize();
    journal = journal / Geometry.SUPERBLOCK * Geometry.SUPERBLOCK;
    long least = Geometry.minVolume(options.nodeSize());
    require(size >= least, "a volume needs at least " + (least >> 10) + " KiB");
    require(size <= Geometry.MAX_VOLUME, "a volume has at most 64 TiB");
    require(
        journal >= Geometry.MIN_JOURNAL && journal <= Geometry.MAX_JOURNAL && journal <= size / 4,
        "a journal has 64 KiB to 1 GiB, and no more than a quarter of the volume");
    SecureRandom random = new SecureRandom();
    Superblock.Identity identity =
        new Superblock.Identity(
            options.uuid(),
            options.label(),
            0,
            0,
            0,
            options.nodeSize(),
            size,
            Geometry.JOURNAL_START,
            journal,
            random.nextLong(),
            random.nextLong(),
            options.compression().mode().id(),
            options.compression().level(),
            clock.instant().getEpochSecond());
    zero(device, 0, Geometry.JOURNAL_START + journal);
    zero(device, identity.backupAddress(), Geometry.SUPERBLOCK);

    Map<TreeId, TreeRoot> roots = new EnumMap<>(TreeId.class);
    for (TreeId tree : TreeId.values()) {
      roots.put(tree, TreeRoot.EMPTY);
    }
    long at = identity.dataStart();
    NodeBuilder root = new NodeBuilder(options.nodeSize(), 0);
    byte[] inode = rootInode(clock, options.owner()).toBytes();
    root.add(Keys.hi(Geometry.ROOT_INODE, Keys.INODE), 0, inode, 0, inode.length);
    at += write(device, roots, TreeId.INODES, root, options.uuid(), at);

    NodeBuilder free = new NodeBuilder(options.nodeSize(), 0);
    // Nothing but the front and the end of a new volume is in use, so that the records of at most
    // a few segments, and the node that holds them, are all there is.
    long used = usedSegments(free, identity, at + free.nodeSize());
    write(device, roots, TreeId.FREE, free, options.uuid(), at);

    long now = clock.instant().getEpochSecond();
    Superblock superblock =
        new Superblock(
            identity,
            Superblock.slotAddress(1),
            1,
            true,
            false,
            1,
            0,
            1,
            1,
            Geometry.ROOT_INODE + 1,
            1,
            2,
            new Superblock.VolumeTotals(Geometry.units(size) - used, 0, 1, 0, 0),
            List.of(),
            0,
            now,
            0,
            Map.copyOf(roots));
    device.flush();
    // Both slots, so that the image begins with the magic and has a second copy from the start.
    Superblocks.write(device, superblock);
    Superblock second = superblock.next(2);
    Superblocks.write(device, second);
    Superblocks.writeBackup(device, second);
    device.flush();
    return VolumeInfo.of(second);
  }

  private static InodeRecord rootInode(Clock clock, Owner owner) {
    Timestamp now = Timestamp.of(clock.instant());
    return new InodeRecord(
        FileType.DIRECTORY | 0755,
        owner.uid(),
        owner.gid(),
        2,
        0,
        Geometry.ROOT_INODE,
        0,
        1,
        0,
        now,
        now,
        now,
        now,
        0);
  }

  private static long write(
      BlockDevice device,
      Map<TreeId, TreeRoot> roots,
      TreeId tree,
      NodeBuilder node,
      UUID uuid,
      long address)
      throws IOException {
    int items = node.count();
    NodeBuilder.Sealed sealed = node.seal(tree, uuid, address, 1, node.nodeSize());
    device.write(address, ByteBuffer.wrap(sealed.node().array()));
    BlockPointer pointer = sealed.pointer();
    roots.put(tree, new TreeRoot(pointer, 1, 1, items, pointer.length()));
    return pointer.length();
  }

  /** Adds the records of the segments that are used up to {@code end}, and at the volume's end. */
  private static long usedSegments(NodeBuilder free, Superblock.Identity identity, long end) {
    long units = 0;
    long last = (identity.volumeSize() - 1) / Geometry.SEGMENT;
    long front = (end - 1) / Geometry.SEGMENT;
    for (long segment = 0; segment <= last; segment++) {
      if (segment > front && segment < last) {
        segment = last;
      }
      long[] bits = new long[Geometry.SEGMENT_UNITS / 64];
      for (int unit = 0; unit < Geometry.SEGMENT_UNITS; unit++) {
        long address = segment * Geometry.SEGMENT + (long) unit * Geometry.UNIT;
        boolean inside = address < identity.volumeSize();
        if (address < end || address >= identity.backupAddress()) {
          bits[unit >>> 6] |= 1L << unit;
          units += inside ? 1 : 0;
        }
      }
      byte[] value = SegmentRecord.encode(bits);
      if (value != null) {
        free.add(Keys.hi(0, Keys.SEGMENT), segment, value, 0, value.length);
      }
    }
    return units;
  }

  private static void zero(BlockDevice device, long from, long length) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, length));
    for (long at = from; at < from + length; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), from + length - at));
      device.write(at, zeros);
    }
  }

  private static void require(boolean holds, String problem) throws FsException {
    if (!holds) {
      throw new FsException(Fault.INVALID_ARGUMENT, problem);
    }
  }
}
