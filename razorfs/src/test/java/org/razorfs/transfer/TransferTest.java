package org.razorfs.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.Xattr;

/** What could be lost on the way into an image or out of it, and what could get out of a folder. */
class TransferTest {
  private static final Timestamp LONG_AGO = new Timestamp(-86_400 * 400, 500_000_001);
  private static final Timestamp LATE = new Timestamp(5_000_000_000L, 999_999_999);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    return noise;
  }

  private static void setTimes(Volume volume, long inode, Timestamp atime, Timestamp mtime)
      throws IOException {
    volume.change(inode, new AttributeChange().atime(atime).mtime(mtime));
  }

  private static long file(Volume volume, long parent, byte[] name, byte[] content, int mode)
      throws IOException {
    Owner owner = new Owner(-2, 70_000);
    long inode = volume.create(parent, name, FileType.REGULAR | mode, owner, 0).inode();
    if (content.length > 0) {
      volume.write(inode, 0, ByteBuffer.wrap(content));
    }
    // Its folder may have the bit by which it inherits.
    volume.change(inode, new AttributeChange().gid(owner.gid()).atime(LATE).mtime(LONG_AGO));
    return inode;
  }

  /** Everything that a tree can have. */
  private static void fill(Volume volume) throws IOException {
    byte[] list = {2, 0, 0, 0, 1, 0, 6, 0, -1, -1, -1, -1, (byte) 0xc3, 0x28};
    List<Xattr> xattrs =
        List.of(
            new Xattr(bytes("system.posix_acl_default"), list),
            new Xattr(bytes("user.a=b%c"), noise(3000)),
            new Xattr(bytes("trusted.empty"), new byte[0]));
    long folder =
        volume.mkdir(Volume.ROOT, bytes("folder"), 02751, new Owner(5, 6), xattrs).inode();
    long file = file(volume, folder, bytes("file"), noise(1_500_000), 04755);
    volume.link(file, Volume.ROOT, bytes("again"));
    volume.link(file, folder, bytes("and again"));
    file(volume, folder, bytes("empty"), new byte[0], 0);
    file(volume, folder, new byte[] {(byte) 0xff, '\n', '\\', (byte) 0xc3}, bytes("odd"), 0644);
    long deep = folder;
    for (int i = 0; i < 5; i++) {
      deep = volume.mkdir(deep, bytes(("d" + i).repeat(100)), 0700, Owner.ROOT).inode();
    }
    file(volume, deep, bytes("n".repeat(255)), bytes("deep"), 0600);
    volume.symlink(folder, bytes("link"), bytes("../nowhere/" + "x".repeat(3000)), Owner.ROOT);
    volume.create(folder, bytes("pipe"), FileType.FIFO | 0640, Owner.ROOT, 0);
    volume.create(folder, bytes("tty"), FileType.CHARACTER | 0620, Owner.ROOT, 0x12345678L);
    volume.create(folder, bytes("disk"), FileType.BLOCK | 0660, Owner.ROOT, 0xfff00fffL);
    long sparse = file(volume, folder, bytes("sparse"), new byte[0], 0600);
    volume.write(sparse, 1 << 20, ByteBuffer.wrap(noise(5000)));
    volume.write(sparse, 9 << 20, ByteBuffer.wrap(noise(70_000)));
    volume.change(sparse, new AttributeChange().size(3L << 30));
    setTimes(volume, sparse, LATE, LATE);
    setTimes(volume, deep, LATE, LONG_AGO);
    setTimes(volume, folder, LONG_AGO, LATE);
    setTimes(volume, Volume.ROOT, LONG_AGO, LONG_AGO);
  }

  @Test
  void allThatATreeCanHaveComesThrough() throws IOException {
    try (TestImage from = new TestImage();
        TestImage to = new TestImage()) {
      fill(from.volume());
      byte[] archive = from.export();
      assertTrue(archive.length < 2_000_000, archive.length + " bytes: holes were written");
      Tally tally = to.importFrom(archive);
      assertEquals(List.of(), to.left());
      assertEquals(5, tally.files());
      assertEquals(2, tally.hardLinks());
      Attributes folder = to.find("folder"); // before it is read again
      assertArrayEquals(archive, to.export());

      // Both could have lost the same.
      assertEquals(FileType.DIRECTORY | 02751, folder.mode());
      assertEquals(LATE, folder.mtime());
      assertEquals(LONG_AGO, folder.atime());
      assertArrayEquals(noise(3000), to.volume().getXattr(folder.inode(), bytes("user.a=b%c")));
      assertEquals(0, to.volume().getXattr(folder.inode(), bytes("trusted.empty")).length);
      assertEquals(3, to.volume().listXattr(folder.inode()).size());
      Attributes file = to.find("folder/file");
      assertEquals(3, file.nlink());
      assertEquals(file.inode(), to.find("again").inode());
      assertEquals(FileType.REGULAR | 04755, file.mode());
      assertEquals(-2, file.uid());
      assertEquals(70_000, file.gid());
      assertEquals(LONG_AGO, file.mtime());
      assertArrayEquals(noise(1_500_000), to.content("folder/file"));
      assertEquals(0x12345678L, to.find("folder/tty").rdev());
      assertEquals(0xfff00fffL, to.find("folder/disk").rdev());
      Attributes sparse = to.find("folder/sparse");
      assertEquals(3L << 30, sparse.size());
      assertEquals(from.find("folder/sparse").blocks(), sparse.blocks());
      assertEquals(LONG_AGO, to.find("/").mtime());
    }
  }

  @Test
  void whatIsThereIsReplacedAndFoldersAreMerged() throws IOException {
    try (TestImage from = new TestImage();
        TestImage to = new TestImage()) {
      fill(from.volume());
      long folder = to.volume().mkdir(Volume.ROOT, bytes("folder"), 0, Owner.ROOT).inode();
      file(to.volume(), folder, bytes("kept"), bytes("kept"), 0600);
      file(to.volume(), folder, bytes("file"), noise(100_000), 0600);
      to.volume().symlink(folder, bytes("pipe"), bytes("/"), Owner.ROOT);
      to.volume().mkdir(folder, bytes("empty"), 0700, Owner.ROOT);
      to.importFrom(from.export());
      assertEquals(List.of("./folder/empty: would replace a folder"), to.left());
      assertArrayEquals(bytes("kept"), to.content("folder/kept"));
      assertArrayEquals(noise(1_500_000), to.content("folder/file"));
      assertEquals(FileType.FIFO, to.find("folder/pipe").type());
      assertEquals(FileType.DIRECTORY | 02751, to.find("folder").mode());
      // And once more: each name is its own.
      to.importFrom(from.export());
      assertEquals(3, to.find("folder/file").nlink());
    }
  }

  @Test
  void socketsAreNamedAndLeftOut() throws IOException {
    try (TestImage image = new TestImage()) {
      image.volume().create(Volume.ROOT, bytes("s"), FileType.SOCKET | 0600, Owner.ROOT, 0);
      image.export();
      assertEquals(List.of("./s: is a socket, which no archive holds"), image.left());
    }
  }

  private static TarMember member(String path, TarMember.Kind kind, String link) {
    Timestamp time = new Timestamp(1_000_000, 0);
    return new TarMember(
        bytes(path), kind, 0644, 0, 0, time, null, 0, 0, bytes(link), List.of(), false);
  }

  private static byte[] archive(TarMember... members) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    TarWriter writer = new TarWriter(archive);
    for (TarMember member : members) {
      if (member.kind() == TarMember.Kind.FILE) {
        writer.add(member, SparseMap.whole(0), (piece, to) -> {});
      } else {
        writer.add(member);
      }
    }
    writer.finish();
    return archive.toByteArray();
  }

  @Test
  void nothingGetsOutOfItsFolder() throws IOException {
    byte[] archive =
        archive(
            member("../up", TarMember.Kind.FILE, ""),
            member("a/../../up", TarMember.Kind.FILE, ""),
            member("out", TarMember.Kind.SYMLINK, ".."),
            member("out/through", TarMember.Kind.FILE, ""),
            member("out/made/", TarMember.Kind.DIRECTORY, ""),
            member("hard", TarMember.Kind.HARD_LINK, "../victim"),
            member("hard", TarMember.Kind.HARD_LINK, "out/victim"),
            member("self", TarMember.Kind.HARD_LINK, "self"),
            member("/inside", TarMember.Kind.FILE, ""));
    try (TestImage image = new TestImage()) {
      file(image.volume(), Volume.ROOT, bytes("victim"), bytes("x"), 0600);
      Tally tally = image.importFrom(archive, "/folder");
      assertEquals(7, image.left().size(), image.left().toString());
      assertEquals(7, tally.left());
      assertEquals(1, image.find("victim").nlink());
      assertNull(image.find("up"));
      assertNull(image.find("through"));
      assertNull(image.find("made"));
      assertNotNull(image.find("folder/inside"));
    }
  }

  /** An archive of one file with the records given, and another file. */
  private static byte[] archiveWith(PaxRecords records) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(archive, "ISO-8859-1")) {
      byte[] bytes = records.encode();
      TarArchiveEntry extended = new TarArchiveEntry("x", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
      extended.setSize(bytes.length);
      out.putArchiveEntry(extended);
      out.write(bytes);
      out.closeArchiveEntry();
      for (String name : List.of("f", "other")) {
        out.putArchiveEntry(new TarArchiveEntry(name));
        out.closeArchiveEntry();
      }
    }
    return archive.toByteArray();
  }

  @Test
  void whatNoInodeCanHaveIsLeftOutAndItsFileIsNot() throws IOException {
    PaxRecords records = new PaxRecords();
    records.put("SCHILY.xattr.user.good", bytes("value"));
    records.put("SCHILY.xattr.user.a%", bytes("value"));
    records.put("SCHILY.xattr.user.a%25", bytes("the same"));
    records.put("SCHILY.xattr.com.apple.quarantine", bytes("value"));
    records.put("SCHILY.xattr.", bytes("value"));
    records.put("SCHILY.xattr.user.\0", bytes("value"));
    records.put("SCHILY.xattr.user." + "n".repeat(251), bytes("value"));
    records.put("SCHILY.xattr.user.large", noise(60_000));
    records.put("SCHILY.xattr.user.more", noise(10_000));
    records.put("SCHILY.acl.access", bytes("user::rw-,user:eve:rw-,group::r--,other::r--"));
    try (TestImage image = new TestImage()) {
      assertEquals(7, image.importFrom(archiveWith(records)).left());
      assertEquals(7, image.left().size(), image.left().toString());
      assertTrue(image.left().get(1).startsWith("f: comes without its attribute com.apple."));
      long file = image.find("f").inode();
      assertEquals(3, image.volume().listXattr(file).size());
      assertArrayEquals(bytes("value"), image.volume().getXattr(file, bytes("user.good")));
      assertNotNull(image.find("other"));
    }
  }

  @Test
  void listsThatAreThereAsAttributesAreNotMissed() throws IOException {
    PaxRecords records = new PaxRecords();
    records.put("SCHILY.acl.access", bytes("user::rw-,user:eve:rw-,group::r--,other::r--"));
    records.put("SCHILY.xattr.system.posix_acl_access", new byte[] {2, 0, 0, 0});
    try (TestImage image = new TestImage()) {
      image.importFrom(archiveWith(records));
      assertEquals(List.of(), image.left());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "6 a=b\n2147483647 path=x\n",
        "6 a=b\n4294967304 path=x\n",
        "6 a=b\n9223372036854775807 path=x\n",
        "6 a=b\n-8 path=x\n",
        "6 a=b\n0 path=x\n",
        "6 a=b\npath=x\n",
        "x",
        "\n",
        "5 ab\n"
      })
  void recordsThatAreNoneAreRefused(String records) {
    assertThrows(DamagedArchiveException.class, () -> new PaxRecords().parse(bytes(records)));
  }

  @Test
  void pathsWithoutEndAreRefused() throws IOException {
    PaxRecords records = new PaxRecords();
    records.put("path", bytes("a/".repeat(1 << 20)));
    try (TestImage image = new TestImage()) {
      byte[] archive = archiveWith(records);
      assertThrows(DamagedArchiveException.class, () -> image.importFrom(archive));
      assertNull(image.find("a"));
    }
  }

  @Test
  void sparseFilesOfOneKindInHeadersOfAnotherAreRefused() throws IOException {
    byte[] archive = patched(archive(member("f", TarMember.Kind.FILE, "")), 156, bytes("S"));
    try (TestImage image = new TestImage()) {
      assertThrows(DamagedArchiveException.class, () -> image.importFrom(archive));
    }
  }

  /** The header of the first member with other bytes in it. */
  private static byte[] patched(byte[] archive, int at, byte[] patch) {
    byte[] patched = archive.clone();
    int header = 1024; // behind the extended one
    System.arraycopy(patch, 0, patched, header + at, patch.length);
    Arrays.fill(patched, header + 148, header + 156, (byte) ' ');
    int sum = 0;
    for (int i = header; i < header + 512; i++) {
      sum += patched[i] & 0xff;
    }
    System.arraycopy(bytes(String.format("%06o\0", sum)), 0, patched, header + 148, 7);
    return patched;
  }

  @ParameterizedTest
  @EnumSource(
      names = {"FILE", "OTHER"},
      mode = EnumSource.Mode.EXCLUDE)
  void whatHasNoDataHasNoneWhateverItStates(TarMember.Kind kind) throws IOException {
    byte[] archive =
        patched(
            archive(member("first", kind, "none"), member("second", TarMember.Kind.FIFO, "")),
            124,
            bytes("00000001750"));
    try (TestImage image = new TestImage()) {
      image.importFrom(archive);
      assertNotNull(image.find("second"));
    }
  }

  @Test
  void linksWithASlashAtTheEndAreLinks() throws IOException {
    try (TestImage image = new TestImage()) {
      image.importFrom(archive(member("link/", TarMember.Kind.SYMLINK, "target")));
      assertTrue(image.find("link").isSymlink());
    }
  }

  @Test
  void ownersOfMoreThan31BitsAreReadFromHeaders() throws IOException {
    byte[] archive = archive(member("f", TarMember.Kind.FILE, ""));
    byte[] number = {(byte) 0x80, 0, 0, 0, (byte) 0xb2, (byte) 0xd0, 0x5e, 0};
    try (TestImage image = new TestImage()) {
      image.importFrom(patched(patched(archive, 108, number), 116, number));
      assertEquals((int) 3_000_000_000L, image.find("f").uid());
      assertEquals((int) 3_000_000_000L, image.find("f").gid());
    }
  }

  @Test
  void devicesThatLinuxDoesNotHaveAreNotTakenForOthers() throws IOException {
    byte[] archive = archive(member("null", TarMember.Kind.CHARACTER_DEVICE, ""));
    for (int at : new int[] {329, 337}) {
      try (TestImage image = new TestImage()) {
        image.importFrom(patched(archive, at, bytes("4000000")));
        assertEquals(List.of("null: is a device with a number that is too large"), image.left());
      }
    }
  }

  @Test
  void linksThatCannotBeMadeTakeNothingAway() throws IOException {
    try (TestImage image = new TestImage()) {
      file(image.volume(), Volume.ROOT, bytes("name"), bytes("kept"), 0600);
      image.importFrom(
          archive(
              member("folder", TarMember.Kind.DIRECTORY, ""),
              member("name", TarMember.Kind.HARD_LINK, "folder")));
      assertEquals(1, image.left().size());
      assertArrayEquals(bytes("kept"), image.content("name"));
    }
  }

  @Test
  void linksWithZerosInTheirTargetAreRefused() throws IOException {
    PaxRecords records = new PaxRecords();
    records.put("linkpath", bytes("a\0b"));
    byte[] archive = patched(archiveWith(records), 156, bytes("2"));
    try (TestImage image = new TestImage()) {
      assertEquals(1, image.importFrom(archive).left());
      assertNull(image.find("f"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE + 1, 1L << 33, -(1L << 33)})
  void timesBeyondAllCalendarsComeThrough(long seconds) throws IOException {
    Timestamp time = new Timestamp(seconds, 5);
    try (TestImage from = new TestImage();
        TestImage to = new TestImage()) {
      setTimes(
          from.volume(), file(from.volume(), Volume.ROOT, bytes("f"), noise(9), 0), time, time);
      to.importFrom(from.export());
      assertEquals(time, to.find("f").mtime());
      assertEquals(time, to.find("f").atime());
    }
  }

  @Test
  void mapsOfManyPiecesInExtendedHeadersAreRead() throws IOException {
    PaxRecords records = new PaxRecords();
    StringBuilder map = new StringBuilder("0,0");
    for (int i = 1; i < 100_000; i++) {
      map.append(',').append(i * 4096L).append(",0");
    }
    records.put("GNU.sparse.size", 1 << 30);
    records.put("GNU.sparse.map", bytes(map.toString()));
    try (TestImage image = new TestImage()) {
      image.importFrom(archiveWith(records));
      assertEquals(1 << 30, image.find("f").size());
    }
  }

  @Test
  void foldersKeepTheirTimesWhateverTheOrder() throws IOException {
    byte[] archive =
        archive(
            member("a/", TarMember.Kind.DIRECTORY, ""),
            member("b/", TarMember.Kind.DIRECTORY, ""),
            member("a/first", TarMember.Kind.FILE, ""),
            member("b/second", TarMember.Kind.FILE, ""),
            member("a/sub/third", TarMember.Kind.FILE, ""),
            member("a/fourth", TarMember.Kind.FILE, ""));
    try (TestImage image = new TestImage()) {
      image.importFrom(archive);
      assertEquals(new Timestamp(1_000_000, 0), image.find("a").mtime());
      assertEquals(new Timestamp(1_000_000, 0), image.find("b").mtime());
    }
  }

  @Test
  void whatDoesNotFitIsRefusedAndWhatCameBeforeIsThere() throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    TarWriter writer = new TarWriter(archive);
    for (int i = 0; i < 40; i++) {
      byte[] data = noise(1_000_000 + i);
      TarMember member =
          new TarMember(
              bytes("f" + i),
              TarMember.Kind.FILE,
              0600,
              0,
              0,
              LATE,
              null,
              data.length,
              0,
              new byte[0],
              List.of(),
              false);
      writer.add(member, SparseMap.whole(data.length), (piece, to) -> to.write(data));
    }
    writer.finish();
    try (TestImage image = new TestImage(24L << 20)) {
      FsException full =
          assertThrows(FsException.class, () -> image.importFrom(archive.toByteArray()));
      assertEquals(Fault.NO_SPACE, full.fault());
      int whole = 0;
      while (image.find("f" + whole) != null) {
        assertArrayEquals(noise(1_000_000 + whole), image.content("f" + whole));
        whole++;
      }
      assertTrue(whole > 5 && whole < 40, whole + " files");
    }
  }

  @Test
  void anArchiveThatIsCutAnywhereSaysSo() throws IOException {
    byte[] whole = sample();
    int end = whole.length - 1;
    while (whole[end] == 0) {
      end--;
    }
    for (int length = 0; length <= end; length += 511) {
      byte[] cut = Arrays.copyOf(whole, length);
      try (TestImage image = new TestImage(16L << 20)) {
        assertThrows(DamagedArchiveException.class, () -> image.importFrom(cut), length + " bytes");
      }
    }
  }

  /** A small archive of everything. */
  private static byte[] sample() throws IOException {
    try (TestImage image = new TestImage()) {
      fill(image.volume());
      image.volume().unlink(image.find("folder").inode(), bytes("file"));
      image.volume().unlink(image.find("folder").inode(), bytes("and again"));
      image.volume().unlink(Volume.ROOT, bytes("again"));
      return image.export();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedArchivesDoNoHarm(long seed) throws IOException {
    byte[] whole = sample();
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 60; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i < 1 + round % 5; i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try (TestImage image = new TestImage(16L << 20)) {
        try {
          image.importFrom(damaged);
        } catch (IOException e) {
          refused++; // and what else is thrown fails the test
        }
      }
    }
    assertTrue(refused > 5, refused + " of 60 refused");
  }

  @Test
  void compressedArchivesAreRecognised() throws IOException {
    byte[] plain = archive(member("f", TarMember.Kind.FILE, ""));
    for (String name : List.of("a.tar", "a.tar.gz", "a.tgz", "a.tar.zst", "a.tzst")) {
      ByteArrayOutputStream archive = new ByteArrayOutputStream();
      try (OutputStream out = Archives.compressed(archive, name)) {
        out.write(plain);
      }
      assertEquals(name.equals("a.tar"), Arrays.equals(plain, archive.toByteArray()), name);
      try (TestImage image = new TestImage(16L << 20)) {
        image.importFrom(archive.toByteArray());
        assertNotNull(image.find("f"), name);
      }
    }
    byte[] xz = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0};
    try (TestImage image = new TestImage(16L << 20)) {
      IOException refused = assertThrows(IOException.class, () -> image.importFrom(xz));
      assertTrue(refused.getMessage().contains("xz -dc"), refused.getMessage());
    }
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(archive)) {
      out.write(plain);
    }
    return archive.toByteArray();
  }

  @Test
  void aPauseBetweenPartsIsNotTheEnd() throws IOException {
    byte[] plain = archive(member("f", TarMember.Kind.FILE, ""));
    // That hands over one part at a time, and says that nothing is there before it does.
    InputStream paused =
        new SequenceInputStream(
            new ByteArrayInputStream(gzip(Arrays.copyOf(plain, 700))),
            new ByteArrayInputStream(gzip(Arrays.copyOfRange(plain, 700, plain.length))));
    try (InputStream whole = Archives.decompressed(paused)) {
      assertArrayEquals(plain, whole.readAllBytes());
    }
  }

  private static long chain(Volume volume, int depth, String name) throws IOException {
    long deepest = Volume.ROOT;
    for (int i = 0; i < depth; i++) {
      deepest = volume.mkdir(deepest, bytes(name), 0755, Owner.ROOT).inode();
    }
    return deepest;
  }

  private static Tally export(TestImage image) throws IOException {
    return new Exporter(image.volume(), image).run("/", OutputStream.nullOutputStream());
  }

  /** More names than are taken at a time, where they are taken again after each folder. */
  @Test
  void whatIsDeepAndWideComesOnce() throws IOException {
    try (TestImage image = new TestImage()) {
      int depth = 150;
      int width = 1100;
      long deepest = chain(image.volume(), depth, "folder");
      for (int i = 0; i < width; i++) {
        long folder = image.volume().mkdir(deepest, bytes("d" + i), 0755, Owner.ROOT).inode();
        image.volume().create(folder, bytes("f"), FileType.REGULAR, Owner.ROOT, 0);
        image.volume().create(deepest, bytes("f" + i), FileType.REGULAR, Owner.ROOT, 0);
      }
      Tally tally = export(image);
      assertEquals(List.of(), image.left());
      assertEquals(1 + depth + width, tally.directories());
      assertEquals(2L * width, tally.files());
    }
  }

  /** All the paths on the way down would take more memory than there is. */
  @Test
  void aTreeMayBeAsDeepAsItLikes() throws IOException {
    try (TestImage image = new TestImage()) {
      int name = 255;
      int depth = (int) Math.sqrt(2.2 * Runtime.getRuntime().maxMemory() / name);
      chain(image.volume(), depth, "n".repeat(name));
      assertEquals(1 + depth, export(image).directories());
      assertEquals(List.of(), image.left());
    }
  }
}
