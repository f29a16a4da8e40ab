package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.wire.Message;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/** The threads of a ring one after the other, in orders that are rare when they run at once. */
class UringDeviceTest {
  private static final int DEVICE = 3;
  private static final int ENOENT = 2;

  private final Kernel kernel = new Kernel();
  private final Reply own = new Reply(ByteBuffer.allocateDirect(CopiedRequest.MOST_BYTES));
  private Device.Port leader;
  private Device.Port helper;
  private FuseDevice fuse;
  private UringDevice device;

  @BeforeEach
  void register() throws IOException {
    Syscalls system = kernel.system();
    fuse = new FuseDevice(system, DEVICE);
    device = new UringDevice(system, fuse, 1);
    leader = device.open();
    helper = device.open();
    assertEquals(Device.Port.NOTHING, leader.receive());
    assertEquals(Device.Port.NOTHING, helper.receive());
    leader.flush();
    assertEquals(UringDevice.ENTRIES, kernel.entries.size());
  }

  @AfterEach
  void close() {
    device.close();
    fuse.close();
    assertEquals(0, kernel.rings.size(), "open rings");
    assertEquals(0, kernel.mapped);
  }

  private Device.Detached receiveSlow(int entry) throws IOException {
    byte[] message = new Message(Opcode.FSYNC.code(), 100 + entry, 1).bytes(new byte[16]).build();
    kernel.request(entry, message);
    assertEquals(message.length, leader.receive());
    return leader.detach(message.length);
  }

  private void answer(Device.Detached slow) throws IOException {
    Reply reply = slow.reply(own);
    reply.begin(slow.request().unique());
    slow.send(reply.finish());
  }

  @Test
  void aReplyOfAnotherIsNotLeftWhereAHelperLooksJustWhenTheLeaderGoesToSleep() throws Exception {
    Device.Detached first = receiveSlow(0);
    Device.Detached second = receiveSlow(1);
    assertEquals(Device.Port.NOTHING, leader.receive());
    kernel.beforeSleep =
        () -> {
          answer(first);
          assertEquals(Device.Port.NOTHING, helper.receive());
          helper.flush();
          answer(second);
        };
    leader.await(-1);
    assertEquals(0, kernel.slept);
    assertEquals(Device.Port.NOTHING, leader.receive());
    leader.flush();
    assertEquals(List.of(100L, 101L), kernel.replied);
  }

  @Test
  void nobodySleepsThroughTheEndThoughAHelperHasSeenIt() throws Exception {
    device.wake();
    assertEquals(Device.Port.NOTHING, helper.receive());
    leader.await(-1);
    assertEquals(0, kernel.slept);
  }

  @Test
  void aReplyToWhatHasBeenAbortedIsNoFailure() throws Exception {
    for (int entry = 0; entry < UringDevice.ENTRIES; entry++) {
      assertFalse(leader.receive() == Device.Port.ENDED);
      kernel.complete(entry, -ENOENT);
    }
    int received = leader.receive();
    while (received == Device.Port.NOTHING) {
      received = leader.receive();
    }
    assertEquals(Device.Port.ENDED, received);
  }

  @Test
  void whoAnswersForTheLeaderIsNotKeptOnItsProcessor() {
    assertArrayEquals(new byte[] {2}, kernel.keptOn);
    device.letRoam();
    assertArrayEquals(new byte[] {3}, kernel.keptOn);
  }

  @Test
  void whatCannotBeMappedLeavesNothingOpen() throws IOException {
    for (int mappings = 0; mappings < 4; mappings++) {
      Kernel other = new Kernel();
      other.mappingsLeft = mappings;
      try (FuseDevice otherFuse = new FuseDevice(other.system(), DEVICE)) {
        assertThrows(FsException.class, () -> new UringDevice(other.system(), otherFuse, 1));
      }
      assertEquals(0, other.rings.size(), "open rings");
      assertEquals(0, other.mapped, "mappings of " + mappings);
    }
  }

  /** What of the kernel a ring needs, on two processors. */
  private static final class Kernel {
    private static final int SETUP = 425;
    private static final int REGISTER = 1;

    interface Step {
      void run() throws IOException;
    }

    /** A ring's memory: heads, tails and masks first, then what is completed. */
    private record Ring(ByteBuffer shared, ByteBuffer commands) {
      int get(int at) {
        return shared.getInt(at);
      }
    }

