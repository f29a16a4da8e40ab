package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.host.Mounts;
import org.razorfs.bench.host.PageCache;

/**
 * A directory of whatever is mounted there already. Cold means no more than dropped caches, as it
 * is not ours to unmount.
 *
 * @param folder the directory
 * @param commands runs programs
 */
public record FolderTarget(Path folder, Commands commands) implements Target {
  @Override
  public String name() {
    return "directory";
  }

  @Override
  public String description() {
    String type;
    try {
      type = Mounts.typeOf(folder).orElse("unknown");
    } catch (IOException e) {
      type = "unknown";
    }
    return folder + " (" + type + "); cold: caches dropped, not mounted anew";
  }

  @Override
  public Optional<String> missing() {
    if (!Files.isDirectory(folder)) {
      return Optional.of(folder + ": is not a directory");
    }
    return Files.isWritable(folder)
        ? Optional.empty()
        : Optional.of(folder + ": is not writable; name a directory that is");
  }

  @Override
  public Session open(CleanUp cleanUp) throws IOException {
    Path root = Files.createTempDirectory(folder, "razorfs-bench-");
    return new FolderSession(
        root, commands, cleanUp.add("delete " + root, () -> Folders.delete(root)));
  }

  private record FolderSession(Path root, Commands commands, CleanUp.Step deleting)
      implements Session {
    @Override
    public void settle() throws IOException {
      PageCache.syncfs(commands, root);
      // On plain FUSE syncfs ends in the kernel; fsync of a directory reaches the daemon.
      PageCache.fsync(root);
    }

    @Override
    public void ready() {}

    @Override
    public void chill() throws IOException {
      settle();
      PageCache.drop(commands);
    }

    @Override
    public OptionalLong usedBytes() {
      return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
      deleting.close();
    }
  }
}
