package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.IoUring;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.handler.FileSystemHandler;

/** A mount whose device is here: from its first request to its end. */
final class NativeMount implements Transport.Mounted {
  private final Syscalls system;
  private final int descriptor;
  private final Session session;
  private final FileSystemHandler handler;
  private final MountRequest request;
  private final UringOffer offer;
  private final MountLog log;
  private volatile UringPools served;

  /**
   * @param descriptor of the device; closed when it has been served
   * @param offer to be closed when the kernel has said what it offers
   */
  NativeMount(
      Syscalls system,
      int descriptor,
      Session session,
      FileSystemHandler handler,
      MountRequest request,
      UringOffer offer,
      MountLog log) {
    this.system = system;
    this.descriptor = descriptor;
    this.session = session;
    this.handler = handler;
    this.request = request;
    this.offer = offer;
    this.log = log;
  }

  @Override
  public void serve(Runnable ready) throws IOException {
    try (offer;
        FuseDevice device = new FuseDevice(system, descriptor);
        Forgetter forgetter = new Forgetter(device, handler.lookups(), request.mostKnown(), log);
        UringPools rings = new UringPools(session, handler, log)) {
      served = rings;
      if (request.ioUring() != IoUring.OFF) {
        rings.prepare(system, device);
      }
      WorkerPool pool =
          new WorkerPool(device, WorkerPool.Style.DEVICE, session, handler::delaysChanges, log);
      pool.run(
          () -> {
            offer.close();
            if (request.ioUring() == IoUring.ON && !usesIoUring()) {
              pool.end(
                  FsException.of(
                      Fault.NOT_SUPPORTED,
                      "io_uring=on: this kernel does not offer it (Linux 6.14 does, where the"
                          + " module fuse has enable_uring=Y and kernel.io_uring_disabled is 0);"
                          + " leave it out"));
              return;
            }
            rings.start(pool::end);
            ReadAhead.raise(request.directory(), log);
            if (session.init().canPrune()) {
              forgetter.start();
            }
            ready.run();
          });
    }
  }

  @Override
  public boolean usesIoUring() {
    UringPools rings = served;
    return rings != null && rings.isUsed();
  }
}
