package org.razorfs.check;

import java.io.IOException;
import java.util.Arrays;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.Tree;
import org.razorfs.tree.TreeWalk;
import org.razorfs.wire.ByteSource;

/**
 * Pass 5, spec §5.4. Checks every directory entry against the inode and the name that it refers to,
 * every link count against the entries, and that each directory hangs from the root by its parents.
 * Needs the inodes and names; walks through INODES a second time and keeps one byte for each
 * directory. Uses of names are counted for pass 6.
 */
final class DirectoryPass implements TreeWalk.Visitor {
  private static final String NAME = "directories";

  // What is noted of each directory.
  private static final int NAMED = 1;
  private static final int ON_PATH = 2;
  private static final int REACHABLE = 4;
  private static final int LOST = 8;

  private final Subject subject;
  private final Reporter reporter;
  private final InodeTable inodes;
  private final StringIndex strings;
  private final TreeRoot root;
  private long[] lateGenerations = new long[0];
  private long lastGeneration;
  private long done;

  DirectoryPass(Subject subject, InodeTable inodes, StringIndex strings) {
    this.subject = subject;
    this.reporter = subject.reporter();
    this.inodes = inodes;
    this.strings = strings;
    this.root = subject.superblock().roots().get(TreeId.INODES);
  }

  void run() throws IOException {
    lateGenerations = inodes.lateGenerations();
    for (int i = 1; i < lateGenerations.length; i++) {
      if (lateGenerations[i] == lateGenerations[i - 1]) {
        reporter.add(Invariant.INO_12, "inodes", "two have generation " + lateGenerations[i]);
      }
    }
    new TreeWalk(TreeId.INODES, subject.store()).walk(root, this);
    if (inodes.isWhole()) {
      links();
      reachability();
    }
  }

