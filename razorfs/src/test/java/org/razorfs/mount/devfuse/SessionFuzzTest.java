package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.devfuse.wire.Goldens;
import org.razorfs.mount.devfuse.wire.Message;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.Volume;

/**
 * Whatever bytes a request has, nothing is thrown, it gets exactly the reply that is due, and the
 * session goes on.
 */
class SessionFuzzTest {
  private static final int ROUNDS = 300;
  private static final int BUFFER = 1 << 21;
  private static final int HIGHEST_ERROR = 4095;

  private final Volume volume = TestVolumes.open();
  private final StringBuilder log = new StringBuilder();
  private final Session session =
      new Session(
          new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true)),
          new MountLog(log, Clock.systemUTC()),
          new MountTerms(0, true, false));
  private final Map<String, byte[]> goldens = Goldens.requests();
  private final ByteBuffer requests = ByteBuffer.allocateDirect(BUFFER);
  private final ByteBuffer replies = ByteBuffer.allocateDirect(BUFFER);
  private final Request request = new Request(requests);
  private final Reply reply = new Reply(replies);

  @BeforeEach
  void begin() {
    for (String name : List.of("INIT", "MKDIR", "MKNOD", "WRITE", "MKNOD_DEVICE", "SYMLINK")) {
      assertEquals(0, error(goldens.get(name)), name);
    }
  }

  /** The session still works, and nothing happened that nobody expected. */
  @AfterEach
  void goesOn() throws IOException {
    assertEquals(0, error(goldens.get("STATFS")));
    assertEquals(0, error(Message.of(Opcode.GETATTR, 1).bytes(new byte[16]).build()));
    volume.close();
    assertFalse(log.toString().contains("\tat "), () -> "the log: " + log);
  }

  /** Answers it, checks that the reply is one, and returns its error number; -1 without a reply. */
  private int error(byte[] bytes) {
    requests.clear().put(bytes);
    if (!request.received(bytes.length)) {
      return -1;
    }
    Opcode opcode = request.opcode();
    if (opcode == Opcode.DESTROY) {
      return -1; // the last request there is; no other would be tested behind it
    }
    long unique = request.unique();
    boolean answered = session.answer(request, reply);
    assertEquals(opcode == null || opcode.isAnswered(), answered, () -> "answered " + opcode);
    if (!answered) {
      return -1;
    }
    ByteBuffer whole = reply.finish().order(ByteOrder.nativeOrder());
    int error = -whole.getInt(4);
    assertEquals(0, whole.position());
    assertEquals(whole.limit(), whole.getInt(0), () -> opcode + ": length");
    assertEquals(unique, whole.getLong(8), () -> opcode + ": unique");
    assertTrue(error >= 0 && error <= HIGHEST_ERROR, () -> opcode + ": error " + error);
    assertTrue(error == 0 || whole.limit() == Reply.HEADER, () -> opcode + ": data and an error");
    return error;
  }

  private static void fixLength(byte[] bytes) {
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, bytes.length);
  }

  @Test
  void truncatedRequestsOfEveryKindGetOneReply() {
    for (byte[] golden : goldens.values()) {
      for (int length = Request.HEADER; length < golden.length; length++) {
        byte[] cut = Arrays.copyOf(golden, length);
        assertEquals(-1, error(cut), "a length that is not true");
        fixLength(cut);
        error(cut);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void randomArgumentsGetOneReply(Opcode opcode) {
    Random random = new Random(opcode.code());
    for (int i = 0; i < ROUNDS; i++) {
      byte[] arguments = new byte[random.nextInt(200)];
      random.nextBytes(arguments);
      // Small numbers are what gets past the first check.
      for (int at = 0; at + 4 <= arguments.length; at += 4) {
        if (random.nextInt(3) > 0) {
          arguments[at + 1] = arguments[at + 2] = arguments[at + 3] = 0;
        }
      }
      long node = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(8);
      error(new Message(opcode.code(), random.nextLong(), node).bytes(arguments).build());
    }
  }

  @Test
  void flippedBitsInRealRequestsGetOneReply() {
    Random random = new Random(7);
    for (byte[] golden : goldens.values()) {
      for (int i = 0; i < ROUNDS; i++) {
        byte[] flipped = golden.clone();
        for (int bit = 0; bit <= random.nextInt(3); bit++) {
          flipped[4 + random.nextInt(flipped.length - 4)] ^= (byte) (1 << random.nextInt(8));
        }
        error(flipped);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void extremeNumbersGetOneReply(Opcode opcode) {
    long[] extremes = {
      -1, Long.MAX_VALUE, Long.MIN_VALUE, 0x7fffffff7fffffffL, 0x8000000080000000L, 0, 1
    };
    for (long node : new long[] {0, 1, 2, 3, -1, Long.MIN_VALUE}) {
      for (long extreme : extremes) {
        for (int count = 0; count <= 12; count++) {
          Message message = new Message(opcode.code(), 1, node);
          for (int i = 0; i < count; i++) {
            message.u64(extreme);
          }
          error(message.build());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void oversizedRequestsGetOneReply(Opcode opcode) {
    for (byte filler : new byte[] {0, 1, 'x', -1}) {
      byte[] large = new byte[BUFFER];
      Arrays.fill(large, filler);
      byte[] header = new Message(opcode.code(), 5, 1).build();
      System.arraycopy(header, 0, large, 0, header.length);
      fixLength(large);
      error(large);
    }
  }

  @Test
  void whatIsNoRequestIsNotTakenForOne() {
    Random random = new Random(3);
    for (int i = 0; i < ROUNDS * 10; i++) {
      byte[] noise = new byte[random.nextInt(100)];
      random.nextBytes(noise);
      assertEquals(-1, error(noise));
    }
  }
}
