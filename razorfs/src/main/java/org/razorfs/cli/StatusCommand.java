package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.JsonText;
import org.razorfs.tools.Sizes;
import org.razorfs.tools.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs status}: what the daemons of this user are doing. */
@Command(
    name = "status",
    description = "Shows the mount on a directory, or all mounts of this user.",
    exitCodeList = {"0:Success", "1:There is no such mount, or a daemon does not answer"})
public final class StatusCommand extends BaseCommand {
  @ParentCommand private Razorfs razorfs;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "The directory on which it is mounted; without it all mounts are listed.")
  private Path directory;

  @Override
  protected int execute(Console console) throws IOException {
    ControlDirectory control = ControlDirectory.open(razorfs.environment());
    if (directory == null) {
      return list(console, control) ? 0 : exitCodes().failure();
    }
    show(console, control);
    return 0;
  }

  private void show(Console console, ControlDirectory control) throws IOException {
    try (ControlClient client = MountPoint.daemon(directory, control, exitCodes().failure())) {
      client.send("status");
      String text = client.receiveText();
      Map<String, Object> status = JsonText.parse(text);
      if (console.json()) {
        console.out().println(text);
      }
      Table table = Table.ofFields();
      table.row("image:", status.get("image"));
      table.row("mounted on:", status.get("mount_point"));
      table.row("daemon:", "pid " + status.get("pid") + ", since " + status.get("started"));
      String reason = String.valueOf(status.get("transport_reason"));
      table.row(
          "transport:",
          status.get("transport")
              + (reason.isEmpty() ? "" : ", as " + reason)
              + (Boolean.TRUE.equals(status.get("io_uring")) ? ", through io_uring" : "")
              + (Boolean.TRUE.equals(status.get("idle_poll")) ? ", idle processors poll" : ""));
      table.row("access:", access(status));
      table.row("uuid:", status.get("uuid"));
      table.row("size:", size(status, "total_bytes"));
      table.row("available:", size(status, "available_bytes"));
      table.row("files:", status.get("inodes"));
      table.lines().forEach(console::print);
    }
  }

  /** Lists the mounts whose daemons answer; returns whether these are all. */
  private boolean list(Console console, ControlDirectory control) throws IOException {
    List<Map<String, Object>> mounts = new ArrayList<>();
    boolean all = true;
    for (Path socket : control.sockets()) {
      try (ControlClient client = ControlClient.connect(socket).orElse(null)) {
        if (client != null) {
          mounts.add(client.ask("status", MountPoint.PATIENCE));
        }
      } catch (IOException e) {
        // Else it has ended while it was asked.
        if (e instanceof FsException known && known.fault() == Fault.CANCELLED) {
          console.warn("a daemon does not answer, its mount is not listed (" + socket + ")");
          all = false;
        }
      }
    }
    console.print(JsonDocument.of("status-list", 1).put("mounts", mounts));
    Table table = Table.ofColumns("image", "mounted on", ">pid", "access", ">size", ">available");
    for (Map<String, Object> mount : mounts) {
      table.row(
          mount.get("image"),
          mount.get("mount_point"),
          mount.get("pid"),
          access(mount),
          size(mount, "total_bytes"),
          size(mount, "available_bytes"));
    }
    if (!mounts.isEmpty()) {
      table.lines().forEach(console::print);
    } else {
      console.note("no RAZORFS is mounted by this user");
    }
    return all;
  }

  private static String access(Map<String, Object> status) {
    return Boolean.TRUE.equals(status.get("read_only")) ? "read-only" : "read-write";
  }

  private static String size(Map<String, Object> status, String field) {
    return status.get(field) instanceof Long bytes ? Sizes.format(bytes) : "unknown";
  }
}
