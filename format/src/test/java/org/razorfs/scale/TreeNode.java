package org.razorfs.scale;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.model.posix.Content;

/**
 * One name of a {@link SampleTree}, everything about it a function of the tree's seed and its
 * number.
 *
 * @param number from 1 on; 0 is the root
 * @param parent the number of its directory
 * @param target the number of the file that it is one more name of, or -1
 * @param name 1 to 255 bytes
 * @param mode type and permissions
 * @param size bytes of a file or of a symbolic link's target
 * @param hole bytes before the content, which are not written
 * @param texture of the content
 * @param xattrs how many it has
 */
record TreeNode(
    int number,
    int parent,
    int target,
    byte[] name,
    int mode,
    int uid,
    int gid,
    long rdev,
    long hole,
    int size,
    Content.Texture texture,
    Timestamp atime,
    Timestamp mtime,
    int xattrs) {
  private static final int[] SPECIAL = {
    FileType.FIFO, FileType.SOCKET, FileType.CHARACTER, FileType.BLOCK
  };

  /** A directory of which nothing but its place is special. */
  static TreeNode directory(long seed, int number, int parent) {
    return of(new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L), number, parent, -1, 0);
  }

  /** What is no directory. */
  static TreeNode leaf(long seed, int number, int parent) {
    SplittableRandom random = new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L);
    int dice = random.nextInt(100);
    int kind =
        dice < 86
            ? FileType.REGULAR
            : dice < 96 ? FileType.SYMLINK : SPECIAL[random.nextInt(SPECIAL.length)];
    return of(random, number, parent, -1, kind);
  }

  /** One more name of {@code first}. */
  static TreeNode link(long seed, int number, int parent, TreeNode first) {
    TreeNode link =
        of(new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L), number, parent, 0, 1);
    return new TreeNode(
        number,
        parent,
        first.number,
        link.name,
        first.mode,
        first.uid,
        first.gid,
        first.rdev,
        first.hole,
        first.size,
        first.texture,
        first.atime,
        first.mtime,
        first.xattrs);
  }

  private static TreeNode of(
      SplittableRandom random, int number, int parent, int target, int kind) {
    int type = kind == 0 ? FileType.DIRECTORY : kind;
    boolean regular = type == FileType.REGULAR;
    boolean device = type == FileType.CHARACTER || type == FileType.BLOCK;
    return new TreeNode(
        number,
        parent,
        target,
        name(random, number),
        type | (type == FileType.SYMLINK ? 0777 : random.nextInt(010000)),
        random.nextInt(),
        random.nextInt(),
        device ? random.nextInt(1, Integer.MAX_VALUE) : 0,
        regular && random.nextInt(20) == 0 ? random.nextInt(1 << 20) : 0,
        regular ? size(random) : type == FileType.SYMLINK ? random.nextInt(1, 4096) : 0,
        texture(random),
        time(random),
        time(random),
        random.nextInt(10) == 0 ? random.nextInt(1, 6) : 0);
  }

  /** A number makes it unique; what is around it may be anything. */
  private static byte[] name(SplittableRandom random, int number) {
    byte[] id = ("." + number).getBytes(StandardCharsets.US_ASCII);
    int length = random.nextInt(12) == 0 ? random.nextInt(20, 256) : random.nextInt(12, 20);
    byte[] name = new byte[length];
    if (random.nextInt(8) == 0) {
      random.nextBytes(name);
      for (int i = 0; i < length; i++) {
        name[i] = name[i] == 0 || name[i] == '/' ? (byte) '\n' : name[i];
      }
    } else {
      Arrays.fill(name, (byte) ('a' + random.nextInt(26)));
    }
    System.arraycopy(id, 0, name, length - id.length, id.length);
    return name;
  }

  private static int size(SplittableRandom random) {
    int dice = random.nextInt(1000);
    return dice < 100
        ? 0
        : dice < 700
            ? random.nextInt(4096)
            : dice < 950
                ? random.nextInt(32 << 10)
                : dice < 998 ? random.nextInt(300 << 10) : random.nextInt(4 << 20);
  }

  private static Content.Texture texture(SplittableRandom random) {
    int dice = random.nextInt(10);
    return dice == 0
        ? Content.Texture.ZEROS
        : dice < 3 ? Content.Texture.NOISE : Content.Texture.TEXT;
  }

  private static Timestamp time(SplittableRandom random) {
    long seconds = random.nextInt(20) == 0 ? random.nextLong() >> 20 : random.nextInt();
    return new Timestamp(seconds, random.nextInt(1_000_000_000));
  }

  int type() {
    return mode & FileType.MASK;
  }

  boolean isDirectory() {
    return type() == FileType.DIRECTORY;
  }

  boolean isFile() {
    return type() == FileType.REGULAR;
  }

  boolean isLink() {
    return target >= 0;
  }

  /** The number by which the content is made, the same for all names of a file. */
  private int sequence() {
    return isLink() ? target : number;
  }

  /** The file's length; bytes. */
  long length() {
    return size == 0 ? 0 : hole + size;
  }

  /** What was written at {@code hole + from}. */
  byte[] content(int from, int length) {
    return Content.bytes(sequence(), texture, hole + from, length);
  }

  /** A symbolic link's target. */
  byte[] linkTarget() {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) ('A' + number % 26));
    return bytes;
  }

  static byte[] xattrName(int which) {
    return ("user.attribute-" + which).getBytes(StandardCharsets.US_ASCII);
  }

  /** The value of an attribute; one in seven is long. */
  byte[] xattrValue(int which) {
    int length = (sequence() + which) % 7 == 0 ? 3000 : (sequence() + which) % 60;
    return Content.value(sequence() + which, length);
  }
}
