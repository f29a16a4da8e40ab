package org.razorfs.bench.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.subject.FolderTarget;
import org.razorfs.bench.subject.RazorfsDriver;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.subject.Targets;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Sizes;
import picocli.CommandLine.Option;

/** The options that say how RAZORFS itself is made and mounted. */
final class RazorfsOptions {
  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "8G",
      converter = Sizes.Converter.class,
      description = "How large new images are; they are sparse. Default: 8G.")
  private Long size;

  @Option(
      names = {"-o", "--options"},
      paramLabel = "OPTIONS",
      defaultValue = "",
      description = "Options for razorfs mount, such as compress=none.")
  private String mountOptions;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      defaultValue = "",
      description = "The transport for razorfs mount; its own choice unless given.")
  private String transport;

  @Option(
      names = "--razorfs",
      paramLabel = "PATH",
      description = "The razorfs command; the one beside this command unless given.")
  private Path razorfs;

  /** All file systems there are; for the names of RAZORFS and of its peers. */
  Targets targets(Commands commands, Map<String, String> environment) throws CommandFailure {
    return new Targets(commands, settings(commands.host(), environment), size);
  }

  /**
   * How RAZORFS is made and mounted.
   *
   * @param environment variables for its commands
   */
  RazorfsDriver.Settings settings(Host host, Map<String, String> environment)
      throws CommandFailure {
    Path launcher = razorfs;
    if (launcher == null) {
      launcher =
          host.razorfs()
              .orElseThrow(
                  () ->
                      new CommandFailure(
                          1,
                          "the razorfs command is neither beside this one nor in the PATH; name it"
                              + " with --razorfs PATH"));
    } else if (!Files.isExecutable(launcher)) {
      throw new CommandFailure(1, launcher + ": cannot be run; name the razorfs command");
    }
    return new RazorfsDriver.Settings(
        launcher.toAbsolutePath(), size, mountOptions, transport, environment);
  }

  /**
   * What {@code --on} names: a directory, an image, or with null a temporary image.
   *
   * @throws CommandFailure when it cannot be used
   */
  Target target(Path on, Commands commands) throws CommandFailure {
    if (on != null && Files.isDirectory(on)) {
      Target folder = new FolderTarget(on, commands);
      if (folder.missing().isPresent()) {
        throw new CommandFailure(1, folder.missing().get());
      }
      return folder;
    }
    Targets targets = targets(commands, Map.of());
    if (on == null) {
      return targets.razorfs();
    }
    if (Files.exists(on)) {
      return targets.existing(on.toAbsolutePath());
    }
    Path parent = on.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new CommandFailure(1, on + ": its folder does not exist; make it, or name another");
    }
    return targets.razorfs(on.toAbsolutePath());
  }
}
