package org.razorfs.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.Op;
import org.razorfs.model.posix.PosixModel;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.XattrMode;

/**
 * Test support: applies operations to a directory of any file system, through the kernel, by a
 * program in C (src/test/c/history.c), and tells what each came to.
 */
final class HistoryDriver implements AutoCloseable {
  /** What fits into an inode of ext4, with its names, and the block that it has besides. */
  private static final int MAX_XATTR = 500;

  private final Process process;
  private final OutputStream out;
  private final BufferedReader in;

  HistoryDriver(Path program, Path directory) throws IOException {
    process =
        new ProcessBuilder(program.toString())
            .directory(directory.toFile())
            .redirectError(Redirect.INHERIT)
            .start();
    out = process.getOutputStream();
    in = process.inputReader(StandardCharsets.ISO_8859_1);
  }

  /** Whether a program could ask for it; the others are asked of a volume. */
  static boolean isCall(Op op) {
    return !(op instanceof Op.Sync
        || op instanceof Op.Checkpoint
        || op instanceof Op.Compact
        || op instanceof Op.Reopen);
  }

  /** Applies an operation and returns the program's answer. */
  String apply(Op op) throws IOException {
    return ask(line(op));
  }

  /** All that is below the directory, a line for each name. */
  String tree(boolean times) throws IOException {
    return ask(times ? "tree times" : "tree").replace("|", "\n");
  }

  private String ask(String line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    String answer = in.readLine();
    if (answer == null) {
      throw new IOException("the program ended at: " + line);
    }
    return answer;
  }

  private static String line(Op op) {
    if (op instanceof Op.Create o) {
      return words("create", target(o.path()), o.permissions(), o.uid(), o.gid());
    } else if (op instanceof Op.Mknod o) {
      return words("mknod", target(o.path()), o.mode(), o.rdev());
    } else if (op instanceof Op.Mkdir o) {
      return words("mkdir", target(o.path()), o.permissions());
    } else if (op instanceof Op.Symlink o) {
      return words("symlink", target(o.path()), hex(PosixModel.encode(o.target())));
    } else if (op instanceof Op.Tmpfile o) {
      return words("tmpfile", o.handle(), target(o.directory()), o.permissions());
    } else if (op instanceof Op.Open o) {
      return words("open", o.handle(), target(o.target()));
    } else if (op instanceof Op.Close o) {
      return words("close", o.handle());
    } else if (op instanceof Op.Link o) {
      return words("link", target(o.target()), target(o.path()));
    } else if (op instanceof Op.Unlink o) {
      return words("unlink", target(o.path()));
    } else if (op instanceof Op.Rmdir o) {
      return words("rmdir", target(o.path()));
    } else if (op instanceof Op.Rename o) {
      return words("rename", target(o.from()), target(o.to()), flags(o.mode()));
    } else if (op instanceof Op.Write o) {
      byte[] bytes = Content.bytes(o.sequence(), o.texture(), Math.max(0, o.offset()), o.length());
      return words("write", target(o.target()), o.offset(), hex(bytes));
    } else if (op instanceof Op.Truncate o) {
      return words("truncate", target(o.target()), o.size());
    } else if (op instanceof Op.Allocate o) {
      return words("allocate", target(o.target()), flags(o.mode()), o.offset(), o.length());
    } else if (op instanceof Op.CopyRange o) {
      return words(
          "copy", target(o.from()), o.fromOffset(), target(o.to()), o.toOffset(), o.length());
    } else if (op instanceof Op.Read o) {
      return words("read", target(o.target()), o.offset(), o.length());
    } else if (op instanceof Op.Fsync o) {
      return words("fsync", target(o.target()), o.dataOnly() ? 1 : 0);
    }
    return attributes(op);
  }

  private static String attributes(Op op) {
    if (op instanceof Op.Chmod o) {
      return words("chmod", target(o.target()), o.permissions());
    } else if (op instanceof Op.Chown o) {
      return words("chown", target(o.target()), o.uid(), o.gid());
    } else if (op instanceof Op.Utimes o) {
      return words("utimes", target(o.target()), o.atime(), o.mtime());
    } else if (op instanceof Op.Flags o) {
      return words("flags", target(o.target()), o.flags());
    } else if (op instanceof Op.SetXattr o) {
      byte[] value = Content.value(o.sequence(), Math.min(o.length(), MAX_XATTR));
      return words("setxattr", target(o.target()), name(o.name()), hex(value), flags(o.mode()));
    } else if (op instanceof Op.RemoveXattr o) {
      return words("removexattr", target(o.target()), name(o.name()));
    } else if (op instanceof Op.Stat o) {
      return words("stat", target(o.target()));
    } else if (op instanceof Op.ReadDirectory o) {
      return words("list", target(o.target()));
    } else if (op instanceof Op.Readlink o) {
      return words("readlink", target(o.target()));
    } else if (op instanceof Op.GetXattr o) {
      return words("getxattr", target(o.target()), name(o.name()));
    } else if (op instanceof Op.ListXattr o) {
      return words("listxattr", target(o.target()));
    }
    throw new IllegalArgumentException("no call does " + op);
  }

  private static String words(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    return line.toString();
  }

  private static String target(String target) {
    if (target.startsWith("#")) {
      return target;
    }
    return "@" + (target.equals("/") ? name(".") : name(target.substring(1)));
  }

  private static String name(String name) {
    return hex(PosixModel.encode(name));
  }

  private static String hex(byte[] bytes) {
    return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
  }

  private static int flags(RenameMode mode) {
    return switch (mode) {
      case REPLACE -> 0;
      case NO_REPLACE -> 1;
      case EXCHANGE -> 2;
      case WHITEOUT -> 4;
    };
  }

  private static int flags(FallocateMode mode) {
    return switch (mode) {
      case ALLOCATE -> 0;
      case KEEP_SIZE -> 1;
      case PUNCH_HOLE -> 3;
      case ZERO_RANGE -> 0x10;
      case ZERO_RANGE_KEEP_SIZE -> 0x11;
    };
  }

  private static int flags(XattrMode mode) {
    return switch (mode) {
      case SET -> 0;
      case CREATE -> 1;
      case REPLACE -> 2;
    };
  }

  @Override
  public void close() throws IOException {
    out.close();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new IOException("the program does not end");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
