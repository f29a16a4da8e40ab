package org.razorfs.bench.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Host;

class InputMakerTest {
  private static final long FILE_BYTES = 451_000;
  private static final int RANDOM_BYTES = 66_000;
  private static final int BEFORE_BYTES = 192_500;

  @TempDir private Path folder;
  private final Commands commands = new Commands(Host.ofThisProcess());

  private InputMaker maker(String name, long seed) {
    return new InputMaker(commands, folder.resolve(name), seed, FILE_BYTES);
  }

  private Path tree() throws IOException {
    Path tree = folder.resolve("my tree");
    Files.createDirectories(tree.resolve("sub"));
    Files.writeString(tree.resolve("b"), "b".repeat(5_000));
    Files.writeString(tree.resolve("a"), "text ".repeat(9_000));
    Files.writeString(tree.resolve("sub/ü"), "x");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("./a"));
    return tree;
  }

  private static byte[] bytes(Path path) throws IOException {
    return Files.readAllBytes(path);
  }

  @Test
  void theSameTreeGivesTheSameBytes() throws IOException {
    Path tree = tree();
    Input first = maker("first", 1).fromTree(tree);
    Input second = maker("second", 1).fromTree(tree);
    assertArrayEquals(bytes(first.tar()), bytes(second.tar()));
    assertArrayEquals(bytes(first.file()), bytes(second.file()));
    assertEquals(first.document().toString(), second.document().toString());
    assertEquals(4, first.files());
    assertEquals(50_001, first.treeBytes());
  }

  @Test
  void generatedTreesAreTheSameForTheSameSeedOnly() throws IOException {
    Input first = maker("first", 7).generated(60);
    Input second = maker("second", 7).generated(60);
    Input other = maker("other", 8).generated(60);
    assertArrayEquals(bytes(first.tar()), bytes(second.tar()));
    assertFalse(Arrays.equals(bytes(first.tar()), bytes(other.tar())));
    assertEquals(60, first.files());
  }

  @Test
  void theFileIsTheTarWithRandomBytesOfTheSeedInTheMiddle() throws IOException {
    Path tree = tree();
    byte[] one = bytes(maker("first", 1).fromTree(tree).file());
    Input second = maker("second", 2).fromTree(tree);
    byte[] two = bytes(second.file());
    assertEquals(FILE_BYTES, one.length);
    int after = BEFORE_BYTES + RANDOM_BYTES;
    assertArrayEquals(Arrays.copyOf(one, BEFORE_BYTES), Arrays.copyOf(two, BEFORE_BYTES));
    assertArrayEquals(
        Arrays.copyOfRange(one, after, one.length), Arrays.copyOfRange(two, after, two.length));
    byte[] random = Arrays.copyOfRange(one, BEFORE_BYTES, after);
    assertFalse(Arrays.equals(random, Arrays.copyOfRange(two, BEFORE_BYTES, after)));
    assertTrue(compressed(random) >= random.length, "it cannot be compressed");
    // Read across its end, the tar begins anew.
    byte[] tar = bytes(second.tar());
    for (int i = 0; i < BEFORE_BYTES; i++) {
      assertEquals(tar[i % tar.length], two[i]);
    }
    assertEquals(tar[BEFORE_BYTES % tar.length], two[after]);
  }

  private static int compressed(byte[] bytes) {
    Deflater deflater = new Deflater(9);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[2 * bytes.length];
    int size = deflater.deflate(out);
    deflater.end();
    return size;
  }

  @Test
  void theTreeComesOutOfTheTarAsItWasInAFolderOfAKnownName() throws IOException {
    Path tree = tree();
    Input input = maker("first", 1).fromTree(tree);
    Path out = Files.createDirectory(folder.resolve("out"));
    commands.run("tar", "-xf", input.tar().toString(), "-C", out.toString());
    assertArrayEquals(bytes(tree.resolve("a")), bytes(out.resolve("tree/a")));
    assertEquals("x", Files.readString(out.resolve("tree/sub/ü")));
    assertEquals(Path.of("./a"), Files.readSymbolicLink(out.resolve("tree/link")));
  }

  @Test
  void theFoldersOfLinuxAreTakenFromItsArchive() throws IOException {
    Path source = folder.resolve("linux-source-6.1");
    List<String> wanted = List.of("fs", "kernel", "mm", "include", "net", "lib", "Documentation");
    for (String name : wanted) {
      Files.createDirectories(source.resolve(name));
      Files.writeString(source.resolve(name).resolve("file"), name);
    }
    Files.createDirectory(source.resolve("drivers"));
    Files.writeString(source.resolve("drivers/file"), "left out");
    Path archive = folder.resolve("linux.tar");
    commands.run("tar", "-cf", archive.toString(), "-C", folder.toString(), "linux-source-6.1");
    Input input = maker("linux", 1).fromLinux(archive);
    assertEquals(wanted.size(), input.files());
    String names = commands.output("tar", "-tf", input.tar().toString());
    assertTrue(names.contains("tree/mm/file"), names);
    assertFalse(names.contains("drivers"), names);
    try (var left = Files.list(folder.resolve("linux"))) {
      assertEquals(3, left.count(), "nothing but the input is left");
    }
  }

  @Test
  void aMissingPackageIsNamedInTheError() {
    IOException problem =
        assertThrows(
            IOException.class, () -> maker("x", 1).fromLinux(folder.resolve("missing.tar.xz")));
    assertTrue(problem.getMessage().contains("package linux-source-6.1"), problem.getMessage());
    assertTrue(problem.getMessage().contains("--from"), problem.getMessage());
  }

  @Test
  void whatCannotBeTakenIsRefused() throws IOException {
    Path tree = tree();
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThrows(IOException.class, () -> maker("x", 1).fromTree(empty));
    assertThrows(IOException.class, () -> maker("x", 1).fromTree(tree.resolve("a")));
    InputMaker inside = new InputMaker(commands, tree.resolve("input"), 1, FILE_BYTES);
    assertThrows(IOException.class, () -> inside.fromTree(tree));
    assertFalse(Files.exists(tree.resolve("input")));
  }

  @Test
  void anInputThatIsNotAllThereIsNotUsed() throws IOException {
    Input input = maker("first", 1).fromTree(tree());
    assertEquals(input, Input.open(folder.resolve("first")));
    Files.write(input.file(), new byte[10]);
    IOException problem =
        assertThrows(IOException.class, () -> Input.open(folder.resolve("first")));
    assertTrue(problem.getMessage().contains("incomplete"), problem.getMessage());
    problem = assertThrows(IOException.class, () -> Input.open(folder));
    assertTrue(problem.getMessage().contains("razorfs-bench data"), problem.getMessage());
  }
}
