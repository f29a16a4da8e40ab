package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.ToolRun;

/** Whoever is refused something is told in one line with what, why, and what to do about it. */
class RefusalsTest {
  @TempDir private Path work;

  @BeforeEach
  void make() throws IOException {
    Files.writeString(work.resolve("text"), "text");
    Files.createDirectory(work.resolve("dir"));
    assertEquals(0, Cli.run("mkfs", "-q", "--size", "8M", work.resolve("image")).exitCode());
  }

  @ParameterizedTest
  @CsvSource({
    "mkfs none/image, none/image: no such file or directory; check the path",
    "mkfs dir, dir: is a directory; not an image; name a file or block device",
    "mkfs text, text: holds data of an unknown kind; use -f",
    "mkfs image, image: holds a RAZORFS volume; use -f",
    "mkfs --size 1K none, none: a volume has; choose another --size",
    "mkfs --size 8M --journal-size 4M none, none: a journal of 4.0 MiB; a smaller --journal-size",
    "info none, none: no such file or directory; check the path",
    "info text, text: not a RAZORFS image; make one with: razorfs mkfs",
    "info dir, dir: is a directory; name a file or block device",
    "info /dev/null, /dev/null: is neither a regular file nor a block device; name one",
    "mount none dir, none: no such file or directory; check the path",
    "mount image none, none: no such file or directory; check the path",
    "mount image text, text: is not a directory; name the one to mount on",
    "mount image /, /: is the root directory; choose another one",
    "mount -o remount image dir, dir: this user has no RAZORFS mounted there; razorfs status lists",
    "mount -o fast image dir, 'fast'; --help lists the known ones",
    "mount -o commit=x image dir, commit=x; a number from 1",
    "mount --transport pigeon image dir, 'pigeon'; use one of",
    "umount dir, dir: no RAZORFS is mounted there; razorfs status lists",
    "umount none, none: no such file or directory; check the path",
    "status dir, dir: this user has no RAZORFS mounted there; razorfs status lists",
    "compact dir, dir: this user has no RAZORFS mounted there; razorfs status lists",
    "resize image, unknown command 'resize'; use one of mkfs"
  })
  void whatIsWrongAndWhatToDo(String command, String said) {
    Object[] words = command.split(" ");
    for (int i = 1; i < words.length; i++) {
      if (words[i].toString().matches("(none|text|dir|image).*")) {
        words[i] = work.resolve(words[i].toString()).toString();
      }
    }
    ToolRun run = Cli.run(words);
    assertTrue(run.exitCode() != 0, run.out());
    assertEquals(1, run.errLines().size(), run.err());
    for (String part : said.split("; ")) {
      assertTrue(run.err().contains(part), run.err());
    }
    assertTrue(run.err().contains("; ") || run.err().contains("--help"), run.err());
  }

  @Test
  void aReaderOfJsonIsToldThatThereIsNoCommand() {
    ToolRun run = Cli.run("--json");
    assertEquals(1, run.exitCode());
    JsonNode error = Schemas.check("razorfs.error/1", run.out());
    assertEquals("USAGE", error.get("fault").asText());
    assertTrue(error.get("message").asText().contains("no command; use one of mkfs"), run.out());
    assertTrue(Cli.run().err().contains("Usage: razorfs"));
  }

  @Test
  void optionsBeforeTheCommandCountAsWell() {
    ToolRun run = Cli.run("--json", "info", work.resolve("image"));
    Schemas.check("razorfs.info/1", run.out());
    assertEquals("", Cli.run("-q", "mkfs", "-n", work.resolve("new")).out());
  }
}
