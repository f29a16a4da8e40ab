package org.razorfs.bench.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.razorfs.bench.subject.FolderTarget;
import org.razorfs.bench.subject.RazorfsDriver;
import org.razorfs.bench.subject.Session;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.subject.Targets;

/** A process that opens a file system, says where, and then works until it is ended. */
final class Signalled {
  static final String FOLDER = "directory";
  static final String EXT4 = "ext4";

  private static final long IMAGE_BYTES = 64L << 20;

  private Signalled() {}

  /**
   * @param args the kind of file system, and a folder for everything
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    Host host = new Host(true, Map.of("PATH", "/usr/bin:/bin", "TMPDIR", args[1]), null);
    Commands commands = new Commands(host);
    RazorfsDriver.Settings none =
        new RazorfsDriver.Settings(Path.of("razorfs"), IMAGE_BYTES, "", "", Map.of());
    Target target =
        args[0].equals(FOLDER)
            ? new FolderTarget(folder, commands)
            : new Targets(commands, none, IMAGE_BYTES).peer(args[0]).orElseThrow();
    Path err = Path.of("/dev/null");
    try (CleanUp cleanUp = new CleanUp(System.err::println).onSignal(commands);
        Session session = target.open(cleanUp)) {
      Files.writeString(session.root().resolve("file"), "content");
      Process process = commands.start(List.of("sleep", "1000"), Commands.Invocation.PLAIN, err);
      System.out.println(session.root());
      System.out.println(process.pid());
      commands.await(process);
    }
  }
}
