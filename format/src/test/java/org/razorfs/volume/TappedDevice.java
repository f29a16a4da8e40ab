package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;

/** A device on which something else happens just before what is asked of it. */
final class TappedDevice extends ForwardingDevice {
  /** What happens, in the thread that calls the device. */
  interface Tap {
    Tap NONE = () -> {};

    void run() throws IOException;
  }

  private volatile Tap beforeRead = Tap.NONE;
  private volatile Tap beforeWrite = Tap.NONE;
  private volatile Tap beforeFlush = Tap.NONE;

  TappedDevice(BlockDevice inner) {
    super(inner);
  }

  void beforeRead(Tap tap) {
    beforeRead = tap;
  }

  void beforeWrite(Tap tap) {
    beforeWrite = tap;
  }

  void beforeFlush(Tap tap) {
    beforeFlush = tap;
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    beforeRead.run();
    inner.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    beforeWrite.run();
    inner.write(position, source);
  }

  @Override
  public void flush() throws IOException {
    beforeFlush.run();
    inner.flush();
  }
}
