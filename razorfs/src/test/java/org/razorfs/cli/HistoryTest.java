package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.model.posix.Op;
import org.razorfs.model.posix.OpGenerator;
import org.razorfs.model.posix.PosixModel;
import org.razorfs.model.posix.Shrinking;
import org.razorfs.volume.RenameMode;

/**
 * Random histories of calls give the same on a mount and on the host's own file system: the same
 * results and errors, the same times moved, and the same tree in the end.
 */
@Tag("mount")
@Tag("slow")
@ParameterizedClass
@ValueSource(strings = {"native", "native writeback_cache", "native io_uring=on", "jnr-fuse"})
class HistoryTest {
  private static final Path SOURCE = Path.of("src/test/c/history.c");
  private static final int LENGTH = 150;
  private static final int SHRINKING_ATTEMPTS = 400;
  private static final OpGenerator.Profile PROFILE =
      new OpGenerator.Profile(40_000, 300_000, 40, 6, 25, 0);

  @TempDir private static Path built;
  @Parameter private String kind;
  @TempDir private Path work;
  private final int histories = Integer.getInteger("razorfs.histories", 8);
  private final long seed = Long.getLong("razorfs.histories.seed", System.nanoTime());
  private MountFixture fixture;
  private Path host;
  private int directories;

  @BeforeAll
  static void build() throws IOException {
    MountFixture.requireMounting("native");
    MountFixture.sh("cc -O1 -o '" + program() + "' '" + SOURCE.toAbsolutePath() + "'");
  }

  private static Path program() {
    return built.resolve("history");
  }

  @BeforeEach
  void mount() throws IOException {
    String transport = kind.split(" ")[0];
    MountFixture.requireMounting(transport);
    MountFixture.requireOption(kind);
    fixture = new MountFixture(work, "512M", transport);
    fixture.mount("-o", "rw" + kind.substring(transport.length()).replace(' ', ','));
    host = Files.createDirectory(work.resolve("host"));
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Test
  void callsGiveWhatTheyGiveOnTheHost() throws IOException {
    System.out.printf(
        "HistoryTest over %s against %s: -Drazorfs.histories.seed=%d%n",
        kind, Files.getFileStore(host).type(), seed);
    Map<String, String> trees = new LinkedHashMap<>();
    for (int i = 0; i < histories; i++) {
      List<Op> history = history(seed + i);
      String difference = difference(history, trees);
      if (difference != null) {
        List<Op> shrunk =
            Shrinking.shrink(history, ops -> difference(ops, null) != null, SHRINKING_ATTEMPTS);
        String again = difference(shrunk, null);
        fail("seed " + (seed + i) + ": " + (again == null ? difference : again));
      }
    }
    fixture.umount();
    fixture.mount();
    for (Map.Entry<String, String> tree : trees.entrySet()) {
      try (HistoryDriver driver = new HistoryDriver(program(), fixture.path(tree.getKey()))) {
        String again = driver.tree(!gathers());
        assertEquals(
            without(again, tree.getValue()),
            without(tree.getValue(), again),
            tree.getKey() + " after another mount");
      }
    }
    fixture.umount();
  }

  private List<Op> history(long seed) {
    OpGenerator generator = new OpGenerator(seed, PROFILE);
    PosixModel model = new PosixModel();
    List<Op> ops = new ArrayList<>();
    while (ops.size() < LENGTH) {
      Op op = generator.next(model);
      if (isCarried(op, model) && model.isSpecified(op)) {
        model.apply(op);
        ops.add(op);
      }
    }
    return ops;
  }

  /** Whether it is a call at all, and one that docs/transports.md does not except. */
  private boolean isCarried(Op op, PosixModel model) {
    if (!HistoryDriver.isCall(op)) {
      return false;
    }
    if (!kind.equals("jnr-fuse")) {
      return true;
    }
    if (op instanceof Op.CopyRange copy) {
      // The kernel, which does it, takes two names for two files.
      return model.find(copy.from()) != model.find(copy.to());
    }
    return !(op instanceof Op.Tmpfile
        || op instanceof Op.Open
        || op instanceof Op.Close
        || op instanceof Op.Flags
        || (op instanceof Op.Rename rename && rename.mode() != RenameMode.REPLACE));
  }

  /**
   * Applies a history to new directories, and describes it and how they differ, or returns null.
   *
   * @param trees takes the tree on the mount with its times, unless null
   */
  private String difference(List<Op> history, Map<String, String> trees) {
    String name = "h" + directories++;
    List<String> told = new ArrayList<>();
    try (HistoryDriver ours = driver(fixture.path(name));
        HistoryDriver theirs = driver(host.resolve(name))) {
      for (Op op : history) {
        String expected = theirs.apply(op);
        String actual = ours.apply(op);
        if (!same(op, expected, actual)) {
          return String.format(
              "%s: on the host %s, on the mount %s, after%n  %s",
              text(op), expected, actual, String.join("\n  ", told));
        }
        told.add(text(op) + ": " + actual);
      }
      String expected = theirs.tree(false);
      String actual = ours.tree(false);
      if (!expected.equals(actual)) {
        return String.format(
            "on the host %s%non the mount %s%nafter%n  %s",
            without(actual, expected), without(expected, actual), String.join("\n  ", told));
      }
      if (trees != null) {
        trees.put(name, ours.tree(!gathers()));
      }
      return null;
    } catch (IOException e) {
      return e + " after\n  " + String.join("\n  ", told);
    }
  }

  private static HistoryDriver driver(Path directory) throws IOException {
    return new HistoryDriver(program(), Files.createDirectory(directory));
  }

  private static List<String> without(String other, String text) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    lines.removeAll(Arrays.asList(other.split("\n")));
    return lines;
  }

  /**
   * Whether the kernel gathers writes: then it sets times itself, by a clock that stands still for
   * some milliseconds.
   */
  private boolean gathers() {
    return kind.contains("writeback_cache");
  }

  /** Whether both answered alike, but for what is known and may differ. */
  private boolean same(Op op, String host, String mount) {
    String[] expected = answer(op, host);
    String[] actual = answer(op, mount);
    if (expected.length != actual.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      // libfuse 2 has no path to what has lost its last name.
      boolean lost = kind.equals("jnr-fuse") && actual[i].equals("gone");
      if (!expected[i].equals(actual[i]) && !lost) {
        return false;
      }
    }
    return true;
  }

  private String[] answer(Op op, String answer) {
    // Before it refuses to rename, ext4 has made and taken back the whiteout.
    boolean undone =
        op instanceof Op.Rename rename
            && rename.mode() == RenameMode.WHITEOUT
            && !answer.startsWith("ok");
    return (gathers() || undone ? answer.replaceFirst(" moved.*", "") : answer).split(" ");
  }

  /** As messages show it, without the bulk of long names. */
  private static String text(Op op) {
    return op.toString().replaceAll("(.)\\1{30,}", "$1$1\u2026");
  }
}
