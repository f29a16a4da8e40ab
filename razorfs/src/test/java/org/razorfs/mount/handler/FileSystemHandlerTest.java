package org.razorfs.mount.handler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.razorfs.device.ForwardingDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.mount.TestVolumes;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

class FileSystemHandlerTest {
  private static final long ROOT = FileSystemHandler.ROOT;
  private static final Owner OWNER = new Owner(1000, 100);
  private static final int O_SYNC = 04010000;
  private static final int O_DSYNC = 010000;
  private static final int O_TRUNC = 01000;

  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, true));

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertFault(Fault fault, Executable call) {
    assertEquals(fault, assertThrows(FsException.class, call).fault());
  }

  private long file(String name, String content) throws IOException {
    Created created = handler.create(ROOT, name(name), 0644, 0, 1, OWNER);
    handler.write(created.handle(), 0, ByteBuffer.wrap(name(content)));
    handler.release(created.handle());
    handler.forget(created.attributes().inode(), 1);
    return created.attributes().inode();
  }

  private String content(long inode) throws IOException {
    long handle = handler.open(inode, 0);
    ByteBuffer buffer = ByteBuffer.allocate(100);
    handler.read(handle, 0, buffer);
    handler.release(handle);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }

  @Test
  void aLookupThatFindsNothingIsNoError() throws IOException {
    assertNull(handler.lookup(ROOT, name("nothing")));
    assertNull(handler.find(ROOT, name("nothing")));
  }

  @Test
  void anUnlinkedFileLivesUntilItsLastReferenceIsGivenBack() throws IOException {
    file("a", "text");
    Attributes found = handler.lookup(ROOT, name("a"));
    long handle = handler.open(found.inode(), 0);
    handler.unlink(ROOT, name("a"));
    assertNull(handler.find(ROOT, name("a")));
    assertEquals(0, handler.getattr(found.inode()).nlink());
    handler.release(handle);
    assertEquals("text", content(found.inode()));
    handler.forget(found.inode(), 1);
    assertFault(Fault.STALE, () -> handler.getattr(found.inode()));
  }

  private static ByteBuffer tooMuch() {
    byte[] bytes = new byte[(int) (2 * TestVolumes.SIZE)];
    new Random(1).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  /** What the kernel has gathered it holds to be written, and tells of a failure only once. */
  @Test
  void noFsyncSucceedsOverGatheredDataThatWasRefused() throws IOException {
    long other = handler.create(ROOT, name("other"), 0644, 0, 1, OWNER).handle();
    Created created = handler.create(ROOT, name("gathered"), 0644, 0, 1, OWNER);
    long handle = created.handle();
    long inode = created.attributes().inode();
    assertEquals(4, handler.writeGathered(handle, 0, ByteBuffer.allocate(4)));
    handler.fsync(handle, false);
    assertFault(Fault.NO_SPACE, () -> handler.writeGathered(handle, 4, tooMuch()));
    for (int i = 0; i < 3; i++) {
      assertFault(Fault.IO_ERROR, () -> handler.fsync(handle, true));
    }
    handler.fsync(other, false);
    handler.setattr(inode, new AttributeChange().size(2));
    assertFault(Fault.IO_ERROR, () -> handler.fsync(handle, true));
    handler.setattr(inode, new AttributeChange().size(0));
    handler.fsync(handle, true);
    handler.release(handle);
    handler.release(other);
  }

  @Test
  void whatWasRefusedIsForgottenWithTheFile() throws IOException {
    Created created = handler.create(ROOT, name("gathered"), 0644, 0, 1, OWNER);
    handler.writeGathered(created.handle(), 0, ByteBuffer.allocate(4));
    long inode = created.attributes().inode();
    assertFault(Fault.NO_SPACE, () -> handler.writeGathered(created.handle(), 4, tooMuch()));
    handler.release(created.handle());
    handler.forget(inode, 1);
    Attributes found = handler.lookup(ROOT, name("gathered"));
    handler.fsync(Handle.of(found.inode(), 0), false);
  }

  @Test
  void everyNewNodeGivesOneReference() throws IOException {
    Attributes made = handler.mkdir(ROOT, name("d"), 0755, 0, OWNER);
    handler.rmdir(ROOT, name("d"));
    assertEquals(0, handler.getattr(made.inode()).nlink());
    handler.forget(made.inode(), 1);
    assertFault(Fault.STALE, () -> handler.getattr(made.inode()));
  }

  /** A device on which somebody removes a file while its making is made durable. */
  private static final class Remover extends ForwardingDevice {
    Volume volume;

    Remover() {
      super(new MemoryDevice(TestVolumes.SIZE));
    }

    @Override
    public void flush() throws IOException {
      Volume mounted = volume;
      volume = null;
      if (mounted != null) {
        mounted.change(ROOT, new AttributeChange().flags(0)); // This cannot wait for itself.
        mounted.unlink(ROOT, FileSystemHandlerTest.name("a"));
      }
      super.flush();
    }
  }

  @Test
  void whatIsGoneBeforeItIsOpenedLeavesNoReference() throws IOException {
    Remover device = new Remover();
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    try (Volume own = Volume.open(device, VolumeOptions.builder().manual().build())) {
      own.change(ROOT, new AttributeChange().flags(InodeRecord.SYNC));
      FileSystemHandler of =
          new FileSystemHandler(own, Presentation.AS_STORED, new KernelChecks(false, true));
      device.volume = own;
      assertFault(Fault.STALE, () -> of.create(ROOT, name("a"), 0644, 0, 1, OWNER));
      assertEquals(0, of.lookups().size());
    }
  }

  @Test
  void makesEveryKindOfNode() throws IOException {
    int[] types = {
      FileType.REGULAR, FileType.FIFO, FileType.SOCKET, FileType.CHARACTER, FileType.BLOCK
    };
    for (int type : types) {
      Attributes made = handler.mknod(ROOT, name("n" + type), type | 0640, 0, 259, OWNER);
      assertEquals(type | 0640, made.mode());
      assertEquals(1000, made.uid());
      assertEquals(100, made.gid());
    }
    Attributes link = handler.symlink(ROOT, name("l"), name("target"), OWNER);
    assertArrayEquals(name("target"), handler.readlink(link.inode()));
    long inode = handler.find(ROOT, name("n" + FileType.REGULAR)).inode();
    assertEquals(2, handler.link(inode, ROOT, name("hard")).nlink());
  }

  @Test
  void listsDotsFirstAndContinuesAfterAnyEntry() throws IOException {
    handler.mkdir(ROOT, name("d"), 0755, 0, OWNER);
    for (int i = 0; i < 20; i++) {
      file("f" + i, "");
    }
    long handle = handler.opendir(ROOT);
    List<String> names = new ArrayList<>();
    long[] cookie = {0};
    boolean[] more = {true};
    while (more[0]) {
      more[0] = false;
      int[] room = {3};
      handler.readdir(
          handle,
          cookie[0],
          (name, inode, type, next) -> {
            if (room[0]-- == 0) {
              more[0] = true;
              return false;
            }
            names.add(new String(name, StandardCharsets.UTF_8));
            assertTrue(next > cookie[0], "cookies ascend");
            cookie[0] = next;
            return true;
          });
    }
    handler.release(handle);
    assertEquals(List.of(".", ".."), names.subList(0, 2));
    assertEquals(23, names.size());
    assertEquals(23, names.stream().distinct().count());
  }

  @Test
  void dotDotIsTheParent() throws IOException {
    long a = handler.mkdir(ROOT, name("a"), 0755, 0, OWNER).inode();
    long b = handler.mkdir(a, name("b"), 0755, 0, OWNER).inode();
    List<Long> inodes = new ArrayList<>();
    handler.readdir(b, 0, (name, inode, type, next) -> inodes.add(inode));
    assertEquals(List.of(b, a), inodes);
  }

  @Test
  void whatWasListedWithAttributesStaysUntilItIsForgotten() throws IOException {
    long a = file("a", "x");
    long b = file("b", "xy");
    assertEquals(2, handler.listed(b).size());
    handler.unlink(ROOT, name("a"));
    handler.unlink(ROOT, name("b"));
    assertNull(handler.listed(a));
    assertEquals(0, handler.getattr(b).nlink());
    handler.forget(b, 1);
    assertFault(Fault.STALE, () -> handler.getattr(b));
  }

  @Test
  void opensWithTruncation() throws IOException {
    long inode = file("a", "text");
    long handle = handler.open(inode, O_TRUNC | 1);
    assertEquals(0, handler.getattr(inode).size());
    handler.release(handle);
    long directory = handler.mkdir(ROOT, name("d"), 0755, 0, OWNER).inode();
    assertThrows(FsException.class, () -> handler.open(directory, O_TRUNC | 1));
  }

  @Test
  void aSynchronousWriteIsDurableWhenItReturns() throws IOException {
    for (int flags : new int[] {O_SYNC, O_DSYNC}) {
      Created created = handler.create(ROOT, name("s" + flags), 0644, 0, flags | 1, OWNER);
      long before = volume.statistics().journal().flushes();
      handler.write(created.handle(), 0, ByteBuffer.wrap(name("text")));
      assertTrue(volume.statistics().journal().flushes() > before);
      assertEquals(created.attributes().inode(), Handle.inode(created.handle()));
      handler.release(created.handle());
    }
    Created lazy = handler.create(ROOT, name("lazy"), 0644, 0, 1, OWNER);
    long before = volume.statistics().journal().flushes();
    handler.write(lazy.handle(), 0, ByteBuffer.wrap(name("text")));
    assertEquals(before, volume.statistics().journal().flushes());
    handler.fsync(lazy.handle(), true);
    assertTrue(volume.statistics().journal().flushes() > before);
    handler.release(lazy.handle());
  }

  private long flushes() {
    return volume.statistics().journal().flushes();
  }

  @Test
  void theFlagForItMakesEachChangeDurable() throws IOException {
    int synchronous = 8;
    long directory = handler.mkdir(ROOT, name("d"), 0755, 0, OWNER).inode();
    long file = handler.mknod(directory, name("f"), 0100644, 0, 0, OWNER).inode();
    long before = flushes();
    handler.write(file, 0, ByteBuffer.wrap(name("text")));
    assertEquals(before, flushes());
    handler.setFlags(file, synchronous, 0);
    before = flushes();
    handler.write(file, 4, ByteBuffer.wrap(name("more")));
    assertTrue(flushes() > before);
    before = flushes();
    handler.setattr(file, new AttributeChange().size(2));
    assertTrue(flushes() > before);
    before = flushes();
    handler.mknod(directory, name("g"), 0100644, 0, 0, OWNER);
    assertEquals(before, flushes());
    handler.setFlags(directory, synchronous, 0);
    before = flushes();
    handler.mknod(directory, name("h"), 0100644, 0, 0, OWNER);
    assertTrue(flushes() > before);
    before = flushes();
    handler.rename(directory, name("h"), ROOT, name("h"), 0, OWNER);
    assertTrue(flushes() > before);
    before = flushes();
    handler.unlink(directory, name("g"));
    assertTrue(flushes() > before);
  }

  @Test
  void renamesInAllModes() throws IOException {
    file("a", "a");
    file("b", "b");
    assertFault(Fault.EXISTS, () -> handler.rename(ROOT, name("a"), ROOT, name("b"), 1, OWNER));
    handler.rename(ROOT, name("a"), ROOT, name("b"), 2, OWNER);
    assertEquals("b", content(handler.find(ROOT, name("a")).inode()));
    handler.rename(ROOT, name("a"), ROOT, name("b"), 4, OWNER);
    assertEquals(FileType.CHARACTER, handler.find(ROOT, name("a")).mode() & FileType.MASK);
    handler.rename(ROOT, name("b"), ROOT, name("c"), 0, OWNER);
    assertEquals("b", content(handler.find(ROOT, name("c")).inode()));
    assertFault(
        Fault.INVALID_ARGUMENT, () -> handler.rename(ROOT, name("c"), ROOT, name("d"), 3, OWNER));
  }

  @Test
  void allocatesPunchesAndSeeks() throws IOException {
    Created file = handler.create(ROOT, name("a"), 0644, 0, 1, OWNER);
    long handle = file.handle();
    handler.write(handle, 0, ByteBuffer.allocate(300_000).putInt(0, 7).putInt(299_000, 7));
    handler.fallocate(handle, 3, 131_072, 131_072);
    assertEquals(131_072, handler.lseek(handle, 0, 4));
    assertEquals(262_144, handler.lseek(handle, 131_072, 3));
    handler.fallocate(handle, 0, 300_000, 100);
    assertEquals(300_100, handler.getattr(file.attributes().inode()).size());
    handler.fallocate(handle, 1, 400_000, 100);
    assertEquals(300_100, handler.getattr(file.attributes().inode()).size());
    handler.fallocate(handle, 16, 0, 4096);
    handler.fallocate(handle, 17, 0, 4096);
    assertFault(Fault.NOT_SUPPORTED, () -> handler.fallocate(handle, 8, 0, 4096));
    assertFault(Fault.INVALID_ARGUMENT, () -> handler.lseek(handle, 0, 2));
    assertFault(Fault.NO_SUCH_OFFSET, () -> handler.lseek(handle, 1 << 20, 3));
    handler.release(handle);
  }

  @Test
  void copiesARange() throws IOException {
    long source = handler.open(file("a", "0123456789"), 0);
    long target = handler.open(file("b", "----------"), O_SYNC | 1);
    assertEquals(4, handler.copyFileRange(source, 3, target, 1, 4));
    assertEquals("-3456-----", content(Handle.inode(target)));
    handler.release(source);
    handler.release(target);
  }

  @Test
  void aTemporaryFileCanBeLinkedAfterwards() throws IOException {
    Created file = handler.tmpfile(ROOT, 0600, 0, 1, OWNER);
    handler.write(file.handle(), 0, ByteBuffer.wrap(name("text")));
    handler.link(file.attributes().inode(), ROOT, name("named"));
    handler.release(file.handle());
    assertEquals("text", content(handler.find(ROOT, name("named")).inode()));
  }

  @Test
  void changesAttributesTogether() throws IOException {
    long inode = file("a", "text");
    Timestamp time = new Timestamp(-5, 999_999_999);
    Attributes changed =
        handler.setattr(
            inode, new AttributeChange().mode(0751).uid(5).gid(6).size(2).mtime(time).atime(time));
    assertEquals(FileType.REGULAR | 0751, changed.mode());
    assertEquals(5, changed.uid());
    assertEquals(6, changed.gid());
    assertEquals(2, changed.size());
    assertEquals(time, changed.mtime());
    assertEquals(time, handler.getattr(inode).atime());
  }

  @Test
  void keepsFlags() throws IOException {
    long inode = file("a", "text");
    handler.setFlags(inode, 0x40, 7);
    assertEquals(0x40, handler.getFlags(inode));
  }

  @Test
  void whereTheKernelDoesNotAskOnlyTheOwnerSetsFlagsAndOnlyTheSuperuserFixesAFile()
      throws IOException {
    long inode = file("a", "text");
    FileSystemHandler careful =
        new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, false));
    int owner = careful.getattr(inode).uid();
    careful.setFlags(inode, 0x10, 0);
    for (int flags : new int[] {0, 0x20, 0x10 | 0x20, 0x40}) {
      assertFault(Fault.NOT_PERMITTED, () -> careful.setFlags(inode, flags, owner));
    }
    assertFault(Fault.NOT_PERMITTED, () -> careful.setFlags(inode, 0x10 | 0x40, owner + 1));
    assertEquals(0x10, careful.getFlags(inode));
    careful.setFlags(inode, 0, 0);
    careful.setFlags(inode, 0x40, owner);
    assertEquals(0x40, careful.getFlags(inode));
  }

  @Test
  void attributesThatCouldNotBeListedAreNotTaken() throws IOException {
    long inode = file("a", "text");
    assertFault(
        Fault.NO_SPACE,
        () -> {
          for (int i = 0; i < 1000; i++) {
            handler.setxattr(inode, name(String.format("user.%0200d", i)), new byte[0], 0, false);
          }
        });
    int listed = handler.listxattr(inode, 0).length;
    assertTrue(listed > 65_000 && listed <= 1 << 16, listed + " bytes");
    handler.setxattr(inode, name(String.format("user.%0200d", 7)), new byte[9], 2, false);
  }

  @Test
  void extendedAttributesFollowTheRulesOfTheirNamespaces() throws IOException {
    long inode = file("a", "text");
    handler.setxattr(inode, name("user.k"), name("v"), 0, false);
    handler.setxattr(inode, name("trusted.k"), new byte[0], 1, false);
    assertArrayEquals(name("v"), handler.getxattr(inode, name("user.k")));
    assertEquals("user.k\0trusted.k\0".length(), handler.listxattr(inode, 0).length);
    assertEquals("user.k\0", new String(handler.listxattr(inode, 1000), StandardCharsets.US_ASCII));
    assertFault(Fault.EXISTS, () -> handler.setxattr(inode, name("user.k"), name("w"), 1, false));
    assertFault(
        Fault.NO_ATTRIBUTE, () -> handler.setxattr(inode, name("user.x"), name("w"), 2, false));
    assertFault(Fault.NO_ATTRIBUTE, () -> handler.getxattr(inode, name("user.x")));
    assertFault(
        Fault.INVALID_ARGUMENT, () -> handler.setxattr(inode, name("user.k"), name("w"), 7, false));
    for (String refused : List.of("system.", "other.k", "nothing", "system.posix_acl_access")) {
      assertFault(
          Fault.NOT_SUPPORTED, () -> handler.setxattr(inode, name(refused), name("v"), 0, false));
      assertFault(Fault.NOT_SUPPORTED, () -> handler.getxattr(inode, name(refused)));
      assertFault(Fault.NOT_SUPPORTED, () -> handler.removexattr(inode, name(refused)));
    }
    assertFault(
        Fault.INVALID_ARGUMENT, () -> handler.setxattr(inode, name("user."), name("v"), 0, false));
    handler.removexattr(inode, name("user.k"));
    assertFault(Fault.NO_ATTRIBUTE, () -> handler.removexattr(inode, name("user.k")));
  }

  @Test
  void accessControlListsNeedATransportThatHasThemEnforced() throws IOException {
    FileSystemHandler enforcing =
        new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true));
    long inode = file("a", "text");
    byte[] list =
        new PosixAcl(
                List.of(
                    new PosixAcl.Entry(1, 7, -1),
                    new PosixAcl.Entry(2, 6, 1001),
                    new PosixAcl.Entry(4, 5, -1),
                    new PosixAcl.Entry(16, 6, -1),
                    new PosixAcl.Entry(32, 0, -1)))
            .encode();
    byte[] acl = name("system.posix_acl_access");
    enforcing.setxattr(inode, acl, list, 0, false);
    assertEquals(0760, enforcing.getattr(inode).mode() & 0777);
    assertEquals("system.posix_acl_access\0".length(), enforcing.listxattr(inode, 0).length);
    assertEquals(0, handler.listxattr(inode, 0).length);
  }

  @Test
  void showsOtherOwnersWhenAskedTo() throws IOException {
    long inode = file("a", "text");
    FileSystemHandler masked =
        new FileSystemHandler(
            volume,
            new Presentation(OptionalInt.of(7), OptionalInt.empty(), OptionalInt.of(027)),
            new KernelChecks(false, true));
    Attributes shown = masked.getattr(inode);
    assertEquals(7, shown.uid());
    assertEquals(100, shown.gid());
    assertEquals(FileType.REGULAR | 0750, shown.mode());
    assertEquals(FileType.REGULAR | 0644, handler.getattr(inode).mode());
  }

  @Test
  void tellsSpaceAndMakesItDurable() throws IOException {
    assertNotNull(handler.statfs());
    file("a", "text");
    handler.sync();
    assertEquals(255, handler.statfs().nameMax());
  }
}
