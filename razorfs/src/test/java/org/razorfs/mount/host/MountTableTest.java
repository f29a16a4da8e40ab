package org.razorfs.mount.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTableTest {
  @TempDir private Path directory;

  private MountTable table(String text) throws IOException {
    return MountTable.read(Files.writeString(directory.resolve("mountinfo"), text));
  }

  @Test
  void readsLinesWithAndWithoutOptionalFields() throws IOException {
    MountTable table =
        table(
            """
            22 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=remount-ro
            44 22 0:40 / /mnt/a rw - fuse.razorfs /tmp/a.img rw,user_id=0
            """);
    assertEquals("8:1", table.at(Path.of("/")).orElseThrow().device());
    assertEquals("ext4", table.at(Path.of("/")).orElseThrow().type());
    MountTable.Mount mount = table.at(Path.of("/mnt/a")).orElseThrow();
    assertEquals("/tmp/a.img", mount.source());
    assertTrue(mount.isRazorfs());
    assertFalse(table.at(Path.of("/")).orElseThrow().isRazorfs());
    assertEquals(2, table.all().size());
    assertTrue(table.at(Path.of("/mnt")).isEmpty());
  }

  @Test
  void tellsWhereOneCannotWrite() throws IOException {
    MountTable table =
        table(
            """
            1 0 0:1 / /whole ro,relatime - ext4 x ro,errors=remount-ro
            2 0 0:1 / /there nosuid,ro shared:1 - ext4 x rw,errors=remount-ro
            3 0 0:2 / /elsewhere rw - ext4 x relatime,ro
            4 0 0:3 / /none rw,proto - ext4 x rw,errors=remount-ro
            5 0 0:3 / /silent rw - ext4 x
            """);
    assertEquals(
        List.of(true, true, true, false, false),
        table.all().stream().map(MountTable.Mount::readOnly).toList());
  }

  @Test
  void undoesTheEscapes() throws IOException {
    MountTable.Mount mount =
        table("44 22 0:40 / /mnt/a\\040b\\011c rw - fuse.razorfs /x\\134y\\012z rw\n")
            .at(Path.of("/mnt/a b\tc"))
            .orElseThrow();
    assertEquals("/x\\y\nz", mount.source());
  }

  @Test
  void theNewestMountHidesTheOthers() throws IOException {
    MountTable table =
        table("1 0 0:1 / /m rw - ext4 old rw\n2 0 0:2 / /m rw - fuse.razorfs new rw\n");
    assertEquals("new", table.at(Path.of("/m")).orElseThrow().source());
  }

  @Test
  void anotherMountThatJavaCannotNameIsNoHindrance() throws IOException {
    MountTable table = table("1 0 0:1 / /a\\000b rw - ext4 x rw\n2 0 0:2 / /m rw - ext4 y rw\n");
    assertEquals("y", table.at(Path.of("/m")).orElseThrow().source());
    assertEquals(1, table.all().size());
  }

  @Test
  void skipsWhatItDoesNotUnderstand() throws IOException {
    assertEquals(0, table("\nnonsense\n1 2 - ext4\n").all().size());
    assertEquals(0, MountTable.read(directory.resolve("missing")).all().size());
  }
}
