package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.razorfs.layout.FileType;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.XattrMode;
import org.razorfs.wire.Name;

/**
 * A tree of everything that a file system can hold, with a chain of 64 directories in it: written
 * to a volume, and compared with what another volume holds.
 */
final class SampleTree {
  private static final int DEPTH = 64;
  private static final int PIECE = 100_000;

  private final List<TreeNode> nodes = new ArrayList<>();
  private final List<Map<Name, TreeNode>> children = new ArrayList<>();
  private final Map<Integer, Integer> nlink = new HashMap<>();
  private final Map<Integer, Integer> directories = new HashMap<>();

  /** A tree of {@code count} names, the same for the same seed. */
  SampleTree(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> directory = new ArrayList<>(List.of(0));
    List<TreeNode> files = new ArrayList<>();
    nodes.add(null);
    children.add(new HashMap<>());
    int bottom = 0;
    for (int number = 1; number <= count; number++) {
      int parent = directory.get(random.nextInt(directory.size()));
      TreeNode node;
      if (number <= DEPTH || random.nextInt(40) == 0) {
        node = TreeNode.directory(seed, number, number <= DEPTH ? bottom : parent);
        directory.add(number);
        bottom = number;
      } else if (!files.isEmpty() && random.nextInt(25) == 0) {
        node = TreeNode.link(seed, number, parent, files.get(random.nextInt(files.size())));
      } else {
        node = TreeNode.leaf(seed, number, parent);
        if (node.isFile()) {
          files.add(node);
        }
      }
      add(node);
    }
  }

  private void add(TreeNode node) {
    nodes.add(node);
    children.add(node.isDirectory() ? new HashMap<>() : Map.of());
    children.get(node.parent()).put(new Name(node.name()), node);
    if (node.isDirectory()) {
      directories.merge(node.parent(), 1, Integer::sum);
    } else {
      nlink.merge(node.isLink() ? node.target() : node.number(), 1, Integer::sum);
    }
  }

  /** All names but the root's. */
  int count() {
    return nodes.size() - 1;
  }

  /** Bytes of all files, each once. */
  long bytes() {
    return nodes.stream()
        .filter(node -> node != null && node.isFile() && !node.isLink())
        .mapToLong(TreeNode::size)
        .sum();
  }

  /** Writes it. */
  void write(Volume volume) throws IOException {
    long[] inodes = new long[nodes.size()];
    inodes[0] = Volume.ROOT;
    for (int number = 1; number < nodes.size(); number++) {
      TreeNode node = nodes.get(number);
      long parent = inodes[node.parent()];
      if (node.isLink()) {
        inodes[number] = inodes[node.target()];
        volume.link(inodes[number], parent, node.name());
      } else {
        inodes[number] = make(volume, node, parent);
        fill(volume, node, inodes[number]);
      }
    }
    // Last, since names and content change times, and a new owner may change modes.
    for (int number = nodes.size() - 1; number > 0; number--) {
      TreeNode node = nodes.get(number);
      volume.change(
          inodes[number],
          new AttributeChange().mode(node.mode()).atime(node.atime()).mtime(node.mtime()));
    }
  }

  private static long make(Volume volume, TreeNode node, long parent) throws IOException {
    Owner owner = new Owner(node.uid(), node.gid());
    Attributes made =
        switch (node.type()) {
          case FileType.DIRECTORY -> volume.mkdir(parent, node.name(), node.mode(), owner);
          case FileType.SYMLINK -> volume.symlink(parent, node.name(), node.linkTarget(), owner);
          default -> volume.create(parent, node.name(), node.mode(), owner, node.rdev());
        };
    // A setgid directory gives its group to what is made in it.
    volume.change(made.inode(), new AttributeChange().uid(node.uid()).gid(node.gid()));
    return made.inode();
  }

  private static void fill(Volume volume, TreeNode node, long inode) throws IOException {
    for (int at = 0; node.isFile() && at < node.size(); at += PIECE) {
      int length = Math.min(PIECE, node.size() - at);
      volume.write(inode, node.hole() + at, ByteBuffer.wrap(node.content(at, length)));
    }
    for (int which = 0; which < node.xattrs(); which++) {
      volume.setXattr(inode, TreeNode.xattrName(which), node.xattrValue(which), XattrMode.SET);
    }
  }

