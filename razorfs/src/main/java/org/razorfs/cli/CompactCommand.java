package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonText;
import org.razorfs.tools.Sizes;
import org.razorfs.tools.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs compact}: has a mount's daemon give back what rewriting data saves. */
@Command(
    name = "compact",
    description = {
      "Rewrites what takes more space than it has to: files written in many small pieces, and packs"
          + " of small files most of which are gone.",
      "With compress=auto this includes data that was compressed with LZ4, as it was written faster"
          + " than Zstandard takes it.",
      "The daemon does so by itself, a little at a time, while the mount is not used; this does"
          + " all of it now, and takes on more. The mount can be used meanwhile."
    },
    exitCodeList = {
      "0:Success",
      "1:There is no such mount, or there was no room to go on; what was done stays done"
    })
public final class CompactCommand extends BaseCommand {
  @ParentCommand private Razorfs razorfs;

  @Parameters(paramLabel = "DIR", description = "The directory on which it is mounted.")
  private Path directory;

  @Override
  protected int execute(Console console) throws IOException {
    ControlDirectory control = ControlDirectory.open(razorfs.environment());
    String text;
    try (ControlClient client = MountPoint.daemon(directory, control, exitCodes().failure())) {
      client.send("compact");
      text = client.receiveText();
    }
    Map<String, Object> done = JsonText.parse(text);
    if (!"razorfs.compact/1".equals(done.get("schema"))) {
      throw new CommandFailure(exitCodes().failure(), directory + ": " + done.get("message"));
    }
    if (console.json()) {
      console.out().println(text);
    }
    Table table = Table.ofFields();
    table.row("rewritten:", size(done, "rewritten_bytes"));
    table.row("extents:", done.get("extents_before") + " before, " + done.get("extents_after"));
    table.row("packs emptied:", done.get("packs"));
    table.row("freed:", size(done, "freed_bytes"));
    table.row("available:", size(done, "available_bytes"));
    table.lines().forEach(console::print);
    if (!Boolean.TRUE.equals(done.get("complete"))) {
      throw new CommandFailure(
          exitCodes().failure(),
          directory + ": there was no room to go on; free some space and try again");
    }
    return 0;
  }

  private static String size(Map<String, Object> done, String field) {
    return done.get(field) instanceof Long bytes ? Sizes.format(bytes) : "unknown";
  }
}
