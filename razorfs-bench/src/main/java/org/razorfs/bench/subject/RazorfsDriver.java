package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Mounts;
import org.razorfs.bench.host.PageCache;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.JsonText;

/** RAZORFS itself, by its own command: nothing here knows it better than a peer. */
public final class RazorfsDriver implements Driver {
  private static final long PATIENCE_SECONDS = 60;

  private final Commands commands;
  private final Commands putBack;
  private final Settings settings;
  private final Path image;
  private final Path mountPoint;
  private long pid;

  /**
   * @param settings how it is made and mounted
   */
  public RazorfsDriver(Commands commands, Settings settings, Path image, Path mountPoint) {
    this.commands = commands;
    this.putBack = commands.fresh();
    this.settings = settings;
    this.image = image;
    this.mountPoint = mountPoint;
  }

  @Override
  public void make() throws IOException {
    run(
        commands,
        List.of("mkfs", "-q", "--size", Long.toString(settings.imageBytes()), image()),
        Map.of());
  }

  @Override
  public void mount() throws IOException {
    List<String> words = new ArrayList<>(List.of("mount", "--json"));
    if (!settings.mountOptions().isEmpty()) {
      words.addAll(List.of("-o", settings.mountOptions()));
    }
    if (!settings.transport().isEmpty()) {
      words.addAll(List.of("--transport", settings.transport()));
    }
    words.addAll(List.of(image(), mountPoint.toString()));
    // Not one of those that a signal ends half way: that would leave a daemon nobody knows.
    String report = run(putBack, words, settings.environment());
    pid = JsonText.parse(report).get("pid") instanceof Long number ? number : 0;
  }

  @Override
  public void unmount() throws IOException {
    if (!Mounts.isMounted(mountPoint)) {
      return;
    }
    try {
      run(putBack, List.of("umount", "-q", mountPoint.toString()), Map.of());
      awaitEnd();
    } catch (IOException e) {
      Unmounting.lazily(putBack, mountPoint, e);
    }
  }

  @Override
  public boolean commit() throws IOException {
    // syncfs(2) ends in the kernel on plain FUSE; fsync of a directory commits what came before.
    PageCache.fsync(mountPoint);
    return true;
  }

  @Override
  public Path store() {
    return image;
  }

  @Override
  public Path mountPoint() {
    return mountPoint;
  }

  private String image() {
    return image.toString();
  }

  /** The image is closed by now; the process may have some of its own still to write. */
  private void awaitEnd() throws IOException {
    try {
      Optional<ProcessHandle> daemon = ProcessHandle.of(pid);
      if (daemon.isPresent()) {
        daemon.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new CommandFailure(1, "the daemon, pid " + pid + ", does not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(1, "interrupted", e);
    }
  }

  private String run(Commands through, List<String> arguments, Map<String, String> environment)
      throws IOException {
    // In a session of its own, so that ^C at the terminal reaches this process alone.
    List<String> words =
        new ArrayList<>(List.of("setsid", "--wait", settings.launcher().toString()));
    words.addAll(arguments);
    return through.output(words, environment);
  }

  /**
   * How RAZORFS is made and mounted.
   *
   * @param launcher the {@code razorfs} command
   * @param imageBytes how large new images are
   * @param mountOptions as after {@code -o}; empty for none
   * @param transport as after {@code --transport}; empty for the default
   * @param environment variables for mounts
   */
  public record Settings(
      Path launcher,
      long imageBytes,
      String mountOptions,
      String transport,
      Map<String, String> environment) {

    /** The same with one more option for the mount. */
    Settings plus(String option) {
      return new Settings(
          launcher,
          imageBytes,
          mountOptions.isEmpty() ? option : mountOptions + "," + option,
          transport,
          environment);
    }
  }
}
