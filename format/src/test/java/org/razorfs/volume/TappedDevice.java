package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.device.BlockDevice;

/** A device on which something else happens just before what is asked of it. */
final class TappedDevice implements BlockDevice {
  /** What happens, in the thread that calls the device. */
  interface Tap {
    Tap NONE = () -> {};

    void run() throws IOException;
  }

  private final BlockDevice inner;
  private volatile Tap beforeRead = Tap.NONE;
  private volatile Tap beforeWrite = Tap.NONE;
  private volatile Tap beforeFlush = Tap.NONE;

  TappedDevice(BlockDevice inner) {
    this.inner = inner;
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

  @Override
  public void close() throws IOException {
    inner.close();
  }
}
