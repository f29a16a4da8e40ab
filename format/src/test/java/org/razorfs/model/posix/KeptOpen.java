package org.razorfs.model.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.device.BlockDevice;

/** Passes everything on but the close, so that a volume can be opened again on the same device. */
public record KeptOpen(BlockDevice inner) implements BlockDevice {
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
  public void write(long position, ByteBuffer[] sources) throws IOException {
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
  public void close() {}
}
