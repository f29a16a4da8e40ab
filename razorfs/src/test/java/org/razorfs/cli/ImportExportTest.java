package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.tools.ToolRun;
import org.razorfs.volume.CleanImage;

/** Trees in and out without a mount, with GNU tar at the other end. */
class ImportExportTest {
  /** Lines that tell all of a tree that anybody may set. */
  private static final String MANIFEST =
      "find . -mindepth 1 \\( -type d -printf '%P %y %m %T@\\n' -o -printf '%P %y %m %T@ %s %b %l\\n'"
          + " \\) | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum;"
          + " find . -samefile f | LC_ALL=C sort;"
          + " find . -type f -print0 | LC_ALL=C sort -z | xargs -0 getfattr -d -m '^user' -e hex";

  @TempDir private Path work;
  private Path tree;
  private Path image;

  @BeforeEach
  void makeTreeAndImage() throws IOException {
    tree = Files.createDirectory(work.resolve("tree"));
    image = work.resolve("disk.img");
    assertEquals(0, Cli.run("mkfs", "-q", "--size", "64M", image).exitCode());
    in(tree, "mkdir -p folder/empty; echo text > f; ln f folder/again; ln -s ../f folder/link");
    // What is made in such a folder inherits from it.
    in(tree, "chmod 4750 f; chmod 2711 folder; mkfifo pipe; head -c 3000000 /dev/urandom > big");
    in(tree, "setfattr -n user.binary -v 0x00fffe0a f || test $? = 1");
    in(tree, "echo odd > \"$(printf 'odd\\377\\376\\n')\"; n=$(printf 'n%.0s' $(seq 200))");
    in(tree, "n=$(printf 'n%.0s' $(seq 200)); mkdir -p $n/$n; echo deep > $n/$n/$n");
    in(
        tree,
        "truncate -s 50M sparse; echo in > in; dd if=in of=sparse bs=1 seek=9000000 conv=notrunc");
    in(tree, "find . -depth -exec touch -h -d '2001-02-03 04:05:06.123456789 UTC' '{}' ';'");
  }

  private static String in(Path directory, String script) throws IOException {
    Path out = Files.createTempFile("out", null);
    try {
      Process shell =
          new ProcessBuilder("bash", "-c", script)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      int status = shell.waitFor();
      String said =
          new String(Files.readAllBytes(out), java.nio.charset.StandardCharsets.ISO_8859_1);
      assertEquals(0, status, script + ": " + said);
      return said;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      Files.delete(out);
    }
  }

