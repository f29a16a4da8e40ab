package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.OnOffAuto;
import org.razorfs.mount.Transport;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.IdlePolling;
import org.razorfs.mount.host.Kernel;

/** Mounts through {@code /dev/fuse} without any library in between. */
public final class NativeTransport implements Transport {
  @Override
  public String name() {
    return "native";
  }

  @Override
  public boolean keepsAcls() {
    return true;
  }

  @Override
  public boolean pollsWhenIdle(OnOffAuto wanted) throws IOException {
    return IdlePolling.of(wanted).isUsed();
  }

  @Override
  public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log)
      throws IOException {
    if (!Kernel.isLinux(0, 0) || !"64".equals(System.getProperty("sun.arch.data.model"))) {
      throw new TransportUnavailableException("it needs Linux and a process of 64 bits");
    }
    Syscalls system = new Syscalls();
    MountTerms terms = MountTerms.of(request, system.calls().geteuid());
    Session session = new Session(handler, log, terms);
    IdlePolling polling = IdlePolling.of(request.idlePoll());
    UringOffer offer = UringOffer.make(request.ioUring());
    try {
      int descriptor = Mounter.mount(system, request);
      return new NativeMount(system, descriptor, session, handler, request, offer, polling, log);
    } catch (IOException | RuntimeException e) {
      offer.close();
      throw e;
    }
  }
}
