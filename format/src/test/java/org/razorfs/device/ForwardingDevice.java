package org.razorfs.device;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Passes everything on to another device, to be overridden where something else is to happen. A
 * gathering write comes as one write for each buffer.
 */
public abstract class ForwardingDevice implements BlockDevice {
  /** The device that does the work. */
  protected final BlockDevice inner;

  protected ForwardingDevice(BlockDevice inner) {
    this.inner = inner;
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
    inner.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    inner.write(position, source);
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
  public void allocate(long position, long length) throws IOException {
    inner.allocate(position, length);
  }

  @Override
  public void startWriteback(long position, long length) {
    inner.startWriteback(position, length);
  }

  @Override
  public void close() throws IOException {
    inner.close();
  }
}
