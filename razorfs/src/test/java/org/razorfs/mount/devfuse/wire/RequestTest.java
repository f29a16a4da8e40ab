package org.razorfs.mount.devfuse.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class RequestTest {
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
  private final Request request = new Request(buffer);

  private boolean receive(byte[] bytes) {
    buffer.clear().put(bytes);
    return request.received(bytes.length);
  }

  private static void assertMalformed(Executable call) {
    assertEquals(
        Fault.INVALID_ARGUMENT, assertThrows(FsException.class, call).fault(), "a wrong fault");
  }

  @Test
  void headersAreReadFromWhereTheKernelPutsThem() throws FsException {
    Map<String, byte[]> goldens = Goldens.requests();
    assertTrue(receive(goldens.get("SETATTR")));
    assertSame(Opcode.SETATTR, request.opcode());
    assertEquals(0x1112131415160004L, request.unique());
    assertEquals(3, request.node());
    assertEquals(1000, request.uid());
    assertEquals(100, request.gid());
    assertEquals(7, request.pid());
    assertEquals(88, request.size());
    request.require(Opcode.SETATTR);
    assertEquals(77, request.u64(8));
    assertEquals(0106640, request.u32(68));
  }

  @Test
  void stringsAndDataComeOneBehindTheOther() throws FsException {
    assertTrue(receive(Goldens.requests().get("SYMLINK")));
    assertEquals("link", new String(request.string(0), StandardCharsets.US_ASCII));
    assertEquals("to/where", new String(request.string(5), StandardCharsets.US_ASCII));
    assertTrue(receive(Goldens.requests().get("WRITE")));
    byte[] data = new byte[5];
    request.data(40, 5).get(data);
    assertArrayEquals("hello".getBytes(StandardCharsets.US_ASCII), data);
    assertArrayEquals(data, request.bytes(40, 5));
  }

  @Test
  void nothingIsReadBeyondWhatWasReceived() {
    byte[] bytes = Message.of(Opcode.LOOKUP, 1).bytes(new byte[] {'a', 'b', 'c'}).build();
    // What an earlier, longer request left behind must not count.
    buffer.clear().put(new byte[4096]);
    assertTrue(receive(bytes));
    assertMalformed(() -> request.string(0));
    assertMalformed(() -> request.string(3));
    assertMalformed(() -> request.u32(0));
    assertMalformed(() -> request.u64(0));
    assertMalformed(() -> request.bytes(1, 3));
    assertMalformed(() -> request.data(0, 4));
    assertMalformed(() -> request.data(0, -1));
    assertMalformed(() -> request.data(-1, 1));
    assertMalformed(() -> request.data(Integer.MAX_VALUE, 1));
    assertMalformed(() -> request.data(1, Integer.MAX_VALUE));
  }

  @Test
  void aLengthThatIsNotThatOfTheMessageIsNoRequest() {
    byte[] bytes = Message.of(Opcode.GETATTR, 1).bytes(new byte[16]).build();
    for (int length = 0; length < bytes.length; length++) {
      assertFalse(receive(Arrays.copyOf(bytes, length)), "length " + length);
    }
    assertFalse(receive(Arrays.copyOf(bytes, bytes.length + 1)));
    assertTrue(receive(bytes));
  }

  @Test
  void extensionsAreNoArguments() throws FsException {
    byte[] bytes = Message.of(Opcode.GETATTR, 1).bytes(new byte[24]).build();
    bytes[36] = 1;
    assertTrue(receive(bytes));
    assertEquals(16, request.size());
    assertMalformed(() -> request.u32(16));
    bytes[36] = 4;
    assertFalse(receive(bytes), "extensions longer than the request");
    bytes[37] = (byte) 0xff;
    assertFalse(receive(bytes));
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void numbersAndLeastSizesAreThoseOfTheProtocol(Opcode opcode) {
    assertSame(opcode, Opcode.of(opcode.code()));
    String golden =
        Goldens.requests().keySet().stream()
            .filter(
                name ->
                    name.equals(opcode.name())
                        || name.replaceAll("_[A-Z]+$", "").equals(opcode.name()))
            .findFirst()
            .orElseThrow();
    assertTrue(receive(Goldens.requests().get(golden)));
    assertSame(opcode, request.opcode());
    assertTrue(request.size() >= opcode.least());
  }

  @Test
  void numbersThatMeanNothingAreNoOperation() {
    for (int code : new int[] {-1, 0, 7, 19, 54, 99, 4096, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertNull(Opcode.of(code), "code " + code);
    }
  }
}
