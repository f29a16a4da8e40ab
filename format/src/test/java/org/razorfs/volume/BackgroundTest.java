package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;

/** The threads of a volume when something goes wrong in them, or before they are needed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackgroundTest {
  private static final byte[] NAME = "file".getBytes(StandardCharsets.US_ASCII);

  private final MemoryDevice device = new MemoryDevice(16 << 20);
  private Volume volume;

  private void format() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("behind", new UUID(1, 2), 64 << 10, CompressionPolicy.AUTO, 8192),
        Clock.systemUTC());
  }

  @AfterEach
  void abandon() {
    if (volume != null) {
      volume.abandon();
    }
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
      return crashed.lookup(Volume.ROOT, NAME).size();
    }
  }

  @Test
  void periodicCommitGoesOnAfterAnError() throws IOException {
    format();
    AtomicBoolean armed = new AtomicBoolean();
    AtomicReference<Throwable> told = new AtomicReference<>();
    volume =
        Volume.open(
            device,
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
                    })
                .build());
    long inode = volume.create(Volume.ROOT, NAME, FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
    volume.sync();
    armed.set(true);
    byte[] noise = new byte[10_000];
    new Random(1).nextBytes(noise);
    volume.write(inode, 0, ByteBuffer.wrap(noise));
    while (sizeAfterCrash() != noise.length) {
      Thread.onSpinWait();
    }
    assertEquals("injected", told.get().getMessage());
  }

  @Test
  void openingThatFailsLeavesNoThreads() throws IOException {
    format();
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
    long inode = volume.create(Volume.ROOT, NAME, FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
    volume.retain(inode);
    for (int i = 0; i < 1000; i++) {
      volume.write(inode, 8192L * i, ByteBuffer.wrap(NAME));
    }
    volume.sync();
    volume.unlink(Volume.ROOT, NAME);
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