  /** The attributes of all names, by number. */
  List<Attributes> attributes(Volume volume) throws IOException {
    Attributes[] all = new Attributes[nodes.size()];
    all[0] = volume.attributes(Volume.ROOT);
    for (int number = 1; number < nodes.size(); number++) {
      TreeNode node = nodes.get(number);
      all[number] = volume.lookup(all[node.parent()].inode(), node.name());
      assertNotNull(all[number], () -> node + " is missing");
    }
    return Arrays.asList(all);
  }

  /** Finds this tree in a volume, all of it and nothing else. */
  void verify(Volume volume) throws IOException {
    List<Attributes> all = attributes(volume);
    verifyNames(volume, 0, all);
    for (int number = 1; number < nodes.size(); number++) {
      TreeNode node = nodes.get(number);
      Attributes actual = all.get(number);
      verifyAttributes(node, actual);
      if (node.isDirectory()) {
        assertEquals(all.get(node.parent()).inode(), volume.parent(actual.inode()));
        verifyNames(volume, number, all);
      } else if (node.type() == FileType.SYMLINK) {
        assertArrayEquals(node.linkTarget(), volume.readlink(actual.inode()), node.toString());
      } else if (node.isLink()) {
        assertEquals(all.get(node.target()).inode(), actual.inode(), node.toString());
      } else if (node.isFile()) {
        verifyContent(volume, node, actual.inode());
      }
      verifyXattrs(volume, node, actual.inode());
    }
  }

  private void verifyNames(Volume volume, int directory, List<Attributes> all) throws IOException {
    Map<Name, TreeNode> missing = new HashMap<>(children.get(directory));
    volume.readdir(
        all.get(directory).inode(),
        0,
        (name, inode, type, cookie) -> {
          TreeNode node = missing.remove(new Name(name.clone()));
          assertNotNull(node, () -> "a name that is not expected, or comes twice");
          assertEquals(all.get(node.number()).inode(), inode, node.toString());
          assertEquals(FileType.code(node.mode()), type, node.toString());
          return true;
        });
    assertEquals(Map.of(), missing);
  }

  private void verifyAttributes(TreeNode node, Attributes actual) {
    int names =
        node.isDirectory()
            ? 2 + directories.getOrDefault(node.number(), 0)
            : nlink.get(node.isLink() ? node.target() : node.number());
    long size =
        switch (node.type()) {
          case FileType.DIRECTORY -> children.get(node.number()).size();
          case FileType.SYMLINK -> node.size();
          default -> node.length();
        };
    Attributes expected =
        new Attributes(
            actual.inode(),
            actual.generation(),
            node.mode(),
            names,
            node.uid(),
            node.gid(),
            node.rdev(),
            size,
            actual.blocks(),
            0,
            node.atime(),
            node.mtime(),
            actual.ctime(),
            actual.btime(),
            actual.pending());
    assertEquals(expected, actual, node.toString());
  }

  private static void verifyContent(Volume volume, TreeNode node, long inode) throws IOException {
    if (node.size() == 0) {
      return;
    }
    int hole = (int) node.hole();
    assertArrayEquals(new byte[hole], VolumeDriver.read(volume, inode, 0, hole), node.toString());
    assertArrayEquals(
        node.content(0, node.size()),
        VolumeDriver.read(volume, inode, node.hole(), node.size() + 1),
        node.toString());
  }

  private static void verifyXattrs(Volume volume, TreeNode node, long inode) throws IOException {
    assertEquals(node.xattrs(), volume.listXattr(inode).size(), node.toString());
    for (int which = 0; which < node.xattrs(); which++) {
      assertArrayEquals(
          node.xattrValue(which),
          volume.getXattr(inode, TreeNode.xattrName(which)),
          node.toString());
    }
    assertNull(volume.getXattr(inode, TreeNode.xattrName(node.xattrs())), node.toString());
  }
}