  private void assertClean() throws IOException {
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly())) {
      CleanImage.assertClean(device);
    }
  }

  private String unpacked(Path archive) throws IOException {
    Path copy = Files.createDirectory(work.resolve("copy"));
    in(copy, "tar -xp --xattrs --xattrs-include='user.*' -f '" + archive + "'");
    return in(copy, MANIFEST);
  }

  @Test
  void aTreeComesBackAsItWas() throws IOException {
    String before = in(tree, MANIFEST);
    assertTrue(before.contains("folder/again"), before);
    JsonNode in = Cli.json("razorfs.import/1", "import", "-q", image, tree, "--to", "/a/b");
    assertEquals(6, in.get("files").asInt());
    assertEquals(1, in.get("hard_links").asInt());
    assertEquals(0, in.get("left").asInt());
    assertClean();
    Path archive = work.resolve("out.tar.zst");
    byte[] untouched = Files.readAllBytes(image);
    JsonNode out = Cli.json("razorfs.export/1", "export", "-q", image, archive, "--from", "a/b");
    assertEquals(6, out.get("files").asInt());
    assertArrayEquals(untouched, Files.readAllBytes(image), "exporting changed the image");
    assertEquals(before, unpacked(archive));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=gnu --sparse --label=backup",
        "--format=pax --sparse --sparse-version=0.0",
        "--format=pax --sparse --sparse-version=0.1",
        "--format=pax --sparse --sparse-version=1.0",
        "--format=pax --gzip",
        "--format=pax --bzip2"
      })
  void allThatTarWritesCanBeRead(String options) throws IOException {
    Path archive = work.resolve("in.tar");
    in(tree, "tar -c " + options + " -f '" + archive + "' .");
    Cli.json("razorfs.import/1", "import", "-q", image, archive);
    Path out = work.resolve("out.tar");
    assertEquals(0, Cli.run("export", "-q", image, out).exitCode());
    Path copy = Files.createDirectory(work.resolve("copy"));
    in(copy, "tar -xpf '" + out + "'");
    in(work, "diff -r --no-dereference --exclude=pipe tree copy; test -p copy/pipe");
    assertEquals("4750 2\n", in(copy, "stat -c '%a %h' f"));
    assertClean();
  }

  @Test
  void theOldestArchivesCanBeReadToo() throws IOException {
    Path archive = work.resolve("in.tar");
    in(tree, "tar -c --format=v7 -f '" + archive + "' f folder big");
    Cli.json("razorfs.import/1", "import", "-q", image, archive);
    Path out = work.resolve("out.tgz");
    assertEquals(0, Cli.run("export", "-q", image, out).exitCode());
    Path copy = Files.createDirectory(work.resolve("copy"));
    in(copy, "tar -xpf '" + out + "'; cmp big ../tree/big; test f -ef folder/again");
  }

  @Test
  void whatIsWrongIsSaidAndNothingIsLeftBehind() throws IOException {
    assertTrue(Cli.error(1, "import", image, work).contains("holds the image itself"));
    Path missing = work.resolve("missing");
    assertTrue(Cli.error(1, "import", image, missing).contains(missing + ": no such file"));
    assertTrue(Cli.error(1, "import", missing, tree).contains(missing + ": no such file"));
    Path text = Files.writeString(work.resolve("text"), "no archive at all\n".repeat(100));
    assertTrue(Cli.error(1, "import", image, text).contains(text + ": a header"));
    Path empty = Files.createFile(work.resolve("empty"));
    assertTrue(Cli.error(1, "import", image, empty).contains("no tar"));
    assertTrue(Cli.error(1, "import", image, tree, "--to", "../x").contains("leads upwards"));

    Path cut = work.resolve("cut.tgz");
    in(work, "gzip < text | head -c 9 > cut.tgz");
    assertTrue(Cli.error(1, "import", image, cut).contains(cut + ": it ends too early"));

    Path archive = work.resolve("out.tar");
    assertTrue(Cli.error(1, "export", image, archive, "--from", "/no").contains("does not exist"));
    assertFalse(Files.exists(archive));
    assertTrue(Cli.error(1, "export", image, text).contains("exists already; use -f"));
    assertTrue(Cli.error(1, "export", "-f", image, image).contains("is the image itself"));
    ToolRun both = Cli.run("export", "--json", image, "-");
    assertEquals(1, both.exitCode());
    assertTrue((both.err() + both.out()).contains("cannot both go"), both.toString());
    byte[] before = Files.readAllBytes(text);
    assertEquals(1, Cli.run("export", "-f", image, text, "--from", "/no").exitCode());
    assertArrayEquals(before, Files.readAllBytes(text), "it was to be replaced by nothing");
    in(work, "chmod 640 text");
    assertEquals(0, Cli.run("export", "-qf", image, text).exitCode());
    assertEquals("640\n", in(work, "stat -c %a text; ! ls | grep part"));
    assertEquals("./\n", in(work, "tar -tf text"));
    assertClean();
  }

  /** Whose name is on the disk before its bytes is short after a loss of power. */
  @Test
  void whatReplacesAnArchiveIsOnTheDiskBeforeItHasItsName() throws IOException {
    Path archive = Files.createFile(work.toRealPath().resolve("out.tar"));
    Path recorded = work.resolve("test.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withoutThreshold();
      recording.start();
      assertEquals(0, Cli.run("export", "-qf", image, archive).exitCode());
      recording.stop();
      recording.dump(recorded);
    }
    List<String> stored =
        RecordingFile.readAllEvents(recorded).stream()
            .map(event -> event.getString("path"))
            .filter(path -> path.startsWith(archive.getParent().toString()))
            .toList();
    assertEquals(2, stored.size(), stored.toString());
    assertTrue(stored.get(0).startsWith(archive + "."), stored.toString());
    assertEquals(archive.getParent().toString(), stored.get(1));
  }

  @Test
  void whatCouldNotBeImportedIsNamedAndMakesItFail() throws IOException {
    Path archive = work.resolve("in.tar");
    in(tree, "tar -cPf '" + archive + "' f ../tree/big");
    ToolRun run = Cli.run("import", image, archive);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("../tree/big: leads upwards by '..'"), run.err());
    assertTrue(run.out().contains("1 files") && run.out().contains("1 left out"), run.out());
  }

  @Test
  void aTreeThatDoesNotFitIsRefused() throws IOException {
    in(tree, "head -c 80000000 /dev/urandom > huge");
    String error = Cli.error(1, "import", image, tree);
    assertTrue(error.contains(image + ": ") && error.contains("no space"), error);
    assertClean();
  }
}
