package org.razorfs.mount.handler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.TestVolumes;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;

/** What access control lists mean for new nodes, for chmod and for each other. */
class AccessListsTest {
  private static final long ROOT = FileSystemHandler.ROOT;
  private static final Owner OWNER = new Owner(1000, 100);
  private static final byte[] ACCESS = ascii("system.posix_acl_access");
  private static final byte[] DEFAULT = ascii("system.posix_acl_default");

  /** user::rwx, user:1:rwx, group::r-x, mask::rwx, other::---. */
  private static final byte[] LIST =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000700ffffffff"
                  + "0200070001000000"
                  + "04000500ffffffff"
                  + "10000700ffffffff"
                  + "20000000ffffffff");

  /** user::rw-, group::r--, other::r--. */
  private static final byte[] MINIMAL =
      HexFormat.of()
          .parseHex("02000000" + "01000600ffffffff" + "04000400ffffffff" + "20000400ffffffff");

  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true));

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private Attributes make(String name, int mode, int umask) throws IOException {
    return handler.mknod(ROOT, ascii(name), 0100000 | mode, umask, 0, OWNER);
  }

  @Test
  void withoutADefaultListTheUmaskCounts() throws IOException {
    Attributes made = make("f", 0666, 027);
    assertEquals(0100640, made.mode());
    assertNull(volume.getXattr(made.inode(), ACCESS));
  }

  @Test
  void withADefaultListItCountsInsteadOfTheUmask() throws IOException {
    handler.setxattr(ROOT, DEFAULT, LIST, 0, false);
    Attributes file = make("f", 0664, 077);
    assertEquals(0100660, file.mode());
    assertEquals(0660, PosixAcl.decode(handler.getxattr(file.inode(), ACCESS)).mode());
    assertNull(volume.getXattr(file.inode(), DEFAULT));
    Attributes directory = handler.mkdir(ROOT, ascii("d"), 0755, 077, OWNER);
    assertEquals(040750, directory.mode());
    assertArrayEquals(LIST, handler.getxattr(directory.inode(), DEFAULT));
    Created hidden = handler.tmpfile(ROOT, 0600, 0, 0, OWNER);
    handler.release(hidden.handle());
    assertEquals(0100600, hidden.attributes().mode());
  }

  @Test
  void aDefaultListThatSaysNoMoreThanAModeLeavesNone() throws IOException {
    handler.setxattr(ROOT, DEFAULT, MINIMAL, 0, false);
    Attributes file = make("f", 0777, 077);
    assertEquals(0100644, file.mode());
    assertNull(volume.getXattr(file.inode(), ACCESS));
  }

  @Test
  void aListSetsTheModeAndAModeSetsTheList() throws IOException {
    long file = make("f", 0644, 0).inode();
    handler.setxattr(file, ACCESS, LIST, 0, false);
    assertEquals(0100770, volume.attributes(file).mode());
    handler.setattr(file, new AttributeChange().mode(0641));
    PosixAcl list = PosixAcl.decode(handler.getxattr(file, ACCESS));
    assertEquals(0641, list.mode());
    assertEquals(5, list.entries().get(2).permissions(), "the owning group's own entry");
    handler.setxattr(file, ACCESS, MINIMAL, 0, false);
    assertEquals(0100644, volume.attributes(file).mode());
    assertNull(volume.getXattr(file, ACCESS));
  }

  @Test
  void theSetGroupIdBitGoesOnlyWhenTheKernelSaysSo() throws IOException {
    long file = make("f", 02755, 0).inode();
    handler.setxattr(file, ACCESS, LIST, 0, false);
    assertEquals(0102770, volume.attributes(file).mode());
    handler.setxattr(file, ACCESS, LIST, 0, true);
    assertEquals(0100770, volume.attributes(file).mode());
  }

  @Test
  void whatIsNoListIsRefusedAndChangesNothing() throws IOException {
    long file = make("f", 0644, 0).inode();
    for (byte[] name : new byte[][] {ACCESS, DEFAULT}) {
      FsException refusal =
          assertThrows(
              FsException.class, () -> handler.setxattr(file, name, new byte[9], 0, false));
      assertEquals(Fault.INVALID_ARGUMENT, refusal.fault());
      assertNull(volume.getXattr(file, name));
    }
    assertEquals(0100644, volume.attributes(file).mode());
  }

  @Test
  void whereNobodyEnforcesThemListsAreRefused() throws IOException {
    FileSystemHandler without =
        new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, true));
    FsException refusal =
        assertThrows(FsException.class, () -> without.setxattr(ROOT, DEFAULT, LIST, 0, false));
    assertEquals(Fault.NOT_SUPPORTED, refusal.fault());
  }
}
