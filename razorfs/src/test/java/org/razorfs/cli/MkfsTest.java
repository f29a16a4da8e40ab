package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.tools.ToolRun;

class MkfsTest {
  private static final String SIZE = "8M";

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("disk.img");
  }

  private void zeros(long size) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(size);
    }
  }

  private String refused() throws IOException {
    byte[] before = Files.readAllBytes(image);
    String error = Cli.error(1, "mkfs", "--size", SIZE, image);
    assertArrayEquals(before, Files.readAllBytes(image));
    return error;
  }

  @Test
  void makesWhatItWasAskedFor() throws IOException {
    String uuid = "12345678-1234-5678-9abc-def012345678";
    JsonNode made =
        Cli.json(
            "razorfs.mkfs/1",
            "mkfs",
            "-L",
            "über",
            "-U",
            uuid,
            "--size",
            "16M",
            "--journal-size",
            "1M",
            "--compress",
            "zstd:5",
            image);
    assertEquals(16 << 20, made.get("size_bytes").asLong());
    assertEquals(uuid, made.get("uuid").asText());
    assertEquals(16 << 20, Files.size(image));
    JsonNode info = Cli.json("razorfs.info/1", "info", image);
    assertEquals(uuid, info.get("uuid").asText());
    assertEquals("über", info.get("label").asText());
    assertEquals(1 << 20, info.get("journal_bytes").asLong());
    assertEquals("zstd:5", info.get("compression").asText());
    assertTrue(info.get("clean").asBoolean());
    assertTrue(info.get("mounted").isNull());
  }

  @Test
  void aNewImageTakesLittleSpaceHoweverLargeItIs() throws IOException {
    Cli.json("razorfs.mkfs/1", "mkfs", "--size", "1T", "--journal-size", "1M", image);
    assertEquals(1L << 40, Files.size(image));
    // Blocks in use are not in reach of plain Java: du tells.
    Process du = new ProcessBuilder("du", "-k", image.toString()).start();
    String used = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(Long.parseLong(used.split("\\s")[0]) < 3000, used);
  }

  @Test
  void tellsPeopleInOneLineAndNothingWhenQuiet() {
    ToolRun run = Cli.run("mkfs", "--size", SIZE, image);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(1, run.out().lines().count());
    assertTrue(run.out().contains("8.0 MiB"), run.out());
    assertEquals("", run.err());
    ToolRun quiet = Cli.run("mkfs", "-q", "-f", image);
    assertEquals(0, quiet.exitCode(), quiet.err());
    assertEquals("", quiet.out() + quiet.err());
  }

  @Test
  void aLinkToNothingIsNoNameForAnImage() throws IOException {
    Path target = directory.resolve("target");
    Files.createSymbolicLink(image, target);
    for (String force : new String[] {"-q", "-f"}) {
      String error = Cli.error(1, "mkfs", force, "--size", SIZE, image);
      assertTrue(error.contains(image + ": is a symbolic link to nothing"), error);
      assertFalse(Files.exists(target));
    }
  }

  @Test
  void anEmptyNameIsNotTheWorkingDirectory() {
    assertTrue(Cli.error(1, "mkfs", "-f", "").contains("the name is empty"));
  }

  @Test
  void aDryRunChangesNothing() throws IOException {
    ToolRun run = Cli.run("mkfs", "-n", "--size", SIZE, image);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("would be made a RAZORFS volume"), run.out());
    assertFalse(Files.exists(image));
    Files.writeString(image, "precious");
    assertTrue(Cli.json("razorfs.mkfs/1", "mkfs", "-n", "-f", image).get("dry_run").asBoolean());
    assertEquals("precious", Files.readString(image));
    assertTrue(Cli.error(1, "mkfs", "-n", image).contains("holds data of an unknown kind"));
  }

  @Test
  void keepsTheSizeOfAnEmptyImage() throws IOException {
    zeros(32 << 20);
    assertEquals(32 << 20, Cli.json("razorfs.mkfs/1", "mkfs", image).get("size_bytes").asLong());
    assertEquals(32 << 20, Files.size(image));
  }

  @Test
  void givesAnEmptyFileASize() throws IOException {
    Files.createFile(image);
    assertEquals(
        MkfsCommand.DEFAULT_SIZE,
        Cli.json("razorfs.mkfs/1", "mkfs", image).get("size_bytes").asLong());
  }

  @Test
  void doesNotOverwriteAVolumeUnlessForced() throws IOException {
    Cli.json("razorfs.mkfs/1", "mkfs", "-L", "first", "--size", SIZE, image);
    assertTrue(refused().contains("holds a RAZORFS volume; use -f"));
    Cli.json("razorfs.mkfs/1", "mkfs", "-f", "-L", "second", image);
    JsonNode info = Cli.json("razorfs.info/1", "info", image);
    assertEquals("second", info.get("label").asText());
    assertEquals(8 << 20, info.get("size_bytes").asLong());
  }

  @Test
  void findsAVolumeWhoseFirstSuperblockIsGone() throws IOException {
    Cli.json("razorfs.mkfs/1", "mkfs", "--size", SIZE, image);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.write(new byte[32768]);
    }
    assertTrue(refused().contains("holds a RAZORFS volume"));
  }

  @ParameterizedTest
  @CsvSource({
    "1080, 53ef, ext4",
    "0, 58465342, XFS",
    "65600, 5f42485266535f4d, btrfs",
    "0, 68737173, squashfs",
    "3, 4e54465320202020, NTFS",
    "82, 4641543332, FAT",
    "32769, 4344303031, ISO 9660",
    "4086, 53574150535041434532, swap",
    "0, 4c554b53babe, LUKS",
    "512, 4546492050415254, GPT",
    "257, 7573746172, tar",
    "0, 7f454c46, ELF",
    "0, 53514c69746520666f726d6174203300, SQLite",
    "510, 55aa, partition table",
    "700000, 01, unknown kind"
  })
  void namesWhatItWouldDestroy(int offset, String bytes, String name) throws IOException {
    zeros(4 << 20);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(offset);
      file.write(java.util.HexFormat.of().parseHex(bytes));
    }
    assertTrue(refused().contains(name), refused());
  }

  @Test
  void recognizesWhatRealProgramsWrite() throws IOException {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("a"));
    }
    Files.write(image, zip.toByteArray());
    assertTrue(refused().contains("zip"));
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    new GZIPOutputStream(gzip).close();
    Files.write(image, gzip.toByteArray());
    assertTrue(refused().contains("gzip"));
    Files.writeString(image, "a letter");
    assertTrue(refused().contains("unknown kind"));
  }

  @Test
  void dataBetweenZerosCountsAsWellAndAnImageOfHolesIsEmpty() throws IOException {
    zeros(256 << 20);
    assertEquals(0, Cli.run("mkfs", "-n", image).exitCode());
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(100 << 20);
      byte[] data = new byte[8 << 20];
      Arrays.fill(data, (byte) 1);
      file.write(data);
    }
    String error = Cli.error(1, "mkfs", image);
    assertTrue(error.contains("holds data of an unknown kind; use -f to overwrite it"), error);
    assertEquals(0, Cli.run("mkfs", "-f", image).exitCode());
  }

  @Test
  void dataAtTheEndCountsAsWell() throws IOException {
    zeros(4 << 20);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek((4 << 20) - 5);
      file.write(1);
    }
    assertTrue(refused().contains("unknown kind"));
  }

  @Test
  void neverTouchesAnImageInUse() throws IOException {
    Cli.json("razorfs.mkfs/1", "mkfs", "--size", SIZE, image);
    try (FileDevice owner = FileDevice.open(image, FileDeviceOptions.readWrite())) {
      assertTrue(Cli.error(1, "mkfs", "-f", image).contains("in use by"));
      assertTrue(owner.size() > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--size 4X",
        "--size -1",
        "-U 123",
        "-U 1-2-3-4-5",
        "--compress rar",
        "--compress lz4:3",
        "--journal-size 1K",
        "--nonsense",
        "-o x"
      })
  void wrongUsageIsNamedAndChangesNothing(String options) {
    Object[] args = ("mkfs " + options + " " + image).split(" ");
    assertTrue(Cli.error(1, args).contains("--help"), options);
    assertFalse(Files.exists(image));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--size 1K", "--size 7E", "--size 1M --journal-size 1M"})
  void impossibleSizesAreRefused(String options) {
    Object[] args = ("mkfs " + options + " " + image).split(" ");
    assertTrue(Cli.error(1, args).contains(image.toString()));
    assertFalse(Files.exists(image));
  }

  @Test
  void aLabelThatIsTooLongIsRefused() {
    assertTrue(Cli.error(1, "mkfs", "-L", "ü".repeat(33), image).contains("longer than 64 bytes"));
  }

  @Test
  void aDirectoryIsNoImage() {
    assertTrue(Cli.error(1, "mkfs", directory).contains("is a directory"));
    assertTrue(
        Cli.error(1, "mkfs", "--size", SIZE, directory.resolve("a/b")).contains("no such file"));
  }

  /** Runs razorfs in a process of its own, with arguments that only a shell can give. */
  private static String shell(String charset, String script) throws IOException {
    String razorfs =
        String.format(
            "razorfs() { LC_ALL='%s' '%s' -XX:TieredStopAtLevel=1 -cp '%s' %s \"$@\"; }; ",
            charset,
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            Razorfs.class.getName());
    return MountFixture.sh(razorfs + script);
  }

  @Test
  void whatJavaCannotNameIsNotTakenForSomethingElse() throws IOException {
    String cd = "cd '" + Files.createDirectory(directory.resolve("empty")) + "'; ";
    String make = "! razorfs mkfs -q --size 64M $'x\\xff' 2>&1; ls | wc -l";
    String bytes = shell("C.UTF-8", cd + make);
    assertTrue(bytes.contains("no text in the character set UTF-8"), bytes);
    assertTrue(bytes.endsWith("\n0"), bytes);
    String locale = shell("C", cd + "! razorfs mkfs -q --size 64M ü 2>&1; ls | wc -l");
    assertTrue(locale.contains("set LC_ALL=C.UTF-8"), locale);
    assertTrue(locale.endsWith("\n0"), locale);
  }

  @Test
  void whatIsFoundThroughALinkIsNotTakenForSomethingElse() throws IOException {
    String make = "; : > $'x\\xff'; ln -s $'x\\xff' image; mkdir dir; ";
    String said = shell("C.UTF-8", "cd " + directory + make + "! razorfs mount image dir 2>&1");
    assertTrue(said.contains("no text in the character set UTF-8"), said);
  }
}