    private final Map<Integer, Ring> rings = new HashMap<>();
    private final Map<Integer, ByteBuffer> entries = new HashMap<>();
    private final List<Long> replied = new ArrayList<>();
    private Step beforeSleep = () -> {};
    private byte[] keptOn;
    private int slept;
    private int mapped;
    private int mappingsLeft = Integer.MAX_VALUE;
    private int descriptors = DEVICE;

    Syscalls system() {
      return new Syscalls(
          (Syscalls.Calls)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {Syscalls.Calls.class},
                  (proxy, method, arguments) -> call(method.getName(), arguments)));
    }

    private Object call(String name, Object[] arguments) throws IOException {
      return switch (name) {
        case "eventfd" -> ++descriptors;
        case "syscall" ->
            (long) arguments[0] == SETUP
                ? setup((int) (long) arguments[1], (long) arguments[2])
                : enter(rings.get((int) (long) arguments[1]), (long) arguments[3]);
        case "mmap" -> {
          if (mappingsLeft-- == 0) {
            yield -1L;
          }
          mapped++;
          Ring ring = rings.get((int) arguments[4]);
          yield Syscalls.address((long) arguments[5] == 0 ? ring.shared : ring.commands);
        }
        case "munmap" -> {
          mapped--;
          yield 0;
        }
        case "close" -> {
          rings.remove((int) arguments[0]);
          yield 0;
        }
        case "sched_getaffinity" -> {
          Syscalls.view((long) arguments[2], 1).put(0, (byte) 3);
          yield 0;
        }
        case "sched_setaffinity" -> {
          keptOn = new byte[] {Syscalls.view((long) arguments[2], 1).get(0)};
          yield 0;
        }
        default -> throw new AssertionError(name);
      };
    }

    private static ByteBuffer zeros(int size) {
      return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    private long setup(int depth, long address) {
      ByteBuffer params = Syscalls.view(address, 120);
      int completions = params.getInt(4);
      Ring ring = new Ring(zeros(64 + 16 * completions), zeros(128 * depth));
      ring.shared.putInt(8, depth - 1).putInt(24, completions - 1);
      params.putInt(0, depth).putInt(20, 1);
      params.putInt(40, 0).putInt(44, 4).putInt(48, 8);
      params.putInt(80, 16).putInt(84, 20).putInt(88, 24).putInt(100, 64);
      rings.put(++descriptors, ring);
      return descriptors;
    }

    private long enter(Ring ring, long least) throws IOException {
      long submitted = 0;
      for (int head = ring.get(0); head != ring.get(4); head++, submitted++) {
        ring.shared.putInt(0, head + 1);
        submit(ring.commands, (head & ring.get(8)) * 128);
      }
      if (least > 0) {
        beforeSleep.run();
        if (ring.get(16) == ring.get(20)) {
          slept++;
        }
      }
      return submitted;
    }

    private void submit(ByteBuffer commands, int at) {
      if (commands.get(at) == 40) {
        complete(rings.get(commands.getInt(at + 4)), commands.getLong(at + 8), 0);
        return;
      }
      int entry = (int) commands.getLong(at + 32);
      if (commands.getInt(at + 8) == REGISTER) {
        long headers = Syscalls.view(commands.getLong(at + 16), 32).getLong(0);
        entries.put(entry, Syscalls.view(headers, 4096));
      } else {
        assertEquals(entries.get(entry).getLong(8), commands.getLong(at + 56));
        replied.add(commands.getLong(at + 56));
      }
    }

    void request(int entry, byte[] message) {
      ByteBuffer headers = entries.get(entry);
      headers.put(0, message, 0, Request.HEADER);
      headers.put(128, message, Request.HEADER, message.length - Request.HEADER);
      headers.putLong(264, headers.getLong(8)).putInt(272, 0);
      complete(entry, 0);
    }

    /** Gives an entry back, with a request or without. */
    void complete(int entry, int result) {
      // That of the entries was made before the bell's.
      complete(
          rings.get(rings.keySet().stream().min(Integer::compare).orElseThrow()), entry, result);
    }

    private void complete(Ring ring, long userData, int result) {
      int at = 64 + 16 * (ring.get(20) & ring.get(24));
      ring.shared.putLong(at, userData).putInt(at + 8, result);
      ring.shared.putInt(20, ring.get(20) + 1);
      assertTrue(ring.get(20) - ring.get(16) <= ring.get(24) + 1, "completions that are lost");
    }
  }
}
