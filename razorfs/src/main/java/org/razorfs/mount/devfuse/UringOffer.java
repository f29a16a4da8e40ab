package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.razorfs.mount.OnOffAuto;

/**
 * The kernel's offer to have requests taken through io_uring, which is off unless the administrator
 * turns it on. Only what mounts while it is on can take it; root turns it on for just that long.
 */
final class UringOffer implements AutoCloseable {
  private static final Path SETTING = Path.of("/sys/module/fuse/parameters/enable_uring");

  /** Beside root's sockets, and gone with the next start of the host as the setting is. */
  private static final Path NOTE = Path.of("/run/razorfs/enable_uring");

  /** A daemon that hangs while it has the offer on keeps nobody from mounting. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final long PAUSE_NANOS = 10_000_000;

  /** The setting, locked while it is on for this mount; null where it is left alone. */
  private FileChannel setting;

  /**
   * There while the setting is on for a mount: who finds it, and the setting not locked, finds what
   * a daemon that was killed meanwhile has left on.
   */
  private final Path note;

  private UringOffer(Path note) {
    this.note = note;
  }

  /** Turns it on where that is asked for, needed and allowed. */
  static UringOffer make(OnOffAuto wanted) {
    return make(wanted, SETTING, NOTE, PATIENCE);
  }

  /**
   * @param path of the setting
   * @param note that it is on for a mount
   * @param patience for how long others are waited for that have it on
   */
  static UringOffer make(OnOffAuto wanted, Path path, Path note, Duration patience) {
    UringOffer offer = new UringOffer(note);
    if (wanted == OnOffAuto.ON && Files.isWritable(path)) {
      try {
        offer.turnOn(path, patience);
      } catch (IOException e) {
        // what the kernel offers is seen when it has been asked
      }
    }
    return offer;
  }

  private void turnOn(Path path, Duration patience) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean on = false;
    try {
      // Locked, else another mount could turn it off in the midst of this one; and through this
      // channel, as the lock would be gone once any other on the file is closed.
      if (lock(channel, patience)) { // who else has the lock has it on
        if (isOn(channel)) {
          on = Files.exists(note);
        } else {
          noteDown();
          write(channel, "Y");
          on = true;
        }
      }
    } finally {
      if (on) {
        setting = channel;
      } else {
        channel.close();
      }
    }
  }

  private static boolean lock(FileChannel channel, Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (channel.tryLock() == null) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return true;
  }

  private void noteDown() {
    try {
      Files.write(note, new byte[0]);
    } catch (IOException e) {
      // the next one then takes what this leaves, if it is killed, for the administrator's
    }
  }

  private static boolean isOn(FileChannel channel) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(1);
    return channel.read(value, 0) == 1 && value.get(0) == 'Y';
  }

  private static void write(FileChannel channel, String value) throws IOException {
    channel.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  /** Turns it off again, if this has turned it on. */
  @Override
  public void close() {
    if (setting != null) {
      try (FileChannel locked = setting) {
        write(locked, "N");
        Files.deleteIfExists(note);
      } catch (IOException e) {
        // it stays on: an offer, which others need not take
      }
      setting = null;
    }
  }
}
