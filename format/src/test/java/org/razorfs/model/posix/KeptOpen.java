package org.razorfs.model.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;

/** Passes everything on but the close, so that a volume can be opened again on the same device. */
public final class KeptOpen extends ForwardingDevice {
  public KeptOpen(BlockDevice inner) {
    super(inner);
  }

  @Override
  public void write(long position, ByteBuffer[] sources) throws IOException {
    inner.write(position, sources);
  }

  @Override
  public void close() {}
}
