package org.razorfs.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Random legal structures, within {@link Samples#bounds}. */
public final class RandomLayout {
  private static final int[] TYPES = {
    FileType.FIFO,
    FileType.CHARACTER,
    FileType.DIRECTORY,
    FileType.BLOCK,
    FileType.REGULAR,
    FileType.SYMLINK,
    FileType.SOCKET
  };

  private RandomLayout() {}

  public static long number(Random random) {
    return 1L + random.nextInt(999);
  }

  public static long unit(Random random) {
    VolumeBounds bounds = Samples.bounds();
    long units = (bounds.dataEnd() - bounds.dataStart()) / Geometry.UNIT - 512;
    return bounds.dataStart() + random.nextInt((int) units) * (long) Geometry.UNIT;
  }

  public static byte[] name(Random random) {
    byte[] name = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 255 : 20)];
    for (int i = 0; i < name.length; i++) {
      name[i] = (byte) (1 + random.nextInt(255));
    }
    return name;
  }

  public static Timestamp timestamp(Random random) {
    return new Timestamp(random.nextLong() >> random.nextInt(63), random.nextInt(1_000_000_000));
  }

  public static InodeRecord inode(Random random) {
    int type = TYPES[random.nextInt(TYPES.length)];
    long size =
        switch (type) {
          case FileType.REGULAR -> random.nextLong() >>> (1 + random.nextInt(60));
          case FileType.DIRECTORY -> random.nextInt(1000);
          case FileType.SYMLINK -> 1 + random.nextInt(4095);
          default -> 0;
        };
    long link =
        switch (type) {
          case FileType.DIRECTORY -> number(random);
          case FileType.BLOCK, FileType.CHARACTER -> random.nextInt() & 0xffff_ffffL;
          default -> 0;
        };
    return new InodeRecord(
        type | random.nextInt(07777),
        random.nextInt(),
        random.nextInt(),
        random.nextInt(1000),
        size,
        link,
        random.nextInt(),
        number(random),
        random.nextInt() & InodeRecord.FLAGS,
        timestamp(random),
        timestamp(random),
        timestamp(random),
        timestamp(random),
        random.nextInt());
  }

  public static DirentRecord dirent(Random random) {
    return new DirentRecord(number(random), FileType.code(TYPES[random.nextInt(TYPES.length)]));
  }

  public static ExtentRecord extent(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> {
        int logical = 2 + random.nextInt(Geometry.MAX_CHUNK - 1);
        int codec = random.nextInt(4);
        int skip = random.nextInt(logical);
        yield new ExtentRecord.Chunk(
            codec,
            random.nextBoolean(),
            1 + random.nextInt(logical - skip),
            unit(random),
            codec == CodecIds.NONE ? logical : 1 + random.nextInt(logical - 1),
            logical,
            skip,
            random.nextInt(),
            1 + random.nextInt(50));
      }
      case 1 -> {
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(5) == 0 ? 5000 : 100)];
        random.nextBytes(bytes);
        yield new ExtentRecord.Inline(bytes);
      }
      default -> new ExtentRecord.Reserved(1 + (random.nextLong() >>> (2 + random.nextInt(60))));
    };
  }

  public static ChunkRecord chunk(Random random) {
    long[] owners = new long[2 * random.nextInt(10)];
    Arrays.setAll(owners, i -> random.nextInt(1_000_000));
    int references = 1 + random.nextInt(1000);
    return new ChunkRecord(
        references, references + random.nextInt(100_000), 1 + random.nextInt(131072), owners);
  }

  /** A segment's value with something used and something free. */
  public static byte[] segment(Random random) {
    long[] used = new long[Geometry.SEGMENT_UNITS / 64];
    int form = random.nextInt(3);
    if (form == 0) {
      Arrays.fill(used, -1);
    } else if (form == 1) {
      Arrays.setAll(used, i -> random.nextLong());
    } else {
      Arrays.fill(used, 3, 90, -1);
      used[random.nextInt(used.length)] ^= random.nextLong() | 1;
    }
    byte[] value = SegmentRecord.encode(used);
    return value == null ? segment(random) : value;
  }

  /** One mutation of each kind. */
  public static List<Mutation> oneOfEach() {
    Random random = new Random(3);
    List<Mutation> all = new ArrayList<>();
    for (int kind = 1; kind <= 15; kind++) {
      all.add(mutation(random, kind));
    }
    return all;
  }

  public static Mutation mutation(Random random) {
    return mutation(random, 1 + random.nextInt(15));
  }

  /** What the orphan list can say of an inode; null where nothing. */
  private static OrphanRecord orphan(Random random) {
    if (random.nextBoolean()) {
      return random.nextBoolean() ? null : OrphanRecord.PLAIN;
    }
    long from = random.nextLong() & Long.MAX_VALUE >>> 1;
    return new OrphanRecord(1 + random.nextInt(3), from, from + 1 + random.nextInt(1 << 30));
  }

  private static Mutation mutation(Random random, int kind) {
    long inode = number(random);
    long name = number(random);
    long offset = random.nextInt();
    return switch (kind) {
      case Mutation.PUT_INODE -> new Mutation.PutInode(inode, false, inode(random));
      case Mutation.NEW_INODE -> new Mutation.PutInode(inode, true, inode(random));
      case Mutation.TOUCH_INODE -> Mutation.TouchInode.of(inode, inode(random));
      case Mutation.DELETE_INODE -> new Mutation.DeleteInode(inode);
      case Mutation.PUT_DIRENT -> new Mutation.PutDirent(inode, name, dirent(random));
      case Mutation.DELETE_DIRENT -> new Mutation.DeleteDirent(inode, name);
      case Mutation.PUT_EXTENT ->
          new Mutation.PutExtent(inode, offset & 0x7fffffff, extent(random));
      case Mutation.DELETE_EXTENT -> new Mutation.DeleteExtent(inode, offset & 0x7fffffff);
      case Mutation.SET_XATTR ->
          new Mutation.SetXattr(inode, name, random.nextInt(4) == 0 ? null : name(random));
      case Mutation.ORPHAN -> new Mutation.Orphan(inode, orphan(random));
      case Mutation.NAME -> new Mutation.NameReference(name, random.nextInt(5) - 2, name(random));
      case Mutation.CHUNK -> {
        ChunkRecord chunk = chunk(random);
        yield new Mutation.ChunkReference(
            unit(random), chunk.stored(), random.nextInt(9) - 4, random.nextInt(), chunk.owners());
      }
      case Mutation.ALLOCATE -> new Mutation.Allocate(unit(random), 512);
      case Mutation.RELEASE -> new Mutation.Release(unit(random), 1024);
      case Mutation.TOTALS ->
          new Mutation.Totals(random.nextInt(), random.nextLong(), random.nextLong());
      default -> throw new IllegalArgumentException("kind " + kind);
    };
  }
}
