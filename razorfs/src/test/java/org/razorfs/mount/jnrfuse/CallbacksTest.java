package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/** Calls the operations as libfuse would, without a kernel. */
class CallbacksTest {
  private static final int REGULAR = FileType.REGULAR;
  private static final long NOW = (1L << 30) - 1;
  private static final long OMIT = (1L << 30) - 2;

  private final Runtime runtime = Runtime.getSystemRuntime();
  private final StringBuilder logged = new StringBuilder();
  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, true));
  private final Callbacks callbacks =
      new Callbacks(
          handler, new MountLog(logged, Clock.systemUTC()), runtime, () -> new Owner(1000, 100));

  private Pointer memory(int size) {
    return Memory.allocateDirect(runtime, size, true);
  }

  private Pointer fileInfo(int flags) {
    Pointer info = memory(64);
    info.putInt(0, flags);
    return info;
  }

  private FileStat stat(String path) {
    FileStat stat = new FileStat(runtime);
    Pointer memory = memory(jnr.ffi.Struct.size(stat));
    stat.useMemory(memory);
    assertEquals(0, callbacks.getattr(path, memory));
    return stat;
  }

  private int getattr(String path) {
    return callbacks.getattr(path, memory(256));
  }

  /** Creates a file with content; open. */
  private Pointer create(String path, String content) {
    Pointer info = fileInfo(2);
    assertEquals(0, callbacks.create(path, REGULAR | 0644, info));
    write(info, content);
    return info;
  }

  private void file(String path, String content) {
    assertEquals(0, callbacks.release(create(path, content)));
  }

  private void write(Pointer info, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    Pointer data = memory(bytes.length + 1);
    data.put(0, bytes, 0, bytes.length);
    assertEquals(bytes.length, callbacks.write(data, bytes.length, 0, info));
  }

  private String read(Pointer info) {
    Pointer data = memory(100);
    int count = callbacks.read(data, 100, 0, info);
    return new String(CStructs.bytes(data, count), StandardCharsets.ISO_8859_1);
  }

  private String read(String path) {
    Pointer info = fileInfo(0);
    assertEquals(0, callbacks.open(path, info));
    String content = read(info);
    assertEquals(0, callbacks.release(info));
    return content;
  }

  @Test
  void attributesArriveInEveryFieldOfTheStructure() throws IOException {
    file("/a", "text");
    Pointer times = memory(32);
    times.putLong(0, -7);
    times.putLong(8, 1);
    times.putLong(16, 1L << 33);
    times.putLong(24, 999_999_999);
    assertEquals(0, callbacks.utimens("/a", times));
    assertEquals(0, callbacks.chmod("/a", REGULAR | 04751));
    FileStat stat = stat("/a");
    assertEquals(handler.find(1, PathResolver.bytes("a")).inode(), stat.st_ino.longValue());
    assertEquals(REGULAR | 04751, stat.st_mode.intValue());
    assertEquals(1, stat.st_nlink.intValue());
    assertEquals(1000, stat.st_uid.intValue());
    assertEquals(100, stat.st_gid.intValue());
    assertEquals(4, stat.st_size.longValue());
    assertEquals(-7, stat.st_atim.tv_sec.get());
    assertEquals(1, stat.st_atim.tv_nsec.longValue());
    assertEquals(1L << 33, stat.st_mtim.tv_sec.get());
    assertEquals(999_999_999, stat.st_mtim.tv_nsec.longValue());
  }

  @Test
  void timesCanBeLeftAloneOrSetToThePresent() throws IOException {
    file("/a", "");
    Timestamp atime = new Timestamp(5, 6);
    Pointer times = memory(32);
    times.putLong(0, 5);
    times.putLong(8, 6);
    times.putLong(24, OMIT);
    Timestamp mtime = handler.find(1, PathResolver.bytes("a")).mtime();
    assertEquals(0, callbacks.utimens("/a", times));
    assertEquals(atime, handler.find(1, PathResolver.bytes("a")).atime());
    assertEquals(mtime, handler.find(1, PathResolver.bytes("a")).mtime());
    times.putLong(8, OMIT);
    times.putLong(24, NOW);
    assertEquals(0, callbacks.utimens("/a", times));
    assertEquals(atime, handler.find(1, PathResolver.bytes("a")).atime());
    assertFalse(handler.find(1, PathResolver.bytes("a")).mtime().isBefore(mtime));
    times.putLong(8, NOW);
    assertEquals(0, callbacks.utimens("/a", times));
    assertTrue(atime.isBefore(handler.find(1, PathResolver.bytes("a")).atime()));
  }

  @Test
  void anOwnerOfMinusOneStays() {
    file("/a", "");
    assertEquals(0, callbacks.chown("/a", 5, 0xffff_ffffL));
    assertEquals(5, stat("/a").st_uid.intValue());
    assertEquals(100, stat("/a").st_gid.intValue());
    assertEquals(0, callbacks.chown("/a", -1, 6));
    assertEquals(5, stat("/a").st_uid.intValue());
    assertEquals(6, stat("/a").st_gid.intValue());
  }

  @Test
  void newNodesGetTheirTypeAndTheirCallersOwner() {
    assertEquals(0, callbacks.mkdir("/d", 0700));
    assertEquals(0, callbacks.mknod("/d/f", 0600, 0));
    assertEquals(0, callbacks.mknod("/d/p", FileType.FIFO | 0600, 0));
    assertEquals(0, callbacks.mknod("/d/c", FileType.CHARACTER | 0600, 259));
    assertEquals(FileType.DIRECTORY | 0700, stat("/d").st_mode.intValue());
    assertEquals(REGULAR | 0600, stat("/d/f").st_mode.intValue());
    assertEquals(FileType.FIFO | 0600, stat("/d/p").st_mode.intValue());
    assertEquals(259, stat("/d/c").st_rdev.intValue());
    assertEquals(1000, stat("/d/c").st_uid.intValue());
  }

  @Test
  void aNewNodeIsGoneForGoodWhenItIsRemoved() throws IOException {
    callbacks.mkdir("/d", 0700);
    long directory = handler.find(1, PathResolver.bytes("d")).inode();
    callbacks.rmdir("/d");
    file("/f", "text");
    long file = handler.find(1, PathResolver.bytes("f")).inode();
    callbacks.unlink("/f");
    for (long inode : new long[] {directory, file}) {
      assertEquals(
          Errno.ESTALE,
          Errno.of(
              org.junit.jupiter.api.Assertions.assertThrows(
                  IOException.class, () -> handler.getattr(inode))));
    }
  }

  @Test
  void linksAreReadWithAZeroByteAtTheEnd() {
    assertEquals(0, callbacks.symlink("t\u00ffrget", "/l"));
    Pointer buffer = memory(20);
    buffer.setMemory(0, 20, (byte) 'x');
    assertEquals(0, callbacks.readlink("/l", buffer, 20));
    assertArrayEquals(
        "t\u00ffrget\0x".getBytes(StandardCharsets.ISO_8859_1), CStructs.bytes(buffer, 8));
    assertEquals(0, callbacks.readlink("/l", buffer, 4));
    assertArrayEquals(
        "t\u00ffr\0".getBytes(StandardCharsets.ISO_8859_1), CStructs.bytes(buffer, 4));
  }

  @Test
  void readsAndWritesTheMemoryItIsGiven() {
    Pointer info = create("/a", "hello");
    assertEquals("hello", read(info));
    Pointer stat = memory(256);
    assertEquals(0, callbacks.fgetattr(stat, info));
    assertEquals(0, callbacks.ftruncate(2, info));
    assertEquals("he", read(info));
    assertEquals(0, callbacks.fsync(1, info));
    assertEquals(0, callbacks.fallocate(0, 0, 10, info));
    assertEquals(0, callbacks.release(info));
    assertEquals(10, stat("/a").st_size.longValue());
    assertEquals(0, callbacks.truncate("/a", 1));
    assertEquals("h", read("/a"));
    assertEquals(0, callbacks.fsyncdir());
  }

  @Test
  void theKernelKeepsWhatItHasCachedUnlessTheFileHasOtherNames() {
    file("/a", "text");
    Pointer info = fileInfo(0);
    callbacks.open("/a", info);
    callbacks.release(info);
    assertEquals(2, info.getByte(20));
    assertEquals(0, callbacks.link("/a", "/b"));
    Pointer linked = fileInfo(0);
    callbacks.open("/b", linked);
    callbacks.release(linked);
    assertEquals(0, linked.getByte(20));
    // What is cached under the other name may be stale even when this is the only one left.
    callbacks.unlink("/a");
    callbacks.open("/b", linked);
    callbacks.release(linked);
    assertEquals(0, linked.getByte(20));
  }

  @Test
  void listsUntilTheBufferIsFullAndGoesOnFromThere() {
    for (int i = 0; i < 10; i++) {
      file("/f" + i, "");
    }
    Pointer info = fileInfo(0);
    assertEquals(0, callbacks.opendir("/", info));
    List<String> names = new ArrayList<>();
    long[] cookie = {0};
    for (int round = 0; round < 4; round++) {
      int[] room = {4};
      callbacks.readdir(
          (name, stat, next) -> {
            if (room[0]-- == 0) {
              return 1;
            }
            byte[] bytes = new byte[name.remaining()];
            name.get(bytes);
            assertEquals(0, bytes[bytes.length - 1]);
            names.add(new String(bytes, 0, bytes.length - 1, StandardCharsets.ISO_8859_1));
            cookie[0] = next;
            return 0;
          },
          cookie[0],
          info);
    }
    assertEquals(0, callbacks.releasedir(info));
    assertEquals(12, names.size());
    assertEquals(12, names.stream().distinct().count());
  }

  @Test
  void attributeValuesTellTheirLengthFirst() {
    file("/a", "");
    Pointer value = memory(10);
    value.put(0, new byte[] {1, 2, 3}, 0, 3);
    assertEquals(0, callbacks.setxattr("/a", "user.k", value, 3, 0));
    Pointer result = memory(10);
    assertEquals(3, callbacks.getxattr("/a", "user.k", result, 0));
    assertEquals(3, callbacks.getxattr("/a", "user.k", result, 10));
    assertArrayEquals(new byte[] {1, 2, 3}, CStructs.bytes(result, 3));
    assertEquals(-Errno.ERANGE, callbacks.getxattr("/a", "user.k", result, 2));
    assertEquals(-Errno.ENODATA, callbacks.getxattr("/a", "user.x", result, 2));
    assertEquals(7, callbacks.listxattr("/a", result, 10));
    assertEquals(0, callbacks.removexattr("/a", "user.k"));
    assertEquals(0, callbacks.listxattr("/a", result, 10));
  }

  @Test
  void whereTheKernelDoesNotAskWhoSetsFlagsItIsAskedHere() {
    Pointer info = create("/a", "");
    Callbacks careful =
        new Callbacks(
            new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, false)),
            new MountLog(logged, Clock.systemUTC()),
            runtime,
            () -> new Owner(1001, 100));
    Pointer data = memory(28);
    data.putInt(0, 0x40);
    assertEquals(-Errno.EPERM, careful.ioctl(0x40086602, info, data));
    assertEquals(-Errno.EPERM, careful.ioctl(0x401c5820, info, data));
    assertEquals(0, callbacks.ioctl(0x40086602, info, data));
  }

  @Test
  void answersFlagsAndRefusesOtherControls() {
    Pointer info = create("/a", "");
    Pointer data = memory(28);
    data.putInt(0, 0x40);
    assertEquals(0, callbacks.ioctl(0x40086602, info, data));
    data.putInt(0, 0);
    assertEquals(0, callbacks.ioctl(0x80086601, info, data));
    assertEquals(0x40, data.getInt(0));
    assertEquals(0, callbacks.ioctl(0x801c581f, info, data));
    assertEquals(0x80, data.getInt(0));
    data.putInt(0, 0x40);
    assertEquals(0, callbacks.ioctl(0x401c5820, info, data));
    assertEquals(0, callbacks.ioctl(0x80086601, info, data));
    assertEquals(0x80, data.getInt(0));
    data.setMemory(0, 28, (byte) 0);
    data.putInt(4, 4096);
    assertEquals(-95, callbacks.ioctl(0x401c5820, info, data));
    assertEquals(-25, callbacks.ioctl(0x1234, info, data));
  }

  @Test
  void tellsItsSpace() {
    Statvfs stat = new Statvfs(runtime);
    Pointer memory = memory(jnr.ffi.Struct.size(stat));
    stat.useMemory(memory);
    assertEquals(0, callbacks.statfs(memory));
    long total = stat.f_blocks.longValue() * stat.f_frsize.longValue();
    assertEquals(volume.statfs().totalBytes(), total);
    assertTrue(stat.f_bavail.longValue() <= stat.f_bfree.longValue());
    assertEquals(255, stat.f_namemax.intValue());
  }

  @Test
  void missingPathsAreMissingWhateverTheVolumeCallsIt() {
    assertEquals(-Errno.ENOENT, getattr("/x"));
    assertEquals(-Errno.ENOENT, callbacks.mkdir("/x/y", 0755));
    assertEquals(-Errno.ENOENT, callbacks.unlink("/x"));
    assertEquals(0, callbacks.mkdir("/d", 0755));
    assertEquals(-Errno.EEXIST, callbacks.mkdir("/d", 0755));
    assertEquals(-Errno.EISDIR, callbacks.unlink("/d"));
    file("/d/f", "");
    assertEquals(-Errno.ENOTEMPTY, callbacks.rmdir("/d"));
    assertEquals("", logged.toString());
  }

  @Test
  void aBrokenVolumeAnswersWithAnErrorAndALogLine() throws IOException {
    Pointer info = create("/a", "text");
    // Null where libfuse never passes it, as a stand-in for any bug.
    assertEquals(-Errno.EIO, callbacks.getattr(null, memory(256)));
    assertTrue(logged.toString().contains("NullPointerException"), logged.toString());
    volume.close();
    assertTrue(callbacks.mkdir("/d", 0755) < 0);
    assertTrue(callbacks.write(memory(10), 10, 0, info) < 0);
  }

  @Test
  void movedDirectoriesAreFoundAtTheirNewPathOnly() {
    callbacks.mkdir("/a", 0755);
    callbacks.mkdir("/a/b", 0755);
    file("/a/b/f", "text");
    assertEquals("text", read("/a/b/f"));
    assertEquals(0, callbacks.rename("/a", "/z"));
    assertEquals(-Errno.ENOENT, getattr("/a/b/f"));
    assertEquals("text", read("/z/b/f"));
  }

  @Test
  void anOpenFileThatIsUnlinkedGoesOnUnderItsHiddenPath() {
    callbacks.mkdir("/d", 0755);
    Pointer info = create("/d/a", "text");
    String hidden = "/d/.fuse_hidden0000000300000001";
    assertEquals(-Errno.ENOENT, getattr(hidden));
    assertEquals(0, callbacks.rename("/d/a", hidden));
    assertEquals(-Errno.ENOENT, getattr("/d/a"));
    assertEquals(0, stat(hidden).st_nlink.intValue());
    assertEquals(0, callbacks.chmod(hidden, 0600));
    assertEquals(REGULAR | 0600, stat(hidden).st_mode.intValue());
    assertEquals("text", read(info));
    // It is in no listing, so its directory is empty.
    assertEquals(0, callbacks.rmdir("/d"));
    assertEquals(0, callbacks.release(info));
    assertEquals(0, callbacks.unlink(hidden));
    assertEquals(-Errno.ENOENT, getattr(hidden));
    assertEquals(1, volume.statfs().inodes());
  }

  @Test
  void aHiddenFileWithAnotherNameShowsTheRightCountAfterLibfuseHasLoweredIt() {
    Pointer info = create("/a", "text");
    callbacks.link("/a", "/b");
    String hidden = "/.fuse_hidden0000000300000001";
    assertEquals(0, callbacks.rename("/a", hidden));
    assertEquals(1, stat("/b").st_nlink.intValue());
    assertEquals(2, stat(hidden).st_nlink.intValue());
    callbacks.release(info);
    assertEquals(0, callbacks.unlink(hidden));
    assertEquals("text", read("/b"));
  }

  @Test
  void replacingAnOpenFileIsOneStep() {
    file("/new", "new");
    Pointer old = create("/a", "old");
    String hidden = "/.fuse_hidden0000000300000001";
    // As libfuse does it: hide what is in the way, then rename.
    assertEquals(0, callbacks.rename("/a", hidden));
    assertEquals(0, callbacks.rename("/new", "/a"));
    assertEquals("new", read("/a"));
    assertEquals("old", read(old));
    assertEquals(0, callbacks.release(old));
    assertEquals(0, callbacks.unlink(hidden));
    assertEquals(2, volume.statfs().inodes());
  }

  @Test
  void aFileThatUsersCallHiddenIsAFileLikeAnyOther() {
    file("/a", "text");
    String name = "/.fuse_hidden0000000300000001";
    assertEquals(0, callbacks.rename("/a", name));
    assertEquals("text", read(name));
    assertEquals(0, callbacks.rename(name, "/b"));
    assertEquals("text", read("/b"));
  }

  @Test
  void whatMayNotBeUnlinkedIsNotHiddenEither() throws IOException {
    Pointer info = create("/a", "text");
    Attributes file = handler.find(1, PathResolver.bytes("a"));
    handler.setFlags(file.inode(), 0x10, 0);
    assertEquals(-Errno.EPERM, callbacks.rename("/a", "/.fuse_hidden0000000300000001"));
    handler.setFlags(file.inode(), 0, 0);
    assertEquals("text", read("/a"));
    assertEquals(0, callbacks.release(info));
  }

  @Test
  void buffersAreTheMemoryItself() {
    Pointer memory = memory(16);
    ByteBuffer buffer = CStructs.buffer(memory, 16);
    buffer.put(3, (byte) 9);
    assertEquals(9, memory.getByte(3));
  }
}
