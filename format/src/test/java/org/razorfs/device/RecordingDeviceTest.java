package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.razorfs.device.RecordingDevice.Event;

class RecordingDeviceTest {
  private final MemoryDevice memory = new MemoryDevice(1 << 20);
  private final RecordingDevice device = new RecordingDevice(memory);

  @Test
  void logHasEveryChangeInOrder() throws IOException {
    device.write(10, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    device.mark("one");
    device.flush();
    device.write(
        20,
        new ByteBuffer[] {
          ByteBuffer.wrap(new byte[] {4}), ByteBuffer.wrap(new byte[] {9, 5, 6}, 1, 2)
        });
    device.discard(4096, 8192);

    List<Event> events = device.events();
    assertEquals(5, events.size());
    RecordingDevice.Write first = assertInstanceOf(RecordingDevice.Write.class, events.get(0));
    assertEquals(10, first.position());
    assertArrayEquals(new byte[] {1, 2, 3}, first.data());
    assertEquals(new RecordingDevice.Mark("one"), events.get(1));
    assertEquals(new RecordingDevice.Flush(), events.get(2));
    RecordingDevice.Write second = assertInstanceOf(RecordingDevice.Write.class, events.get(3));
    assertEquals(20, second.position());
    assertArrayEquals(new byte[] {4, 5, 6}, second.data());
    assertEquals(new RecordingDevice.Discard(4096, 8192), events.get(4));
  }

  @Test
  void dataIsCopiedSoThatReusedBuffersDoNotRewriteHistory() throws IOException {
    byte[] reused = {1};
    device.write(0, ByteBuffer.wrap(reused));
    reused[0] = 2;
    device.write(1, ByteBuffer.wrap(reused));
    RecordingDevice.Write first = (RecordingDevice.Write) device.events().get(0);
    assertEquals(1, first.data()[0]);
  }

  @Test
  void failedOperationsAreNotWrittenDown() throws IOException {
    FaultyDevice faulty =
        new FaultyDevice(memory)
            .failOnce(FaultyDevice.Operation.WRITE, 1)
            .failOnce(FaultyDevice.Operation.FLUSH, 1);
    RecordingDevice recording = new RecordingDevice(faulty);
    assertThrows(IOException.class, () -> recording.write(0, ByteBuffer.allocate(1)));
    assertThrows(IOException.class, recording::flush);
    assertThrows(IOException.class, () -> recording.write(1 << 20, ByteBuffer.allocate(1)));
    assertEquals(0, recording.eventCount());
  }

  @Test
  void replayGivesTheSameBytes() throws IOException {
    MemoryDevice before = memory.fork();
    for (int i = 0; i < 50; i++) {
      byte[] data = new byte[100 + 37 * i];
      java.util.Arrays.fill(data, (byte) (i + 1));
      device.write(1711L * i, ByteBuffer.wrap(data));
    }
    device.discard(8192, 20000);
    device.mark("ignored");
    device.flush();
    RecordingDevice.replay(device.events(), before);
    assertEquals(memory.fingerprint(), before.fingerprint());
  }

  @Test
  void clearForgets() throws IOException {
    device.write(0, ByteBuffer.allocate(1));
    device.clear();
    device.flush();
    assertEquals(List.of(new RecordingDevice.Flush()), device.events());
  }
}
