package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.Owner;

class PathResolverTest {
  private static final long ROOT = FileSystemHandler.ROOT;

  private final FileSystemHandler handler = TestVolumes.handler();
  private final PathResolver paths = new PathResolver(handler, 4);

  private long mkdir(long parent, String name) throws IOException {
    return handler.mkdir(parent, PathResolver.bytes(name), 0755, 0, Owner.ROOT).inode();
  }

  private static void assertMissing(org.junit.jupiter.api.function.Executable call) {
    assertEquals(Fault.NO_SUCH_ENTRY, assertThrows(FsException.class, call).fault());
  }

  @Test
  void findsTheRootAndWhatIsBelowIt() throws IOException {
    long a = mkdir(ROOT, "a");
    long b = mkdir(a, "b");
    assertEquals(ROOT, paths.inode("/"));
    assertEquals(a, paths.inode("/a"));
    assertEquals(b, paths.inode("/a/b"));
    assertEquals(b, paths.attributes("/a/b").inode());
    assertEquals(ROOT, paths.place("/x").directory());
    assertEquals(b, paths.place("/a/b/x").directory());
    assertArrayEquals(new byte[] {'x'}, paths.place("/a/b/x").name());
  }

  @Test
  void namesKeepEveryByte() throws IOException {
    byte[] name = new byte[255];
    for (int i = 0; i < 255; i++) {
      name[i] = (byte) (i + 1 == '/' ? 'x' : i + 1);
    }
    String text = new String(name, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertArrayEquals(name, paths.place("/" + text).name());
  }

  @Test
  void whatIsMissingIsNamedSo() throws IOException {
    mkdir(ROOT, "a");
    assertMissing(() -> paths.inode("/x"));
    assertMissing(() -> paths.place("/x/y"));
    assertMissing(() -> paths.attributes("/a/x"));
  }

  @Test
  void aFileIsNoDirectory() throws IOException {
    handler.mknod(ROOT, PathResolver.bytes("f"), FileType.REGULAR | 0644, 0, 0, Owner.ROOT);
    FsException e = assertThrows(FsException.class, () -> paths.place("/f/x"));
    assertEquals(Fault.NOT_DIRECTORY, e.fault());
  }

  @Test
  void aRemovedDirectoryIsForgotten() throws IOException {
    mkdir(ROOT, "a");
    paths.place("/a/x");
    assertTrue(paths.isKnownDirectory("/a"));
    handler.rmdir(ROOT, PathResolver.bytes("a"));
    paths.removed("/a");
    assertMissing(() -> paths.place("/a/x"));
    long again = mkdir(ROOT, "a");
    assertEquals(again, paths.place("/a/x").directory());
  }

  @Test
  void aMovedDirectoryTakesAllBelowItAlong() throws IOException {
    long a = mkdir(ROOT, "a");
    long b = mkdir(a, "b");
    paths.place("/a/b/x");
    handler.rename(ROOT, PathResolver.bytes("a"), ROOT, PathResolver.bytes("z"), 0, Owner.ROOT);
    paths.moved();
    assertMissing(() -> paths.place("/a/b/x"));
    assertEquals(b, paths.place("/z/b/x").directory());
  }

  @Test
  void remembersNoMoreThanItMay() throws IOException {
    for (int i = 0; i < 20; i++) {
      mkdir(ROOT, "d" + i);
      paths.place("/d" + i + "/x");
    }
    int known = 0;
    for (int i = 0; i < 20; i++) {
      known += paths.isKnownDirectory("/d" + i) ? 1 : 0;
    }
    assertTrue(known <= 4, known + " remembered");
    assertFalse(paths.isKnownDirectory("/d0"));
  }
}
