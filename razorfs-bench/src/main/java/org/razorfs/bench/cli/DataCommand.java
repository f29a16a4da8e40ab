package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.input.InputMaker;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench data}: makes the input of the other commands. */
@Command(
    name = "data",
    description = {
      "Makes the input of the other commands: a tar of a source tree, and a large file.",
      "The tree is part of Linux 6.1 as in Debian's package linux-source-6.1, or any that is given."
          + " The file is that tar, repeated as needed, with a part in the middle that cannot be"
          + " compressed. The same tree gives the same bytes."
    },
    exitCodeList = {"0:Success", "1:It could not be made"})
public final class DataCommand extends BaseCommand {
  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--from",
      paramLabel = "TREE",
      description =
          "A folder to take the files from, or another linux-source-6.1.tar.xz; unless given,"
              + " /usr/src/linux-source-6.1.tar.xz.")
  private Path from;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The seed of what cannot be compressed. Default: 1.")
  private long seed;

  @Option(
      names = "--file-size",
      paramLabel = "SIZE",
      defaultValue = "451000000",
      converter = Sizes.Converter.class,
      description = "The size of the large file. Default: 451000000.")
  private Long fileSize;

  @Parameters(paramLabel = "DIR", description = "Where the input goes; made if need be.")
  private Path folder;

  @Override
  protected int execute(Console console) throws IOException {
    if (fileSize < 1) {
      throw new ParameterException(spec().commandLine(), "--file-size has to be at least 1");
    }
    InputMaker maker = new InputMaker(new Commands(bench.host()), folder, seed, fileSize);
    Input input;
    if (from == null) {
      input = maker.fromLinux(InputMaker.LINUX_SOURCE);
    } else if (from.getFileName() != null && from.getFileName().toString().endsWith(".tar.xz")) {
      input = maker.fromLinux(from);
    } else {
      input = maker.fromTree(from);
    }
    console.print(
        input.describe(JsonDocument.of("bench-data", 1).put("folder", folder.toString())));
    if (!console.quiet()) {
      console.print(
          String.format(
              "%s: %s; %d files, %s, a tar of %s, a file of %s",
              folder,
              input.source(),
              input.files(),
              Sizes.format(input.treeBytes()),
              Sizes.format(input.tarBytes()),
              Sizes.format(input.fileBytes())));
    }
    return 0;
  }
}
