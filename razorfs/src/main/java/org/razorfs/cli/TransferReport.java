package org.razorfs.cli;

import java.nio.file.Path;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Progress;
import org.razorfs.tools.Sizes;
import org.razorfs.transfer.Tally;
import org.razorfs.transfer.TransferListener;

/** What import and export tell: how far they are, what was left out, and at the end how much. */
final class TransferReport implements TransferListener, AutoCloseable {
  /** More than these are only counted. */
  private static final int MOST_TOLD = 100;

  private final Console console;
  private final String command;
  private final Progress progress;
  private int told;

  /**
   * @param command {@code import} or {@code export}
   */
  TransferReport(Console console, String command) {
    this.console = console;
    this.command = command;
    this.progress = new Progress(console, command);
  }

  @Override
  public void advanced(Tally done) {
    progress.report("files", done.all(), 0);
  }

  @Override
  public void left(String path, String why) {
    if (++told <= MOST_TOLD) {
      progress.close();
      console.warn(path + ": " + why + (told == MOST_TOLD ? " (others are not told of)" : ""));
    }
  }

  @Override
  public void close() {
    progress.close();
  }

  /** The result as a document. */
  JsonDocument document(Path image, String archive, Tally tally) {
    return JsonDocument.of(command, 1)
        .put("image", image.toString())
        .put("archive", archive)
        .put("files", tally.files())
        .put("directories", tally.directories())
        .put("symlinks", tally.symlinks())
        .put("hard_links", tally.hardLinks())
        .put("others", tally.others())
        .put("data_bytes", tally.bytes())
        .put("left", tally.left());
  }

  /** The result as a line. */
  String line(String what, Tally tally) {
    return String.format(
        "%s: %d files, %d folders, %d symbolic and %d hard links, %d others, %s of data%s",
        what,
        tally.files(),
        tally.directories(),
        tally.symlinks(),
        tally.hardLinks(),
        tally.others(),
        Sizes.format(tally.bytes()),
        tally.left() == 0 ? "" : "; " + tally.left() + " left out");
  }
}