  @Override
  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node)
      throws IOException {
    if (node.isLeaf()) {
      for (int i = 0; i < node.count(); i++) {
        int type = Keys.type(node.hi(i));
        if (type == Keys.DIRENT && node.valueLength(i) == DirentRecord.SIZE) {
          entry(Keys.object(node.hi(i)), node.lo(i), node.array(), node.valueAt(i));
        } else if (type == Keys.INODE && node.valueLength(i) == InodeRecord.SIZE) {
          if (lateGenerations.length > 0) {
            generation(Keys.object(node.hi(i)), node.array(), node.valueAt(i));
          }
        }
      }
    }
    done++;
    long total = Math.max(done, Math.min(root.nodes(), subject.bounds().dataEnd()));
    subject.listener().progress(NAME, done, total);
    return true;
  }

  @Override
  public void damaged(BlockPointer pointer, int level, KeyRange keys, IOException problem) {
    // Pass 3 has reported it.
  }

  private void generation(long inode, byte[] bytes, int from) throws IOException {
    InodeRecord record =
        InodeRecord.decode(new ByteSource(bytes, from, InodeRecord.SIZE, "inode", inode));
    if (record.generation() > lastGeneration) {
      lastGeneration = record.generation();
      if (Arrays.binarySearch(lateGenerations, record.generation()) >= 0) {
        reporter.add(
            Invariant.INO_12,
            "inode " + inode,
            "another inode has generation " + record.generation() + ", too");
      }
    }
  }

  private void entry(long directory, long name, byte[] bytes, int from) throws IOException {
    DirentRecord entry =
        DirentRecord.decode(new ByteSource(bytes, from, DirentRecord.SIZE, "entry"));
    int string = strings.indexOf(name);
    if (string >= 0) {
      strings.use(string);
    }
    if (string < 0 ? strings.isWhole() : !strings.has(string, StringIndex.FILE_NAME)) {
      reporter.add(
          Invariant.DIR_4,
          location(directory, name),
          string < 0 ? "the name does not exist" : "the name cannot be that of a file");
    }
    int target = inodes.indexOf(entry.inode());
    if (target < 0) {
      if (inodes.isWhole()) {
        reporter.add(
            Invariant.DIR_3,
            location(directory, name),
            "expected inode " + entry.inode() + ", got none");
      }
      return;
    }
    if (inodes.type(target) != 0 && inodes.type(target) != entry.type()) {
      reporter.add(
          Invariant.DIR_3,
          location(directory, name),
          "expected inode "
              + entry.inode()
              + " to be a "
              + InodePass.typeName(entry.type())
              + ", got a "
              + InodePass.typeName(inodes.type(target)));
    }
    if (!inodes.isDirectory(target)) {
      inodes.link(target);
      return;
    }
    if (inodes.isNameless(target)) {
      reporter.add(
          Invariant.INO_8,
          "inode " + entry.inode(),
          "has a link count of 0, and an entry in directory " + directory);
    }
    subdirectory(directory, name, entry.inode());
  }

  private void subdirectory(long directory, long name, long child) {
    int parent = inodes.indexOf(directory);
    if (parent >= 0) {
      inodes.link(parent);
    }
    int at = inodes.directory(child);
    if (child == Geometry.ROOT_INODE) {
      reporter.add(Invariant.DIR_5, location(directory, name), "refers to the root directory");
    } else if ((inodes.mark(at) & NAMED) != 0) {
      reporter.add(
          Invariant.DIR_5, location(directory, name), "directory " + child + " has another entry");
    } else if (inodes.parent(at) != directory) {
      reporter.add(
          Invariant.DIR_5,
          location(directory, name),
          "directory " + child + " has inode " + inodes.parent(at) + " as its parent");
    }
    inodes.mark(at, inodes.mark(at) | NAMED);
  }

  private void links() throws IOException {
    for (int i = 0; i < inodes.size(); i++) {
      int surplus = inodes.surplusLinks(i);
      if (surplus != 0 && inodes.type(i) != 0) {
        long nlink = nlink(inodes.number(i));
        reporter.add(
            Invariant.INO_8,
            "inode " + inodes.number(i),
            "expected a link count of " + (nlink - surplus) + ", got " + nlink);
      }
    }
  }

  private long nlink(long inode) throws IOException {
    byte[] value =
        new Tree(TreeId.INODES, root, subject.store()).get(Keys.hi(inode, Keys.INODE), 0);
    return InodeRecord.decode(new ByteSource(value, 0, value.length, "inode", inode)).nlink();
  }

  private void reachability() {
    for (int i = 0; i < inodes.directories(); i++) {
      long number = inodes.directoryNumber(i);
      int inode = inodes.indexOf(number);
      if (number == Geometry.ROOT_INODE || inodes.isOrphan(inode) || inodes.isNameless(inode)) {
        continue;
      }
      if ((inodes.mark(i) & NAMED) == 0) {
        reporter.add(Invariant.DIR_5, "directory " + number, "no directory has an entry for it");
      }
      if (isNewlyLost(i)) {
        reporter.add(Invariant.DIR_5, "directory " + number, "its parents do not lead to the root");
      }
    }
  }

  /**
   * Follows a directory's parents to the root, or to where the way is known, and notes the outcome
   * along the way. True where they lead elsewhere, and no directory met before told so.
   */
  private boolean isNewlyLost(int from) {
    int at = from;
    while (at >= 0 && !isRoot(at) && (inodes.mark(at) & (ON_PATH | REACHABLE | LOST)) == 0) {
      inodes.mark(at, inodes.mark(at) | ON_PATH);
      at = inodes.directory(inodes.parent(at));
    }
    boolean reached = at >= 0 && (isRoot(at) || (inodes.mark(at) & REACHABLE) != 0);
    boolean known = at >= 0 && (inodes.mark(at) & LOST) != 0;
    int verdict = reached ? REACHABLE : LOST;
    at = from;
    while (at >= 0 && (inodes.mark(at) & ON_PATH) != 0) {
      inodes.mark(at, (inodes.mark(at) & ~ON_PATH) | verdict);
      at = inodes.directory(inodes.parent(at));
    }
    return !reached && !known;
  }

  private boolean isRoot(int directory) {
    return inodes.directoryNumber(directory) == Geometry.ROOT_INODE;
  }

  private static String location(long directory, long name) {
    return "directory " + directory + ", entry with name " + name;
  }
}
