package org.razorfs.model.posix;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.XattrMode;

/**
 * Makes random histories. It looks at a model to choose targets that are mostly there and names
 * that are mostly free, and now and then the opposite.
 */
public final class OpGenerator {

  /**
   * What histories are like.
   *
   * @param maxWrite bytes of the largest write
   * @param maxSize no file is meant to grow larger
   * @param maxNames so many names, and more is removed than created
   * @param syncPercent how many operations of a hundred make something durable
   * @param readPercent how many only look
   * @param reopenPercent how many close the volume and open it again
   */
  public record Profile(
      int maxWrite,
      int maxSize,
      int maxNames,
      int syncPercent,
      int readPercent,
      int reopenPercent) {}

  private static final String[] NAMES = {
    "a", "b", "c", "d", "e", "x.txt", "\u00e4\u00ff\u0001", "n".repeat(60), "m".repeat(255)
  };
  private static final String[] XATTRS = {"user.a", "user.b", "trusted.c", "security.selinux"};

  private final SplittableRandom random;
  private final Profile profile;
  private int sequence = 1;
  private int handle = 1;

  /** A generator whose choices follow from the seed and the models that it is shown. */
  public OpGenerator(long seed, Profile profile) {
    this.random = new SplittableRandom(seed);
    this.profile = profile;
  }

  /** A history of {@code count} operations that all systems agree on. */
  public List<Op> history(int count) {
    PosixModel model = new PosixModel();
    List<Op> ops = new ArrayList<>();
    while (ops.size() < count) {
      Op op = next(model);
      if (model.isSpecified(op)) {
        model.apply(op);
        ops.add(op);
      }
    }
    return ops;
  }

  /** The next operation where the model is what came of those before. */
  public Op next(PosixModel model) {
    int dice = random.nextInt(100);
    if (dice < profile.syncPercent) {
      return sync(model);
    }
    dice = random.nextInt(100);
    if (dice < profile.readPercent) {
      return look(model);
    }
    if (random.nextInt(100) < profile.reopenPercent) {
      return new Op.Reopen();
    }
    dice = random.nextInt(100);
    if (dice < 38) {
      return data(model);
    }
    if (dice < 58) {
      return model.paths().size() < profile.maxNames ? add(model) : remove(model);
    }
    if (dice < 68) {
      return remove(model);
    }
    if (dice < 82) {
      return new Op.Rename(path(model, node -> true), name(model), renameMode());
    }
    if (dice < 87) {
      return handles(model);
    }
    return attributes(model);
  }

  private Op sync(PosixModel model) {
    return switch (random.nextInt(10)) {
      case 0, 1 -> new Op.Sync();
      case 2 -> random.nextBoolean() ? new Op.Checkpoint() : new Op.Compact();
      case 3 -> new Op.Fsync(existing(model, ModelNode::isDirectory), false);
      case 4 -> new Op.Fsync(existing(model, ModelNode::isFile), true);
      default -> new Op.Fsync(existing(model, ModelNode::isFile), false);
    };
  }

  private Op look(PosixModel model) {
    return switch (random.nextInt(7)) {
      case 0 -> new Op.Stat(existing(model, node -> true));
      case 1 -> new Op.ReadDirectory(existing(model, ModelNode::isDirectory));
      case 2 -> new Op.Readlink(existing(model, ModelNode::isSymlink));
      case 3 -> new Op.GetXattr(existing(model, node -> true), pick(XATTRS));
      case 4 -> new Op.ListXattr(existing(model, node -> true));
      default ->
          new Op.Read(
              existing(model, ModelNode::isFile),
              random.nextInt(profile.maxSize),
              random.nextInt(1, profile.maxWrite));
    };
  }

  private Op data(PosixModel model) {
    String target = existing(model, ModelNode::isFile);
    ModelNode node = model.find(target);
    long size = node == null ? 0 : node.data().size();
    long offset = offset(size);
    return switch (random.nextInt(12)) {
      case 0 -> new Op.Truncate(target, random.nextInt(3) == 0 ? 0 : offset);
      case 1 ->
          new Op.Allocate(
              target, pick(FallocateMode.values()), offset, random.nextInt(1, profile.maxWrite));
      case 2 ->
          new Op.CopyRange(
              target,
              offset,
              existing(model, ModelNode::isFile),
              offset(size),
              random.nextInt(profile.maxWrite));
      case 3, 4, 5 -> write(target, size < profile.maxSize ? -1 : 0);
      default -> write(target, offset);
    };
  }

