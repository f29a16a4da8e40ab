package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.wire.Bytes;

/** Transactions that are whole and legal, and yet lead from a sound volume to one that is not. */
class ReplayTest {
  private static final int FILE = FileType.code(FileType.REGULAR);

  private ImageEditor editor;
  private long empty;
  private InodeRecord record;
  private long unused;

  @BeforeEach
  void makeImage() throws IOException {
    editor = new ImageEditor(SampleImage.make(16384));
    empty = editor.inodeNamed("empty");
    record = editor.inode(empty);
    unused = editor.superblock().nextInode();
  }

  private CheckReport check(Mutation... mutations) throws IOException {
    return CleanImagesTest.check(editor.journal(mutations).device());
  }

  private void assertFinds(Problem problem, Mutation... mutations) throws IOException {
    CheckReport report = check(mutations);
    assertEquals(Set.of(problem), report.counts().keySet(), () -> report.findings().toString());
  }

  private Mutation touch(long inode, InodeRecord after) {
    return Mutation.TouchInode.of(inode, after);
  }

  private InodeRecord.Editor root() throws IOException {
    return editor.inode(1).edit();
  }

  private Mutation name(String text, int change) {
    return new Mutation.NameReference(
        editor.superblock().nextString(), change, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void soundTransactionIsNotReported() throws IOException {
    long id = editor.superblock().nextString();
    CheckReport report =
        check(
            name("new", 1),
            new Mutation.PutInode(unused, true, record),
            new Mutation.PutDirent(1, id, new DirentRecord(unused, FILE)),
            touch(1, root().size(editor.inode(1).size() + 1).done()));
    assertEquals(java.util.List.of(), report.findings());
    assertEquals(1, report.totals().transactions());
  }

  @Test
  void entryWithoutInode() throws IOException {
    assertFinds(
        Problem.DIR_3,
        name("new", 1),
        new Mutation.PutDirent(1, editor.superblock().nextString(), new DirentRecord(unused, FILE)),
        touch(1, root().size(editor.inode(1).size() + 1).done()));
  }

  @Test
  void entryOfAnotherType() throws IOException {
    ImageEditor.Key key = editor.keyNamed("empty");
    assertFinds(
        Problem.DIR_3,
        new Mutation.PutDirent(1, key.lo(), new DirentRecord(empty, FileType.code(FileType.FIFO))));
  }

  @Test
  void entryWithoutName() throws IOException {
    CheckReport report =
        check(
            new Mutation.PutDirent(
                1, editor.superblock().nextString() + 7, new DirentRecord(empty, FILE)),
            touch(empty, record.edit().nlink(2).done()),
            touch(1, root().size(editor.inode(1).size() + 1).done()));
    assertEquals(Set.of(Problem.REPLAY), report.counts().keySet());
  }

  @Test
  void entryThatIsNotCounted() throws IOException {
    assertFinds(
        Problem.INO_8,
        name("new", 1),
        new Mutation.PutDirent(1, editor.superblock().nextString(), new DirentRecord(empty, FILE)),
        touch(1, root().size(editor.inode(1).size() + 1).done()));
  }

  @Test
  void entryThatTheDirectoryDoesNotCount() throws IOException {
    assertFinds(
        Problem.INO_9,
        name("new", 1),
        new Mutation.PutDirent(1, editor.superblock().nextString(), new DirentRecord(empty, FILE)),
        touch(empty, record.edit().nlink(2).done()));
  }

  @Test
  void removedInodeThatStillHasAName() throws IOException {
    CheckReport report = check(new Mutation.DeleteInode(empty));
    assertEquals(Set.of(Problem.INO_14), report.counts().keySet());
  }

  @Test
  void inodeWithoutNamesThatIsNoOrphan() throws IOException {
    ImageEditor.Key key = editor.keyNamed("empty");
    assertFinds(
        Problem.INO_8,
        new Mutation.DeleteDirent(1, key.lo()),
        touch(empty, record.edit().nlink(0).done()),
        touch(1, root().size(editor.inode(1).size() - 1).done()));
  }

  @Test
  void orphanThatDoesNotExist() throws IOException {
    assertFinds(Problem.ORP_2, new Mutation.Orphan(unused, OrphanRecord.PLAIN));
  }

  @Test
  void extentsThatOverlap() throws IOException {
    assertFinds(
        Problem.EXT_7,
        new Mutation.PutExtent(empty, 0, new ExtentRecord.Inline(new byte[10])),
        new Mutation.PutExtent(empty, 5, new ExtentRecord.Inline(new byte[10])),
        touch(empty, record.edit().size(15).units(2).done()));
  }

  @Test
  void extentsBeyondTheSize() throws IOException {
    assertFinds(
        Problem.EXT_8,
        new Mutation.PutExtent(empty, 0, new ExtentRecord.Inline(new byte[10])),
        touch(empty, record.edit().units(1).done()));
  }

  @Test
  void extentsOfNobody() throws IOException {
    assertFinds(
        Problem.INO_14, new Mutation.PutExtent(unused, 0, new ExtentRecord.Inline(new byte[10])));
  }

  @Test
  void dataThatWasAcknowledgedAndIsNotThere() throws IOException {
    long address = editor.superblock().identity().backupAddress() - 8192;
    ExtentRecord.Chunk chunk =
        new ExtentRecord.Chunk(
            0, false, 512, address, 512, 512, 0, 12345, editor.superblock().generation() + 1);
    editor.journal(
        new Mutation.Allocate(address, 512),
        new Mutation.PutExtent(empty, 0, chunk),
        new Mutation.Totals(0, 512, 512),
        touch(empty, record.edit().size(512).units(1).done()));
    // Not acknowledged: replay stops before it, and nothing is wrong.
    assertTrue(CleanImagesTest.check(editor.device()).isClean());
    editor.journal(r -> ImageEditor.withDurable(r, r.lsn()), new byte[0]);
    CheckReport report = CleanImagesTest.check(editor.device());
    assertEquals(Set.of(Problem.EXT_10), report.counts().keySet());
  }

  @Test
  void recordThatIsNeitherCommittedNorNot() throws IOException {
    editor.journal(touch(1, root().done()));
    long address = editor.journalAddress();
    ByteBuffer record = ByteBuffer.allocate(512);
    editor.device().read(address, record);
    byte[] bytes = record.array();
    int payload = JournalRecord.parse(bytes, 0, bytes.length).redoSize();
    bytes[JournalRecord.COMMITTED_AT] = 2;
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, 68);
    crc.update(bytes, JournalRecord.HEADER, payload);
    Bytes.put32(bytes, 68, (int) crc.getValue());
    editor.poke(address, bytes);
    CheckReport report = CleanImagesTest.check(editor.device());
    assertEquals(Set.of(Problem.JRN_4), report.counts().keySet());
  }

  @Test
  void removedDirectoryThatStillHasAName() throws IOException {
    assertFinds(Problem.INO_14, new Mutation.DeleteInode(editor.inodeNamed("below")));
  }

  @Test
  void directoryWithTwoNames() throws IOException {
    long below = editor.inodeNamed("below");
    assertFinds(
        Problem.DIR_5,
        name("new", 1),
        new Mutation.PutDirent(
            1,
            editor.superblock().nextString(),
            new DirentRecord(below, FileType.code(FileType.DIRECTORY))),
        touch(
            1, root().size(editor.inode(1).size() + 1).nlink(editor.inode(1).nlink() + 1).done()));
  }

  @Test
  void spaceThatIsInUseAlready() throws IOException {
    ExtentRecord.Chunk noise =
        (ExtentRecord.Chunk) editor.extents(editor.inodeNamed("noise")).get(0L);
    assertFinds(
        Problem.REPLAY, new Mutation.Allocate(noise.address(), 512), touch(1, root().done()));
  }

  @Test
  void spaceThatIsFreeGivenBack() throws IOException {
    long address = editor.superblock().identity().backupAddress() - 8192;
    assertFinds(Problem.REPLAY, new Mutation.Release(address, 512), touch(1, root().done()));
  }

  @Test
  void spaceThatIsGivenBackTwice() throws IOException {
    ImageEditor.Key key = editor.first(org.razorfs.layout.TreeId.CHUNKS, Keys.CHUNK);
    CheckReport report =
        check(
            new Mutation.Release(key.lo(), 512),
            new Mutation.Release(key.lo(), 512),
            touch(1, root().done()));
    assertEquals(Set.of(Problem.REPLAY), report.counts().keySet());
  }
}
