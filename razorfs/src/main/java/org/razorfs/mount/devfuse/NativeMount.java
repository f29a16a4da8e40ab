package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.OnOffAuto;
import org.razorfs.mount.Transport;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.IdlePolling;

/** A mount whose device is here: from its first request to its end. */
final class NativeMount implements Transport.Mounted {
  private final Syscalls system;
  private final int descriptor;
  private final Session session;
  private final FileSystemHandler handler;
  private final MountRequest request;
  private final UringOffer offer;
  private final IdlePolling polling;
  private final MountLog log;
  private volatile UringPools served;

  /**
   * @param descriptor of the device; closed when it has been served
   * @param offer to be closed when the kernel has said what it offers
   * @param polling held while requests come one after the other
   */
  NativeMount(
      Syscalls system,
      int descriptor,
      Session session,
      FileSystemHandler handler,
      MountRequest request,
      UringOffer offer,
      IdlePolling polling,
      MountLog log) {
    this.system = system;
    this.descriptor = descriptor;
    this.session = session;
    this.handler = handler;
    this.request = request;
    this.offer = offer;
    this.polling = polling;
    this.log = log;
  }

  @Override
  public void serve(Runnable ready) throws IOException {
    try (offer;
        polling;
        FuseDevice device = new FuseDevice(system, descriptor);
        Forgetter forgetter = new Forgetter(device, handler.lookups(), request.mostKnown(), log);
        UringPools rings = new UringPools(session, handler, polling, log)) {
      served = rings;
      if (wantsRings()) {
        rings.prepare(system, device);
      }
      WorkerPool pool =
          new WorkerPool(
              device, WorkerPool.Style.DEVICE, session, handler::delaysChanges, polling, log);
      pool.run(
          () -> {
            offer.close();
            if (request.ioUring() == OnOffAuto.ON && !usesIoUring()) {
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
            Rehearsal.start(log);
          });
    }
  }

  /** They save what waking the other side costs; where idle processors poll, that is little. */
  private boolean wantsRings() {
    return switch (request.ioUring()) {
      case ON -> true;
      case OFF -> false;
      case AUTO -> !polling.isUsed();
    };
  }

  @Override
  public boolean usesIoUring() {
    UringPools rings = served;
    return rings != null && rings.isUsed();
  }

  @Override
  public boolean pollsWhenIdle() {
    return polling.isUsed();
  }
}
