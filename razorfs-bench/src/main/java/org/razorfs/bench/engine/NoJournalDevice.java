package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.razorfs.device.BlockDevice;
import org.razorfs.layout.Geometry;
import org.razorfs.volume.Formatter;

/**
 * A device that drops what is written to the journal, and the flushes that nothing but the journal
 * needs: those before which nothing else was written.
 */
final class NoJournalDevice implements BlockDevice {
  private final BlockDevice device;
  private final long journalEnd;
  private final AtomicBoolean written = new AtomicBoolean();

  NoJournalDevice(BlockDevice device) {
    this.device = device;
    this.journalEnd = Geometry.JOURNAL_START + Formatter.journalSize(device.size());
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public long size() {
    return device.size();
  }

  @Override
  public boolean readOnly() {
    return device.readOnly();
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    device.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    if (position >= Geometry.JOURNAL_START && position < journalEnd) {
      source.position(source.limit());
    } else {
      device.write(position, source);
      written.set(true);
    }
  }

  @Override
  public void flush() throws IOException {
    if (written.getAndSet(false)) {
      device.flush();
    }
  }

  @Override
  public void discard(long position, long length) throws IOException {
    device.discard(position, length);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
