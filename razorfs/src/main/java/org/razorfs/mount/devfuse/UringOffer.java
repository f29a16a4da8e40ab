package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.razorfs.mount.IoUring;

/**
 * The kernel's offer to have requests taken through io_uring, which is off unless the administrator
 * turns it on. Only what mounts while it is on can take it; root turns it on for just that long.
 */
final class UringOffer implements AutoCloseable {
  private static final Path SETTING = Path.of("/sys/module/fuse/parameters/enable_uring");

  /** The setting, locked while it is on for this mount; null where it is left alone. */
  private FileChannel setting;

  private UringOffer() {}

  /** Turns it on where that is asked for, needed and allowed. */
  static UringOffer make(IoUring wanted) {
    UringOffer offer = new UringOffer();
    if (wanted == IoUring.ON && Files.isWritable(SETTING)) {
      try {
        offer.turnOn();
      } catch (IOException e) {
        offer.close(); // what the kernel offers is seen when it has been asked
      }
    }
    return offer;
  }

  private void turnOn() throws IOException {
    setting = FileChannel.open(SETTING, StandardOpenOption.WRITE);
    setting.lock(); // else another mount could turn it off in the midst of this one
    if (Files.readString(SETTING, StandardCharsets.US_ASCII).strip().equals("Y")) {
      setting.close();
      setting = null;
    } else {
      write("Y");
    }
  }

  private void write(String value) throws IOException {
    setting.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  /** Turns it off again, if this has turned it on. */
  @Override
  public void close() {
    if (setting != null) {
      try (FileChannel locked = setting) {
        write("N");
      } catch (IOException e) {
        // it stays on: an offer, which others need not take
      }
      setting = null;
    }
  }
}
