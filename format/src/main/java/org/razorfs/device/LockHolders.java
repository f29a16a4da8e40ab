package org.razorfs.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds out, where the host tells (Linux's /proc/locks), which process has a file locked. */
final class LockHolders {
  private final Path proc;

  /**
   * @param proc where the proc file system is, normally {@code /proc}
   */
  LockHolders(Path proc) {
    this.proc = proc;
  }

  /** One POSIX lock, from a line such as {@code 4: POSIX ADVISORY WRITE 812 08:01:131 0 EOF}. */
  private record Lock(long pid, long major, long minor, long inode) {}

  /** Somebody who holds a lock, such as {@code pid 812 (java)}; empty when that is not known. */
  Optional<String> describe(FileIdentity file) {
    if (file.inode() < 0) {
      return Optional.empty();
    }
    List<Lock> sameInode = new ArrayList<>();
    for (String line : lines(proc.resolve("locks"))) {
      Lock lock = parse(line);
      if (lock != null && lock.inode() == file.inode()) {
        if (lock.major() == FileIdentity.major(file.device())
            && lock.minor() == FileIdentity.minor(file.device())) {
          return Optional.of(describe(lock.pid()));
        }
        sameInode.add(lock);
      }
    }
    // Some file systems (btrfs, overlayfs) show another device number to stat than to the kernel.
    return sameInode.size() == 1 ? Optional.of(describe(sameInode.get(0).pid())) : Optional.empty();
  }

  private String describe(long pid) {
    if (pid <= 0) {
      return "a process outside this container";
    }
    List<String> comm = lines(proc.resolve(Long.toString(pid)).resolve("comm"));
    return "pid " + pid + (comm.isEmpty() ? "" : " (" + comm.get(0).strip() + ")");
  }

  private static Lock parse(String line) {
    String[] words = line.strip().split("\\s+", -1);
    // A waiter's line has "->" as its second word and is not a holder.
    if (words.length < 8 || !(words[1].equals("POSIX") || words[1].equals("OFDLCK"))) {
      return null;
    }
    String[] where = words[5].split(":", -1);
    if (where.length != 3) {
      return null;
    }
    try {
      return new Lock(
          Long.parseLong(words[4]),
          Long.parseLong(where[0], 16),
          Long.parseLong(where[1], 16),
          Long.parseLong(where[2]));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static List<String> lines(Path path) {
    try {
      // Not readAllLines: a process may call itself anything, also something that is not UTF-8.
      return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      return List.of(); // not Linux, or the process has gone meanwhile
    }
  }
}
