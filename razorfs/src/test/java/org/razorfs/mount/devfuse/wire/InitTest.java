package org.razorfs.mount.devfuse.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class InitTest {
  private static Request request(byte[] bytes) {
    Request request = new Request(ByteBuffer.allocate(4096).put(bytes));
    assertTrue(request.received(bytes.length));
    return request;
  }

  private static ByteBuffer encoded(Init init) {
    return encoded(init, 4096);
  }

  private static ByteBuffer encoded(Init init, int page) {
    Reply reply = new Reply(ByteBuffer.allocate(200));
    reply.begin(1);
    init.encode(reply, page);
    return reply.finish();
  }

  @ParameterizedTest
  @ValueSource(ints = {31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45})
  void speaksTheVersionOfTheKernel(int minor) throws FsException {
    Init init = Init.negotiate(request(Message.init(7, minor)), false, true, false);
    assertEquals(minor, init.minor());
    assertTrue(init.canDoWithoutOpen() && init.canDoWithoutOpendir() && init.hasLongSetxattr());
    assertTrue(init.has(Init.POSIX_ACL) && init.has(Init.HANDLE_KILLPRIV_V2));
    assertFalse(init.hasWritebackCache());
    ByteBuffer reply = encoded(init);
    assertEquals(Reply.HEADER + 64, reply.remaining());
    assertEquals(7, reply.getInt(Reply.HEADER));
    assertEquals(minor, reply.getInt(Reply.HEADER + 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {46, 60, 1000})
  void speaksItsOwnVersionToANewerKernel(int minor) throws FsException {
    assertEquals(45, Init.negotiate(request(Message.init(7, minor)), false, true, false).minor());
  }

  @Test
  void asksAKernelOfANewerMajorVersionToStepDown() throws FsException {
    assertNull(Init.negotiate(request(Message.init(8, 0)), false, true, false));
    Reply reply = new Reply(ByteBuffer.allocate(200));
    reply.begin(1);
    Init.encodeStepDown(reply);
    ByteBuffer bytes = reply.finish();
    assertEquals(7, bytes.getInt(Reply.HEADER));
    assertEquals(Reply.HEADER + 64, bytes.remaining());
  }

  @ParameterizedTest
  @CsvSource({"7,30", "7,19", "7,0", "6,45", "0,0", "-1,31"})
  void refusesAKernelThatIsTooOld(int major, int minor) {
    FsException refusal =
        assertThrows(
            FsException.class,
            () -> Init.negotiate(request(Message.init(major, minor)), false, true, false));
    assertEquals(Fault.NOT_SUPPORTED, refusal.fault());
    assertTrue(refusal.getMessage().contains("7.31 is needed"), refusal.getMessage());
  }

  @Test
  void takesOnlyWhatIsOffered() throws FsException {
    byte[] nothing =
        Message.of(Opcode.INIT, 0).u32(7).u32(45).u32(0).u32(0).u32(-1).bytes(new byte[44]).build();
    Init init = Init.negotiate(request(nothing), true, true, false);
    assertEquals(0, init.flags());
    assertFalse(init.canDoWithoutOpen());
    assertFalse(init.hasLongSetxattr());
  }

  @Test
  void theKernelGathersWritesOnlyWhenAsked() throws FsException {
    assertTrue(Init.negotiate(request(Message.init(7, 45)), true, true, false).hasWritebackCache());
  }

  @Test
  void neverTakesOverLocksOrTruncationAtOpen() throws FsException {
    long flags = Init.negotiate(request(Message.init(7, 45)), true, true, false).flags();
    long posixLocks = 1L << 1;
    long atomicTruncate = 1L << 3;
    long flockLocks = 1L << 10;
    long handleKillpriv = 1L << 19;
    assertEquals(0, flags & (posixLocks | atomicTruncate | flockLocks | handleKillpriv));
  }

  @Test
  void theReplyLiesAsTheKernelReadsIt() {
    ByteBuffer bytes = encoded(new Init(31, 0x0000_0005_0102_0304L, 0x20000));
    byte[] data = new byte[bytes.remaining() - Reply.HEADER];
    bytes.get(Reply.HEADER, data);
    assertEquals(ByteOrder.nativeOrder(), ByteOrder.LITTLE_ENDIAN, "the golden bytes' order");
    assertArrayEquals(Goldens.replies().get("init"), data);
  }

  /** Rings are refused whose entries have less room. */
  @Test
  void requestsAreNoLargerWherePagesAre() {
    int page = 1 << 16;
    int mostPages = encoded(new Init(45, 0, 0), page).getShort(Reply.HEADER + 28) & 0xffff;
    assertEquals(Init.MAX_DATA, mostPages * page);
  }

  @Test
  void listsGoWithPermissionChecks() throws FsException {
    Init checked = Init.negotiate(request(Message.init(7, 45)), false, true, false);
    Init unchecked = Init.negotiate(request(Message.init(7, 45)), false, false, false);
    assertEquals(checked.flags() & ~Init.POSIX_ACL, unchecked.flags());
    assertTrue(unchecked.has(Init.DONT_MASK));
  }
}
