package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Mutation, spec §6.3: the steps of which undo and redo payloads consist. Absolute where the
 * inode's lock orders the writers (PUT, DELETE), a difference where several transactions may change
 * the same count at once (NAME, CHUNK, COUNTERS).
 */
public sealed interface Mutation {
  void encode(ByteSink sink);

  /**
   * Stores an inode record.
   *
   * @param fresh whether the inode is new and counts as one more of the volume's inodes
   */
  record PutInode(long inode, boolean fresh, InodeRecord value) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(fresh ? NEW_INODE : PUT_INODE).u64(inode);
      value.encode(sink);
    }
  }

  /**
   * Stores the fields of an inode that change most, and leaves the others.
   *
   * @param result the whole record afterwards where the writer knows it, else null; not encoded
   */
  record TouchInode(
      long inode,
      int nlink,
      long size,
      long units,
      Timestamp mtime,
      Timestamp ctime,
      InodeRecord result)
      implements Mutation {
    /** The touch that turns an inode that differs in no other field into {@code value}. */
    public static TouchInode of(long inode, InodeRecord value) {
      return new TouchInode(
          inode, value.nlink(), value.size(), value.units(), value.mtime(), value.ctime(), value);
    }

    /** {@code before} with this applied. */
    public InodeRecord applyTo(InodeRecord before) {
      return before.edit().nlink(nlink).size(size).units(units).mtime(mtime).ctime(ctime).done();
    }

    @Override
    public void encode(ByteSink sink) {
      sink.u8(TOUCH_INODE).u64(inode).u32(nlink).u64(size).u64(units);
      mtime.encode(sink);
      ctime.encode(sink);
    }
  }

  /** Removes an inode record, one less of the volume's inodes. */
  record DeleteInode(long inode) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(DELETE_INODE).u64(inode);
    }
  }

  /** Stores a directory entry. */
  record PutDirent(long directory, long name, DirentRecord value) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(PUT_DIRENT).u64(directory).u64(name);
      value.encode(sink);
    }
  }

  /** Removes a directory entry. */
  record DeleteDirent(long directory, long name) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(DELETE_DIRENT).u64(directory).u64(name);
    }
  }

  /** Stores an extent. */
  record PutExtent(long inode, long offset, ExtentRecord value) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      byte[] bytes = value.toBytes();
      sink.u8(PUT_EXTENT).u64(inode).u64(offset).u16(bytes.length).bytes(bytes);
    }
  }

  /** Removes an extent. */
  record DeleteExtent(long inode, long offset) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(DELETE_EXTENT).u64(inode).u64(offset);
    }
  }

  /**
   * Stores a whole extended attribute, or removes it.
   *
   * @param value null to remove
   */
  record SetXattr(long inode, long name, byte[] value) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(SET_XATTR).u64(inode).u64(name);
      if (value == null) {
        sink.u32(-1);
      } else {
        sink.u32(value.length).bytes(value);
      }
    }
  }

  /**
   * Adds an inode to the orphans, or takes it off.
   *
   * @param value the orphan's record, or null to take it off
   */
  record Orphan(long inode, OrphanRecord value) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(ORPHAN).u64(inode).u8(value == null ? 0 : value.hasRange() ? 2 : 1);
      if (value != null) {
        value.encode(sink);
      }
    }
  }

  /** Changes the count of references to a name, which is stored when it was not. */
  record NameReference(long name, int change, byte[] bytes) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(NAME).u64(name).u32(change).u8(bytes.length).bytes(bytes);
    }
  }

  /**
   * Changes the counts of a shared chunk; at zero references it is freed.
   *
   * @param owners as in {@link ChunkRecord}, where the chunk becomes shared; else empty
   */
  record ChunkReference(long address, int stored, int change, long live, long[] owners)
      implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(CHUNK).u64(address).u32(stored).u32(change).u64(live).u16(owners.length / 2);
      for (long word : owners) {
        sink.u64(word);
      }
    }
  }

  /** Marks units as used. */
  record Allocate(long address, int length) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(ALLOCATE).u64(address).u32(length);
    }
  }

  /** Gives units back, to be reused after the next checkpoint. */
  record Release(long address, int length) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(RELEASE).u64(address).u32(length);
    }
  }

  /** Changes the volume's totals, spec §4.1. */
  record Totals(long reservedUnits, long logicalBytes, long storedBytes) implements Mutation {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(TOTALS).u64(reservedUnits).u64(logicalBytes).u64(storedBytes);
    }
  }

  int PUT_INODE = 1;
  int DELETE_INODE = 2;
  int PUT_DIRENT = 3;
  int DELETE_DIRENT = 4;
  int PUT_EXTENT = 5;
  int DELETE_EXTENT = 6;
  int SET_XATTR = 7;
  int ORPHAN = 8;
  int NAME = 9;
  int CHUNK = 10;
  int ALLOCATE = 11;
  int RELEASE = 12;
  int TOTALS = 13;
  int NEW_INODE = 14;
  int TOUCH_INODE = 15;

  static Mutation decode(ByteSource source) throws CorruptImageException {
    int kind = source.u8();
    return switch (kind) {
      case PUT_INODE -> new PutInode(source.i64(), false, InodeRecord.decode(source));
      case NEW_INODE -> new PutInode(source.i64(), true, InodeRecord.decode(source));
      case TOUCH_INODE ->
          new TouchInode(
              source.i64(),
              source.i32(),
              source.i64(),
              source.i64(),
              Timestamp.decode(source),
              Timestamp.decode(source),
              null);
      case DELETE_INODE -> new DeleteInode(source.i64());
      case PUT_DIRENT -> new PutDirent(source.i64(), source.i64(), DirentRecord.decode(source));
      case DELETE_DIRENT -> new DeleteDirent(source.i64(), source.i64());
      case PUT_EXTENT -> {
        long inode = source.i64();
        long offset = source.i64();
        byte[] value = source.bytes(source.u16());
        yield new PutExtent(
            inode,
            offset,
            ExtentRecord.decode(new ByteSource(value, 0, value.length, source.location())));
      }
      case DELETE_EXTENT -> new DeleteExtent(source.i64(), source.i64());
      case SET_XATTR -> {
        long inode = source.i64();
        long name = source.i64();
        int length = source.i32();
        yield new SetXattr(inode, name, length == -1 ? null : source.bytes(length));
      }
      case ORPHAN -> {
        long inode = source.i64();
        int present = source.u8();
        yield new Orphan(
            inode,
            switch (present) {
              case 0 -> null;
              case 1 -> OrphanRecord.PLAIN;
              case 2 -> OrphanRecord.decodeRange(source);
              default ->
                  throw new CorruptImageException(
                      source.location(), "an orphan present 0..2", "" + present);
            });
      }
      case NAME -> new NameReference(source.i64(), source.i32(), source.bytes(source.u8()));
      case CHUNK -> {
        long address = source.i64();
        int stored = source.i32();
        int change = source.i32();
        long live = source.i64();
        int count = source.u16();
        if (count * 16 > source.remaining()) {
          throw new CorruptImageException(
              source.location(), count + " owners", source.remaining() + " bytes");
        }
        long[] owners = new long[count * 2];
        for (int i = 0; i < owners.length; i++) {
          owners[i] = source.i64();
        }
        yield new ChunkReference(address, stored, change, live, owners);
      }
      case ALLOCATE -> new Allocate(source.i64(), source.i32());
      case RELEASE -> new Release(source.i64(), source.i32());
      case TOTALS -> new Totals(source.i64(), source.i64(), source.i64());
      default ->
          throw new CorruptImageException(source.location(), "mutation kind 1..15", "" + kind);
    };
  }
}
