package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.devfuse.wire.Goldens;
import org.razorfs.mount.devfuse.wire.Message;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Volume;

/** Each request's bytes do what they say, and the reply's bytes say what was done. */
class SessionTest {
  private static final long ROOT = 1;
  private static final long DIRECTORY = 2;
  private static final long FILE = 3;
  private static final long NODE_BYTES = 128;

  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true));
  private final StringBuilder log = new StringBuilder();
  private Session session = session(handler, true);
  private final Map<String, byte[]> goldens = Goldens.requests();
  private final ByteBuffer requests = ByteBuffer.allocateDirect(1 << 16);
  private final Request request = new Request(requests);
  private final Reply reply = new Reply(ByteBuffer.allocateDirect(1 << 16));

  @AfterEach
  void close() throws IOException {
    volume.close();
    assertEquals("", log.toString(), "the log");
  }

  private Session session(FileSystemHandler served, boolean checksPermissions) {
    MountTerms terms = new MountTerms(0, checksPermissions, false);
    return new Session(served, new MountLog(log, Clock.systemUTC()), terms);
  }

  /** The reply to a request without its header, or null; its error number is to be this. */
  private ByteBuffer answer(int errno, byte[] bytes) {
    requests.clear().put(bytes);
    assertTrue(request.received(bytes.length));
    if (!session.answer(request, reply)) {
      return null;
    }
    ByteBuffer whole = reply.finish();
    ByteBuffer copy = ByteBuffer.allocate(whole.remaining()).order(ByteOrder.nativeOrder());
    copy.put(whole).flip();
    assertEquals(copy.remaining(), copy.getInt(0), "length");
    assertEquals(-errno, copy.getInt(4), request.opcode() + ": error");
    assertEquals(request.unique(), copy.getLong(8), "unique");
    return copy.slice(Reply.HEADER, copy.remaining() - Reply.HEADER).order(ByteOrder.nativeOrder());
  }

  private ByteBuffer golden(String name) {
    return golden(0, name);
  }

  private ByteBuffer golden(int errno, String name) {
    return answer(errno, goldens.get(name));
  }

  private void assertEmpty(String name) {
    assertEquals(0, golden(name).remaining(), name);
  }

  /** The directory and the file that the golden requests are about. */
  private void begin() {
    golden("INIT");
    assertEquals(DIRECTORY, golden("MKDIR").getLong(0));
    assertEquals(FILE, golden("MKNOD").getLong(0));
  }

  private static String text(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private String content() {
    return text(golden("READ"));
  }

  @Test
  void nothingIsDoneBeforeInit() {
    for (String name : List.of("MKDIR", "LOOKUP", "STATFS", "OPEN")) {
      requests.clear().put(goldens.get(name));
      assertTrue(request.received(goldens.get(name).length));
      assertTrue(session.answer(request, reply));
      assertTrue(reply.hasFailed(), name);
    }
    assertTrue(log.toString().contains("before INIT"));
    log.setLength(0);
    assertNull(session.init());
    golden("INIT");
    assertNotNull(session.init());
  }

  @Test
  void aKernelOfANewerMajorVersionAsksTwice() {
    ByteBuffer stepDown = answer(0, Message.init(8, 1));
    assertEquals(7, stepDown.getInt(0));
    assertNull(session.init());
    assertEquals(45, answer(0, Message.init(7, 45)).getInt(4));
    assertEquals(45, session.init().minor());
  }

  @Test
  void anOldKernelIsRefusedAndTheReasonIsKept() {
    answer(Errno.EPROTO, Message.init(7, 30));
    String refusal = session.refusal();
    assertTrue(refusal.contains("the kernel speaks FUSE 7.30 and 7.31 is needed"), refusal);
    assertNull(session.init());
  }

  @Test
  void newNodesAreWhatWasAskedFor() throws IOException {
    begin();
    Attributes directory = volume.attributes(DIRECTORY);
    assertEquals(040755, directory.mode());
    assertEquals(1000, directory.uid());
    assertEquals(100, directory.gid());
    assertEquals(0100640, volume.attributes(FILE).mode());
    long device = golden("MKNOD_DEVICE").getLong(0);
    assertEquals(060600, volume.attributes(device).mode());
    assertEquals(0x12a34b5cL, volume.attributes(device).rdev());
    long link = golden("SYMLINK").getLong(0);
    assertEquals("to/where", text(golden("READLINK")));
    assertEquals(0120777, volume.attributes(link).mode());
    ByteBuffer made = golden("TMPFILE");
    assertEquals(NODE_BYTES + 16, made.remaining());
    assertEquals(0, volume.attributes(made.getLong(0)).nlink());
    assertEquals(0100644, volume.attributes(made.getLong(0)).mode());
    assertEquals(4, handler.lookups().size() - 1, "references to nodes");
  }

  @Test
  void lookupsTellWhatThereIsAndWhatThereIsNot() {
    begin();
    ByteBuffer found = golden("LOOKUP");
    assertEquals(FILE, found.getLong(0));
    assertEquals(NODE_BYTES, found.remaining());
    ByteBuffer none = golden("LOOKUP_NONE");
    assertEquals(0, none.getLong(0));
    assertTrue(none.getLong(16) > 1_000_000, "absence is not kept");
    assertEquals(DIRECTORY, golden("LOOKUP_DOT").getLong(0));
    assertEquals(ROOT, golden("LOOKUP_DOTDOT").getLong(0));
  }

  @Test
  void aFileHandleFindsNothingThatHasNoNameThoughItIsNotForgottenYet() {
    begin();
    answer(0, Message.of(Opcode.LOOKUP, FILE).string(".").build());
    answer(0, Message.of(Opcode.UNLINK, ROOT).string("file").build());
    answer(0, Message.of(Opcode.GETATTR, FILE).bytes(new byte[16]).build());
    answer(Errno.ESTALE, Message.of(Opcode.LOOKUP, FILE).string(".").build());
  }

  @Test
  void dataGoesInAndComesOut() throws IOException {
    begin();
    assertEquals(5, golden("WRITE").getInt(0));
    assertEquals("\0hello", content());
    handler.setattr(FILE, new org.razorfs.volume.AttributeChange().mode(06755));
    assertEquals(1, golden("WRITE_SYNC_KILL").getInt(0));
    assertEquals("\0hello!", content());
    assertEquals(0, volume.attributes(FILE).mode() & 06000, "set-user-id and set-group-id bits");
    assertEmpty("FSYNC");
    assertEmpty("FSYNCDIR");
    assertEmpty("SYNCFS");
    assertEquals(0, golden("LSEEK_HOLE").getLong(0));
    assertEquals(3, golden("LSEEK_DATA").getLong(0));
    assertEquals(4, golden("COPY_FILE_RANGE").getInt(0));
    assertEquals(4, golden("COPY_FILE_RANGE_64").getLong(0));
    assertEquals(204, volume.attributes(FILE).size());
    assertEquals("hello!", content().substring(1, 7));
    assertEquals("hell", content().substring(98, 102));
    assertEquals("hell", content().substring(198));
    assertEmpty("FALLOCATE");
    assertEquals(4096 + 8192, volume.attributes(FILE).size());
    assertEmpty("FALLOCATE_PUNCH");
    assertEquals("\0".repeat(4096), content());
    answer(Errno.ENXIO, Message.of(Opcode.LSEEK, FILE).u64(0).u64(1 << 20).u32(3).u32(0).build());
  }

  @Test
  void attributesAreSetEachFromItsField() throws IOException {
    begin();
    golden("WRITE");
    ByteBuffer changed = golden("SETATTR");
    assertEquals(104, changed.remaining());
    Attributes file = volume.attributes(FILE);
    assertEquals(0106640 & 07777, file.mode() & 07777);
    assertEquals(1001, file.uid());
    assertEquals(101, file.gid());
    assertEquals(6, file.size());
    assertEquals(new Timestamp(-2, 5), file.atime());
    assertEquals(new Timestamp(0x41424344L, 999_999_999), file.mtime());
    assertEquals(new Timestamp(0x0102030405L, 6), file.ctime());
    assertEquals(FILE, golden("GETATTR").getLong(16));
    assertEquals(288, golden("STATX").remaining());
    byte[] wrong = goldens.get("SETATTR").clone();
    ByteBuffer.wrap(wrong).order(ByteOrder.nativeOrder()).putInt(40 + 56, 1_000_000_000);
    answer(Errno.EINVAL, wrong);
    assertEquals(file, volume.attributes(FILE));
  }

  @Test
  void namesAreLinkedMovedAndRemoved() throws IOException {
    begin();
    assertEquals(FILE, golden("LINK").getLong(0));
    assertEquals(2, volume.attributes(FILE).nlink());
    assertEmpty("RENAME");
    assertNull(volume.lookup(ROOT, "file".getBytes(StandardCharsets.US_ASCII)));
    assertEmpty("RENAME2");
    assertNotNull(volume.lookup(ROOT, "file".getBytes(StandardCharsets.US_ASCII)));
    golden(Errno.EEXIST, "RENAME2_EXISTS");
    golden(Errno.ENOTEMPTY, "RMDIR_FULL");
    assertEmpty("UNLINK");
    assertEquals(1, volume.attributes(FILE).nlink());
    answer(0, Message.of(Opcode.RMDIR, ROOT).string("dir").build());
    answer(Errno.ENOENT, Message.of(Opcode.RMDIR, ROOT).string("dir").build());
  }

  @Test
  void extendedAttributesAreMeasuredAndGiven() throws IOException {
    begin();
    assertEmpty("SETXATTR");
    golden(Errno.EEXIST, "SETXATTR");
    assertEquals(5, golden("GETXATTR_SIZE").getInt(0));
    assertEquals("value", text(golden("GETXATTR")));
    golden(Errno.ERANGE, "GETXATTR_SMALL");
    assertEquals("user.key\0", text(golden("LISTXATTR")));
    assertEmpty("REMOVEXATTR");
    golden(Errno.ENODATA, "GETXATTR");
    golden(Errno.ENODATA, "REMOVEXATTR");
  }

  @Test
  void aKernelWithoutTheLongFormSetsAttributesToo() {
    byte[] init =
        Message.of(Opcode.INIT, 0).u32(7).u32(31).u32(0).u32(~(1 << 29 | 1 << 30)).build();
    answer(0, init);
    golden("MKDIR");
    golden("MKNOD");
    assertEmpty("SETXATTR_SHORT");
    assertEquals("user.short\0", text(golden("LISTXATTR")));
  }

  @Test
  void listingsCountAReferenceForEachEntryButDots() {
    begin();
    golden("LINK");
    golden("MKNOD_DEVICE");
    List<String> names = names(golden("READDIR"), 0);
    assertEquals(List.of(".", "..", "device", "second"), names);
    long before = handler.lookups().size();
    assertEquals(names, names(golden("READDIRPLUS"), (int) NODE_BYTES));
    assertEquals(before, handler.lookups().size());
    // Two from MKNOD and LINK, one from READDIRPLUS.
    answerNone(Message.of(Opcode.FORGET, FILE).u64(2).build());
    assertTrue(handler.lookups().contains(FILE));
    answerNone(Message.of(Opcode.FORGET, FILE).u64(1).build());
    assertFalse(handler.lookups().contains(FILE));
  }

  private void answerNone(byte[] bytes) {
    assertNull(answer(0, bytes));
  }

  private static List<String> names(ByteBuffer data, int before) {
    List<String> names = new ArrayList<>();
    int at = 0;
    while (at < data.limit()) {
      int length = data.getInt(at + before + 16);
      byte[] name = new byte[length];
      data.get(at + before + 24, name);
      names.add(new String(name, StandardCharsets.US_ASCII));
      at += before + 24 + length + 7 & ~7;
    }
    return new ArrayList<>(new TreeSet<>(names));
  }

  @Test
  void forgettingNeverGetsAReply() {
    begin();
    golden("SYMLINK");
    assertNull(golden("FORGET"));
    assertNull(golden("BATCH_FORGET"));
    assertFalse(handler.lookups().contains(DIRECTORY) || handler.lookups().contains(FILE));
    assertNull(golden("NOTIFY_REPLY"));
    answerNone(Message.of(Opcode.FORGET, FILE).build());
    answerNone(Message.of(Opcode.BATCH_FORGET, 0).u32(1 << 30).u32(0).u64(5).u64(1).build());
    assertEquals(ROOT, golden("LOOKUP_DOTDOT").getLong(0));
  }

  @Test
  void flagsAreReadAndSet() throws IOException {
    begin();
    ByteBuffer flags = golden("IOCTL_GETFLAGS");
    assertEquals(20, flags.remaining());
    assertEquals(0, flags.getInt(16));
    assertNull(reply.notice());
    assertEquals(16, golden("IOCTL_SETFLAGS").remaining());
    assertOutdated(FILE);
    assertEquals(0x40, golden("IOCTL_GETFLAGS").getInt(16));
    golden(Errno.ENOTTY, "IOCTL_OTHER");
    // The same by FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR: no dump, and then append-only.
    assertEquals(0x80, answer(0, ioctl(0x801c581f)).getInt(16));
    answer(0, ioctl(0x401c5820, 0x10, 0, 0, 0, 0, 0, 0));
    assertOutdated(FILE);
    assertEquals(0x20, golden("IOCTL_GETFLAGS").getInt(16));
    answer(Errno.EOPNOTSUPP, ioctl(0x401c5820, 0x8000, 0, 0, 0, 0, 0, 0));
    assertNull(reply.notice());
    answer(Errno.EOPNOTSUPP, ioctl(0x401c5820, 0, 0, 0, 5, 0, 0, 0));
    answer(Errno.EINVAL, ioctl(0x401c5820, 0));
    assertEquals(0x20, volume.attributes(FILE).flags());
  }

  @Test
  void anOldKernelLeavesItToUsWhoSetsFlags() throws IOException {
    FileSystemHandler careful =
        new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, false));
    session = session(careful, true);
    answer(0, Message.init(7, 33));
    golden("MKDIR");
    golden("MKNOD");
    assertEquals(16, golden("IOCTL_SETFLAGS").remaining());
    answer(Errno.EPERM, ioctl(0x40086602, 0x10));
    answer(Errno.EPERM, ioctl(0x401c5820, 0x08, 0, 0, 0, 0, 0, 0));
    volume.change(FILE, new org.razorfs.volume.AttributeChange().uid(1));
    answer(Errno.EPERM, ioctl(0x40086602, 0));
    assertEquals(0x40, volume.attributes(FILE).flags());
  }

  private static byte[] access(long node, int mask) {
    return Message.of(Opcode.ACCESS, node).u32(mask).u32(0).build();
  }

  @Test
  void accessIsTheKernelsBusinessUnlessOnlyTheSuperuserGetsIn() throws IOException {
    begin();
    answer(Errno.ENOSYS, access(FILE, 7));
    session = session(handler, false);
    golden("INIT");
    volume.change(FILE, new org.razorfs.volume.AttributeChange().mode(0));
    volume.change(DIRECTORY, new org.razorfs.volume.AttributeChange().mode(0));
    answer(0, access(FILE, 6));
    answer(Errno.EACCES, access(FILE, 1));
    answer(0, access(DIRECTORY, 7));
    volume.change(FILE, new org.razorfs.volume.AttributeChange().mode(1));
    answer(0, access(FILE, 7));
  }

  @Test
  void aListSetBehindTheKernelsBackOutdatesThePermissions() throws IOException {
    begin();
    byte[] list = {2, 0, 0, 0, 1, 0, 7, 0, -1, -1, -1, -1, 4, 0, 5, 0, -1, -1, -1, -1};
    byte[] others = {32, 0, 1, 0, -1, -1, -1, -1};
    byte[] name = "system.posix_acl_access\0".getBytes(StandardCharsets.US_ASCII);
    Message message = Message.of(Opcode.SETXATTR, FILE).u32(list.length + others.length).u32(0);
    byte[] set = message.u32(0).u32(0).bytes(name).bytes(list).bytes(others).build();
    answer(0, set);
    assertNull(reply.notice());
    session = session(handler, false);
    golden("INIT");
    answer(0, set);
    assertOutdated(FILE);
    assertEquals(0751, volume.attributes(FILE).mode() & 07777);
  }

  @Test
  void anAttributeThatIsNoAccessListOutdatesNothing() {
    begin();
    session = session(handler, false);
    golden("INIT");
    assertEmpty("SETXATTR");
    assertNull(reply.notice());
    byte[] list = {2, 0, 0, 0, 1, 0, 7, 0, -1, -1, -1, -1, 4, 0, 5, 0, -1, -1, -1, -1};
    byte[] others = {32, 0, 1, 0, -1, -1, -1, -1};
    byte[] name = "system.posix_acl_default\0".getBytes(StandardCharsets.US_ASCII);
    Message message = Message.of(Opcode.SETXATTR, DIRECTORY);
    message.u32(list.length + others.length).u32(0).u32(0).u32(0);
    answer(0, message.bytes(name).bytes(list).bytes(others).build());
    assertNull(reply.notice());
  }

  /** A notice as struct fuse_notify_inval_inode_out has it, which leaves the reply as it is. */
  private void assertOutdated(long inode) {
    ByteBuffer notice = reply.notice();
    assertEquals(40, notice.remaining());
    ByteBuffer bytes = notice.slice().order(ByteOrder.nativeOrder());
    assertEquals(40, bytes.getInt());
    assertEquals(2, bytes.getInt());
    assertEquals(0, bytes.getLong());
    assertEquals(inode, bytes.getLong());
    assertEquals(-1, bytes.getLong());
    assertEquals(0, bytes.getLong());
  }

  private static byte[] ioctl(int command, int... data) {
    Message message = Message.of(Opcode.IOCTL, FILE).u64(0).u32(0).u32(command).u64(0);
    message.u32(data.length * Integer.BYTES).u32(0);
    for (int word : data) {
      message.u32(word);
    }
    return message.build();
  }

  @Test
  void theKernelsGoodbyeClosesTheVolume() throws IOException {
    begin();
    golden("WRITE");
    assertEmpty("DESTROY");
    assertEmpty("DESTROY");
    golden(Errno.EIO, "READ");
    handler.close();
  }

  @Test
  void aVolumeThatCannotBeClosedTellsSoEachTime() {
    begin();
    golden("WRITE");
    volume.shutDown();
    golden(Errno.EIO, "DESTROY");
    assertThrows(FsException.class, handler::close);
    assertThrows(FsException.class, handler::close);
    log.setLength(0);
  }

  @Test
  void theLabelIsTold() {
    begin();
    ByteBuffer label = answer(0, ioctl(0x81009431));
    assertEquals(16 + 256, label.remaining());
    assertEquals("\0", text(label).substring(16, 17));
  }

  @Test
  void onlyRootAndTheMountersUserStopTheVolume() {
    begin();
    golden("WRITE");
    byte[] stop = ioctl(0x8004587d);
    answer(Errno.EPERM, stop);
    assertEquals("\0hello", content());
    ByteBuffer.wrap(stop).order(ByteOrder.nativeOrder()).putInt(24, 0);
    answer(0, stop);
    for (String name : List.of("READ", "WRITE", "MKNOD_DEVICE", "GETATTR", "LOOKUP", "SYNCFS")) {
      requests.clear().put(goldens.get(name));
      assertTrue(request.received(goldens.get(name).length));
      session.answer(request, reply);
      assertTrue(reply.hasFailed(), name);
    }
    log.setLength(0);
    FsException closing = assertThrows(FsException.class, volume::close);
    assertTrue(closing.getMessage().contains("shut down on request"), closing.getMessage());
  }

  @Test
  void whatIsNeverToBeAskedAgainIsRefusedForGood() {
    begin();
    for (String name :
        List.of(
            "OPEN",
            "OPENDIR",
            "FLUSH",
            "ACCESS",
            "GETLK",
            "SETLK",
            "SETLKW",
            "BMAP",
            "POLL",
            "CREATE",
            "INTERRUPT",
            "SETUPMAPPING",
            "REMOVEMAPPING",
            "UNKNOWN")) {
      golden(Errno.ENOSYS, name);
    }
    for (String name : List.of("RELEASE", "RELEASEDIR")) {
      assertEmpty(name);
    }
    ByteBuffer space = golden("STATFS");
    assertEquals(80, space.remaining());
    assertNotEquals(0, space.getLong(0));
  }

  @Test
  void aNodeWhoseNumberIsTooLargeIsNoOtherNode() {
    begin();
    long alias = 1L << 56 | FILE; // what a forged file handle can hold
    answer(Errno.ESTALE, Message.of(Opcode.GETATTR, alias).bytes(new byte[16]).build());
    answer(Errno.ESTALE, Message.of(Opcode.LOOKUP, 1L << 56 | ROOT).string("file").build());
    answer(Errno.ESTALE, Message.of(Opcode.UNLINK, 1L << 56 | ROOT).string("file").build());
    assertEquals(FILE, golden("LOOKUP").getLong(0));
  }

  @Test
  void aKernelThatInsistsOnOpeningGetsItsOpens() {
    answer(0, Message.of(Opcode.INIT, 0).u32(7).u32(31).u32(0).u32(0).build());
    golden("MKDIR");
    golden("MKNOD");
    assertEquals(16, golden("OPEN").remaining());
    assertEquals(16, golden("OPENDIR").remaining());
  }

  @Test
  void aWholeWriteOfTheLargestSizeFits() throws IOException {
    begin();
    byte[] data = new byte[60_000];
    new java.util.Random(1).nextBytes(data);
    byte[] write =
        Message.of(Opcode.WRITE, FILE)
            .u64(0)
            .u64(0)
            .u32(data.length)
            .u32(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .bytes(data)
            .build();
    assertEquals(data.length, answer(0, write).getInt(0));
    byte[] read =
        Message.of(Opcode.READ, FILE)
            .u64(0)
            .u64(0)
            .u32(data.length)
            .u32(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .build();
    byte[] back = new byte[data.length];
    answer(0, read).get(back);
    assertArrayEquals(data, back);
  }

  private boolean isSynchronous(byte[] bytes) {
    requests.clear().put(bytes);
    assertTrue(request.received(bytes.length));
    return session.isSynchronous(request.opcode(), request);
  }

  private void assertSynchronous(boolean expected, long source, long target) {
    for (Opcode opcode : List.of(Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64)) {
      Message copy = Message.of(opcode, source).u64(0).u64(0).u64(target).u64(0).u64(0).u64(4);
      assertEquals(expected, isSynchronous(copy.u64(0).build()), "a copy");
    }
    Message rename = Message.of(Opcode.RENAME, source).u64(target).string("a").string("b");
    assertTrue(isSynchronous(rename.build()), "a renaming of which one side is");
  }

  @Test
  void whatAChangeChangesDecidesWhetherItWaitsForTheDisk() throws IOException {
    begin();
    assertEquals(FILE + 1, golden("SYMLINK").getLong(0));
    volume.change(FILE, new AttributeChange().flags(InodeRecord.SYNC));
    assertSynchronous(true, FILE + 1, FILE);
    assertSynchronous(false, FILE, FILE + 1);
    assertFalse(isSynchronous(Message.of(Opcode.COPY_FILE_RANGE, FILE).build()), "too short");
  }
}
