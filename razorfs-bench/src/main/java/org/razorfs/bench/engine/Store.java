package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ByteArrayDataType;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.StringRecord;
import org.razorfs.wire.SipHash;

/** An MVStore that keeps the items of files: the same keys, and values of the same sizes. */
final class Store implements AutoCloseable {
  private static final int EPOCH_KILOBYTES = 32 << 10;
  private static final byte[] NOTHING = {};

  private final Path path = Image.temporary(".mvstore");
  private final MVStore store;
  private final MVMap<Key, byte[]> inodes;
  private final MVMap<Key, byte[]> strings;
  private final SipHash hash = new SipHash(1, 2);

  /** A key as RAZORFS has it. */
  record Key(long hi, long lo) {}

  Store() throws IOException {
    store =
        new MVStore.Builder()
            .fileName(path.toString())
            .autoCommitBufferSize(EPOCH_KILOBYTES)
            .cacheSize(64)
            .open();
    store.setAutoCommitDelay((int) CreateBenchmark.COMMIT_INTERVAL.toMillis());
    MVMap.Builder<Key, byte[]> builder =
        new MVMap.Builder<Key, byte[]>()
            .keyType(new KeyType())
            .valueType(ByteArrayDataType.INSTANCE);
    inodes = store.openMap("inodes", builder);
    strings = store.openMap("strings", builder);
  }

  /** Puts what creating a file changes: its inode, its entry, its directory, its name. */
  void create(long directory, long inode, byte[] name) {
    inodes.put(new Key(Keys.hi(inode, Keys.INODE), 0), new byte[InodeRecord.SIZE]);
    inodes.put(new Key(Keys.hi(directory, Keys.DIRENT), inode), new byte[DirentRecord.SIZE]);
    inodes.put(new Key(Keys.hi(directory, Keys.INODE), 0), new byte[InodeRecord.SIZE]);
    strings.put(new Key(Keys.hi(0, Keys.STRING), inode), new StringRecord(1, name).toBytes());
    strings.put(new Key(Keys.hashHi(hash.hash(name)), inode), NOTHING);
  }

  /** Writes what has gathered. */
  void sync() {
    store.commit();
    store.sync();
  }

  @Override
  public void close() throws IOException {
    store.closeImmediately();
    Files.delete(path);
  }

  private static final class KeyType extends BasicDataType<Key> {
    private static final int MEMORY = 32;

    @Override
    public int compare(Key one, Key two) {
      return Keys.compare(one.hi, one.lo, two.hi, two.lo);
    }

    @Override
    public int getMemory(Key key) {
      return MEMORY;
    }

    @Override
    public void write(WriteBuffer buffer, Key key) {
      buffer.putVarLong(key.hi).putVarLong(key.lo);
    }

    @Override
    public Key read(ByteBuffer buffer) {
      return new Key(DataUtils.readVarLong(buffer), DataUtils.readVarLong(buffer));
    }

    @Override
    public Key[] createStorage(int size) {
      return new Key[size];
    }
  }
}
