package org.razorfs.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;

/** Counts what a volume asks of its device, which tells its work apart from the machine's speed. */
final class CountingDevice extends ForwardingDevice {
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();

  CountingDevice(BlockDevice inner) {
    super(inner);
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
}
