package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** The threads of a volume when something goes wrong in them, or before they are needed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackgroundTest extends VolumeFixture {
  private static final String NAME = "file";

  @BeforeEach
  void format() throws IOException {
    format(16 << 20, 64 << 10, 8192);
  }

  private static List<String> threads() {
    List<String> names = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("razorfs-")) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  private long sizeAfterCrash() throws IOException {
    try (Volume crashed =
        Volume.open(device.fork(), VolumeOptions.builder().readOnly(true).build())) {
      return crashed.lookup(Volume.ROOT, name(NAME)).size();
    }
  }

  @Test
  void periodicCommitGoesOnAfterAnError() throws IOException {
    AtomicBoolean armed = new AtomicBoolean();
    AtomicReference<Throwable> told = new AtomicReference<>();
    open(
        VolumeOptions.builder()
            .workers(1)
            .commitInterval(Duration.ofMillis(5))
            .allocationFault(
                ordinal -> {
                  Thread thread = Thread.currentThread();
                  if (thread.getName().equals("razorfs-commit")
                      && armed.compareAndSet(true, false)) {
                    thread.setUncaughtExceptionHandler((t, e) -> told.set(e));
                    throw new OutOfMemoryError("injected");
                  }
                }));
    long inode = create(NAME);
    volume.sync();
    armed.set(true);
    byte[] noise = noise(10_000);
    volume.write(inode, 0, ByteBuffer.wrap(noise));
    while (sizeAfterCrash() != noise.length) {
      Thread.onSpinWait();
    }
    assertEquals("injected", told.get().getMessage());
  }

  @Test
  void openingThatFailsLeavesNoThreads() throws IOException {
    open();
    long inode = create(NAME);
    volume.retain(inode);
    for (int i = 0; i < 1000; i++) {
      volume.write(inode, 8192L * i, ByteBuffer.wrap(name("data")));
    }
    volume.sync();
    volume.unlink(Volume.ROOT, name(NAME));
    volume.checkpoint();
    volume.abandon();
    volume = null;
    List<String> before = threads();
    Thread opening = Thread.currentThread();
    VolumeOptions options =
        VolumeOptions.builder()
            .allocationFault(
                ordinal -> {
                  if (Thread.currentThread() == opening && threads().size() > before.size()) {
                    throw FsException.of(Fault.IO_ERROR, "injected");
                  }
                })
            .build();
    assertThrows(FsException.class, () -> Volume.open(device, options));
    while (!threads().equals(before)) {
      Thread.onSpinWait(); // A thread that has ended shows for a moment.
    }
  }
}
