package org.razorfs.mount.jnrfuse;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.StatFs;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * Reads and writes the C structures that libfuse passes. Where jnr-fuse describes one per platform,
 * its description is used, one object for each thread, because making one costs more than the call.
 */
final class CStructs {
  // struct fuse_file_info of libfuse 2.9 where a long has 64 bits.
  private static final long FILE_INFO_FLAGS = 0;
  private static final long FILE_INFO_WRITEPAGE = 16;
  private static final long FILE_INFO_BITS = 20;
  private static final long FILE_INFO_HANDLE = 24;
  private static final byte KEEP_CACHE = 2;

  // struct timespec[2]
  private static final long UTIME_NOW = (1L << 30) - 1;
  private static final long UTIME_OMIT = (1L << 30) - 2;

  private static final int LONGEST_NAME = 255;
  private static final int STAT_BLOCK = 512;

  /** What the kernel takes as the best size for reading and writing, as ext4 has it. */
  private static final int PREFERRED_BLOCK = 4096;

  private final ThreadLocal<FileStat> stats;
  private final ThreadLocal<Statvfs> statvfs;
  private final ThreadLocal<FileStat> entries;
  private final ThreadLocal<ByteBuffer> names =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LONGEST_NAME + 1));

  CStructs(Runtime runtime) {
    this.stats = ThreadLocal.withInitial(() -> new FileStat(runtime));
    this.statvfs = ThreadLocal.withInitial(() -> new Statvfs(runtime));
    this.entries =
        ThreadLocal.withInitial(
            () -> {
              FileStat stat = new FileStat(runtime);
              stat.useMemory(
                  runtime.getMemoryManager().allocateDirect(jnr.ffi.Struct.size(stat), true));
              return stat;
            });
  }

  /** Writes a struct stat, which libfuse has zeroed. */
  void stat(Pointer target, Attributes attributes) {
    FileStat stat = stats.get();
    stat.useMemory(target);
    stat.st_ino.set(attributes.inode());
    stat.st_mode.set(attributes.mode());
    stat.st_nlink.set(attributes.nlink());
    stat.st_uid.set(attributes.uid());
    stat.st_gid.set(attributes.gid());
    stat.st_rdev.set(attributes.rdev());
    stat.st_size.set(attributes.size());
    stat.st_blksize.set(PREFERRED_BLOCK);
    stat.st_blocks.set(attributes.blocks());
    time(stat.st_atim, attributes.atime());
    time(stat.st_mtim, attributes.mtime());
    time(stat.st_ctim, attributes.ctime());
  }

  private static void time(ru.serce.jnrfuse.struct.Timespec target, Timestamp time) {
    target.tv_sec.set(time.seconds());
    target.tv_nsec.set(time.nanos());
  }

  /** A struct stat of this thread's with what a directory entry needs. */
  Pointer entry(long inode, int mode) {
    FileStat stat = entries.get();
    stat.st_ino.set(inode);
    stat.st_mode.set(mode);
    return jnr.ffi.Struct.getMemory(stat);
  }

  /** A name with a zero byte at its end, in memory of this thread's. */
  ByteBuffer name(byte[] name) {
    return names.get().clear().put(name).put((byte) 0).flip();
  }

  /** Writes a struct statvfs. */
  void statvfs(Pointer target, StatFs space) {
    Statvfs stat = statvfs.get();
    stat.useMemory(target);
    stat.f_bsize.set(STAT_BLOCK);
    stat.f_frsize.set(STAT_BLOCK);
    stat.f_blocks.set(space.totalBytes() / STAT_BLOCK);
    stat.f_bfree.set(space.freeBytes() / STAT_BLOCK);
    stat.f_bavail.set(space.availableBytes() / STAT_BLOCK);
    // Inodes take room as they come; what is left of it says how many may follow.
    long possible = space.freeBytes() / STAT_BLOCK;
    stat.f_files.set(space.inodes() + possible);
    stat.f_ffree.set(possible);
    stat.f_favail.set(space.availableBytes() / STAT_BLOCK);
    stat.f_namemax.set(space.nameMax());
  }

  /** The flags with which a file is opened. */
  static int openFlags(Pointer fileInfo) {
    return fileInfo.getInt(FILE_INFO_FLAGS);
  }

  /** The handle that open put there. */
  static long handle(Pointer fileInfo) {
    return fileInfo.getLong(FILE_INFO_HANDLE);
  }

  /** Whether a write brings what the kernel has gathered in its pages. */
  static boolean isGathered(Pointer fileInfo) {
    return fileInfo.getInt(FILE_INFO_WRITEPAGE) != 0;
  }

  static void setHandle(Pointer fileInfo, long handle) {
    fileInfo.putLong(FILE_INFO_HANDLE, handle);
  }

  /** Says that what the kernel has cached of this file is still true. */
  static void keepCache(Pointer fileInfo) {
    fileInfo.putByte(FILE_INFO_BITS, (byte) (fileInfo.getByte(FILE_INFO_BITS) | KEEP_CACHE));
  }

  /** Whether utimens leaves that time alone; 0 for atime, 1 for mtime. */
  static boolean isOmitted(Pointer times, int which) {
    return times.getLong(16L * which + 8) == UTIME_OMIT;
  }

  /** Whether utimens asks for the present. */
  static boolean isNow(Pointer times, int which) {
    return times.getLong(16L * which + 8) == UTIME_NOW;
  }

  /** The time that utimens asks for. */
  static Timestamp time(Pointer times, int which) {
    return new Timestamp(times.getLong(16L * which), (int) times.getLong(16L * which + 8));
  }

  /** The native memory itself, not a copy. */
  static ByteBuffer buffer(Pointer memory, long size) {
    return MemoryIO.getInstance().newDirectByteBuffer(memory.address(), Math.toIntExact(size));
  }

  /** A copy of native memory. */
  static byte[] bytes(Pointer memory, long size) {
    byte[] copy = new byte[Math.toIntExact(size)];
    memory.get(0, copy, 0, copy.length);
    return copy;
  }
}
