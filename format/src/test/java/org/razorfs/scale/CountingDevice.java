package org.razorfs.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.device.BlockDevice;

/** Counts what a volume asks of its device, which tells its work apart from the machine's speed. */
final class CountingDevice implements BlockDevice {
  private final BlockDevice inner;
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();

  CountingDevice(BlockDevice inner) {
    this.inner = inner;
  }

  long reads() {
    return reads.get();
  }

  long readBytes() {
    return readBytes.get();
  }

  long writes() {
    return writes.get();
  }

  long writtenBytes() {
    return writtenBytes.get();
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public long size() {
    return inner.size();
  }

  @Override
  public boolean readOnly() {
    return inner.readOnly();
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    reads.incrementAndGet();
    readBytes.addAndGet(target.remaining());
    inner.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    writes.incrementAndGet();
    writtenBytes.addAndGet(source.remaining());
    inner.write(position, source);
  }

  @Override
  public void write(long position, ByteBuffer[] sources) throws IOException {
    writes.incrementAndGet();
    for (ByteBuffer source : sources) {
      writtenBytes.addAndGet(source.remaining());
    }
    inner.write(position, sources);
  }

  @Override
  public void flush() throws IOException {
    inner.flush();
  }

  @Override
  public void discard(long position, long length) throws IOException {
    inner.discard(position, length);
  }

  @Override
  public void close() throws IOException {
    inner.close();
  }
}
