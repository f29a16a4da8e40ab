package org.razorfs.bench.input;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.tools.CommandFailure;

/** Makes an {@link Input}; from the same source always the same bytes. */
public final class InputMaker {
  /** The size of the large file of published figures. */
  public static final long FILE_BYTES = 451_000_000;

  /** The archive of Debian's package, and what is taken from it. */
  public static final Path LINUX_SOURCE = Path.of("/usr/src/linux-source-6.1.tar.xz");

  private static final List<String> LINUX_FOLDERS =
      List.of("fs", "kernel", "mm", "include", "net", "lib", "Documentation");

  private final Commands commands;
  private final Path folder;
  private final long seed;
  private final long fileBytes;

  /**
   * @param folder where the input goes; made when it is not there
   * @param seed of what cannot be compressed
   * @param fileBytes the size of the large file
   */
  public InputMaker(Commands commands, Path folder, long seed, long fileBytes) {
    this.commands = commands;
    this.folder = folder;
    this.seed = seed;
    this.fileBytes = fileBytes;
  }

  /**
   * From the sources of Linux as Debian packs them.
   *
   * @throws CommandFailure when the package is not installed, with its name
   */
  public Input fromLinux(Path archive) throws IOException {
    if (!Files.isReadable(archive)) {
      throw new CommandFailure(
          1,
          archive
              + ": not there; install Debian's package linux-source-6.1 (apt-get install"
              + " linux-source-6.1), or take another tree with --from TREE");
    }
    Files.createDirectories(folder);
    Path work = Files.createTempDirectory(folder, "unpack-");
    try {
      String top = "linux-source-6.1";
      List<String> unpack =
          new ArrayList<>(List.of("tar", "-xf", archive.toString(), "-C", work.toString()));
      LINUX_FOLDERS.forEach(name -> unpack.add(top + "/" + name));
      commands.run(unpack, Commands.Invocation.PLAIN);
      return make(work.resolve(top), "linux-source-6.1: " + String.join(" ", LINUX_FOLDERS));
    } finally {
      Folders.delete(work);
    }
  }

  /** From any tree. */
  public Input fromTree(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      throw new CommandFailure(1, tree + ": is not a directory; name a tree of files");
    }
    if (folder.toAbsolutePath().normalize().startsWith(tree.toAbsolutePath().normalize())) {
      throw new CommandFailure(1, folder + ": lies in the tree itself; name another folder");
    }
    Files.createDirectories(folder);
    return make(tree, "the tree " + tree.toAbsolutePath().normalize().getFileName());
  }

  /** From a tree of generated text, so that nothing is needed at all. */
  public Input generated(int files) throws IOException {
    Files.createDirectories(folder);
    Path work = Files.createTempDirectory(folder, "generate-");
    try {
      Path tree = work.resolve("tree");
      new SourceTree(seed).write(tree, files);
      return make(tree, "generated, " + files + " files, seed " + seed);
    } finally {
      Folders.delete(work);
    }
  }

  private Input make(Path tree, String source) throws IOException {
    Path description = folder.resolve(Input.DESCRIPTION);
    Files.deleteIfExists(description); // until all of it is there
    Folders.Totals totals = Folders.totals(tree);
    if (totals.files() == 0) {
      throw new CommandFailure(1, tree + ": has no files in it");
    }
    Path tar = folder.resolve("tree.tar");
    commands.run(
        "tar",
        "--create",
        "--format=gnu",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--file=" + tar,
        "--directory=" + tree.toAbsolutePath(),
        "--transform=s,^\\.,tree,S",
        ".");
    writeFile(tar, folder.resolve("file.bin"));
    Input input =
        new Input(folder, source, totals.files(), totals.bytes(), Files.size(tar), fileBytes);
    Files.writeString(description, input.document() + "\n");
    return input;
  }

  /** The tar over and over, with 66 parts of 451 that are random in the middle. */
  private void writeFile(Path tar, Path file) throws IOException {
    long random = fileBytes * 66 / 451;
    long before = (fileBytes - random) / 2;
    try (OutputStream out = Files.newOutputStream(file);
        EndlessFile text = new EndlessFile(tar)) {
      text.copy(before, out);
      RandomBytes.write(seed, random, out);
      text.copy(fileBytes - before - random, out);
    }
  }
}
