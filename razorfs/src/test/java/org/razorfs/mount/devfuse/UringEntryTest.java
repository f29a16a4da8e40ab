package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.wire.Init;
import org.razorfs.mount.devfuse.wire.Message;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/** Requests are put together, and replies taken apart, as struct fuse_uring_req_header has it. */
class UringEntryTest {
  private static final int ARGUMENT_AT = 128;
  private static final int COMMIT_AT = 264;
  private static final int PAYLOAD_SIZE_AT = 272;
  private static final int WRITE_ARGUMENT = 40;

  private final Syscalls system = new Syscalls();
  private final UringEntry entry = new UringEntry(system);
  private final ByteBuffer headers;
  private final ByteBuffer payload;

  UringEntryTest() {
    ByteBuffer iovec = Syscalls.view(entry.iovec(), 32);
    assertEquals(288, iovec.getLong(8));
    assertEquals(Init.MAX_DATA, iovec.getLong(24));
    headers = Syscalls.view(iovec.getLong(0), 288);
    payload = Syscalls.view(iovec.getLong(16), Init.MAX_DATA);
  }

  @AfterEach
  void free() {
    entry.free(system);
  }

  private static byte[] data(int size) {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    return data;
  }

  /** What the kernel does with a request. */
  private void arrives(byte[] message, int argument) {
    headers.put(0, message, 0, Request.HEADER);
    headers.put(ARGUMENT_AT, message, Request.HEADER, argument);
    int rest = message.length - Request.HEADER - argument;
    payload.put(0, message, Request.HEADER + argument, rest);
    headers.putInt(PAYLOAD_SIZE_AT, rest);
    headers.putLong(COMMIT_AT, 77);
  }

  private byte[] repliedPayload() {
    byte[] bytes = new byte[headers.getInt(PAYLOAD_SIZE_AT)];
    payload.get(0, bytes);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"0,5", "1,0", "4096,16", "16384,4096", "16385,8", "1048576,8"})
  void requestsComeWholeAndRepliesGoWhereTheKernelTakesThem(int size, int reply) throws Exception {
    byte[] data = data(size);
    byte[] head = Message.of(Opcode.WRITE, 9).bytes(data(WRITE_ARGUMENT)).build();
    byte[] message = Arrays.copyOf(head, head.length + size);
    System.arraycopy(data, 0, message, head.length, size);
    ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).putInt(0, message.length);
    arrives(message, WRITE_ARGUMENT);
    Request request = entry.request();
    assertEquals(message.length, entry.length());
    assertArrayEquals(message, request.message(message.length));
    assertEquals(Opcode.WRITE, request.opcode());
    assertArrayEquals(data, request.bytes(WRITE_ARGUMENT, size));
    assertEquals(77, entry.commit());

    Reply answer = entry.reply();
    answer.begin(request.unique());
    answer.bytes(data(reply));
    // Written while the request is still needed.
    assertArrayEquals(data, request.bytes(WRITE_ARGUMENT, size));
    entry.answer(answer.finish());
    assertEquals(Reply.HEADER + reply, headers.getInt(0));
    assertEquals(0, headers.getInt(4));
    assertEquals(request.unique(), headers.getLong(8));
    assertArrayEquals(data(reply), repliedPayload());
  }

  @Test
  void theLongestReplyIsNotMoved() throws FsException {
    arrives(Message.of(Opcode.READ, 9).bytes(data(WRITE_ARGUMENT)).build(), WRITE_ARGUMENT);
    Reply answer = startReply(entry.request());
    byte[] data = data(Init.MAX_DATA);
    answer.bytes(data);
    entry.answer(answer.finish());
    assertArrayEquals(data, repliedPayload());
  }

  @Test
  void aReplyMadeElsewhereAndAnErrorArrive() {
    arrives(Message.of(Opcode.FSYNC, 9).bytes(data(16)).build(), 16);
    entry.request();
    ByteBuffer elsewhere = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
    Reply answer = new Reply(elsewhere);
    answer.begin(3);
    answer.bytes(new byte[] {1, 2, 3});
    entry.answer(answer.finish());
    assertArrayEquals(new byte[] {1, 2, 3}, repliedPayload());
    answer.fail(5);
    entry.answer(answer.finish());
    assertEquals(-5, headers.getInt(4));
    assertEquals(0, repliedPayload().length);
  }

  @Test
  void aRequestWithoutArgumentsIsOne() {
    byte[] message = Arrays.copyOf(Message.of(Opcode.STATFS, 1).build(), Request.HEADER);
    arrives(message, 0);
    assertEquals(0, entry.request().size());
  }

  private Reply startReply(Request request) {
    Reply answer = entry.reply();
    answer.begin(request.unique());
    return answer;
  }
}