  private Op write(String target, long offset) {
    int length =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(1, 600);
          case 1 -> random.nextInt(1, Math.max(2, profile.maxWrite / 8));
          case 2 -> Content.SECTOR * random.nextInt(1, Math.max(2, profile.maxWrite / 512));
          default -> random.nextInt(1, profile.maxWrite);
        };
    Content.Texture texture =
        switch (random.nextInt(8)) {
          case 0 -> Content.Texture.ZEROS;
          case 1, 2 -> Content.Texture.NOISE;
          default -> Content.Texture.TEXT;
        };
    return new Op.Write(target, offset, length, sequence++, texture);
  }

  private long offset(long size) {
    long limit = Math.min(profile.maxSize, size + size / 4 + 600);
    long offset = random.nextLong(limit);
    return switch (random.nextInt(3)) {
      case 0 -> offset / 4096 * 4096;
      case 1 -> offset / 512 * 512;
      default -> offset;
    };
  }

  private Op add(PosixModel model) {
    String path = name(model);
    return switch (random.nextInt(12)) {
      case 0, 1 -> new Op.Mkdir(path, random.nextInt(4) == 0 ? 02755 : 0755);
      case 2 -> new Op.Symlink(path, "to/" + "y".repeat(random.nextInt(1, 300)));
      case 3 ->
          new Op.Mknod(
              path,
              pick(FileType.FIFO, FileType.SOCKET, FileType.CHARACTER, FileType.BLOCK) | 0640,
              random.nextInt(1, 1 << 20));
      case 4, 5 -> new Op.Link(existing(model, node -> true), path);
      case 6 -> new Op.Tmpfile("#" + handle++, existing(model, ModelNode::isDirectory), 0600);
      default ->
          new Op.Create(path, random.nextInt(01000), random.nextInt(3), random.nextInt(3) * 100);
    };
  }

  private Op remove(PosixModel model) {
    return random.nextInt(4) == 0
        ? new Op.Rmdir(path(model, ModelNode::isDirectory))
        : new Op.Unlink(path(model, node -> random.nextInt(5) == 0 || !node.isDirectory()));
  }

  private Op handles(PosixModel model) {
    return model.handles().isEmpty() || random.nextInt(3) == 0
        ? new Op.Open("#" + handle++, existing(model, node -> true))
        : random.nextBoolean()
            ? new Op.Close(pick(model.handles().toArray(String[]::new)))
            : new Op.Link(pick(model.handles().toArray(String[]::new)), name(model));
  }

  private Op attributes(PosixModel model) {
    String target = existing(model, node -> true);
    return switch (random.nextInt(8)) {
      case 0 -> new Op.Chmod(target, random.nextInt(01000));
      case 1 -> new Op.Chown(target, random.nextInt(70000), random.nextInt(70000));
      case 2 -> new Op.Utimes(target, random.nextInt(), random.nextInt());
      case 3 -> new Op.Flags(target, pick(0, InodeRecord.NODUMP, InodeRecord.NOATIME));
      case 4 -> new Op.RemoveXattr(target, pick(XATTRS));
      default ->
          new Op.SetXattr(
              target,
              pick(XATTRS),
              random.nextInt(4) == 0 ? random.nextInt(3000) : random.nextInt(60),
              sequence++,
              random.nextInt(3) == 0 ? pick(XattrMode.values()) : XattrMode.SET);
    };
  }

  private RenameMode renameMode() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> RenameMode.NO_REPLACE;
      case 2 -> RenameMode.EXCHANGE;
      case 3 -> RenameMode.WHITEOUT;
      default -> RenameMode.REPLACE;
    };
  }

  /** A path that mostly is there. */
  private String path(PosixModel model, Predicate<ModelNode> kind) {
    String target = existing(model, kind);
    return target.startsWith("#") || target.equals("/") ? name(model) : target;
  }

  /** A target that mostly is there and mostly is of the right kind. */
  private String existing(PosixModel model, Predicate<ModelNode> kind) {
    if (random.nextInt(40) == 0) {
      return name(model);
    }
    List<String> found = new ArrayList<>();
    boolean any = random.nextInt(30) == 0;
    for (String path : model.paths()) {
      if (any || kind.test(model.find(path))) {
        found.add(path);
      }
    }
    for (String open : model.handles()) {
      if (any || kind.test(model.find(open))) {
        found.add(open);
      }
    }
    if (kind.test(model.find("/")) && random.nextInt(4) == 0) {
      found.add("/");
    }
    if (found.isEmpty()) {
      return name(model);
    }
    return found.get(random.nextInt(found.size()));
  }

  /** A path whose directory is there; the name may be taken. */
  private String name(PosixModel model) {
    List<String> directories = new ArrayList<>(List.of(""));
    for (String path : model.paths()) {
      if (model.find(path).isDirectory() && path.chars().filter(c -> c == '/').count() < 5) {
        directories.add(path);
      }
    }
    String name = random.nextInt(60) == 0 ? "z".repeat(256) : pick(NAMES);
    return directories.get(random.nextInt(directories.size())) + "/" + name;
  }

  private int pick(int... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
