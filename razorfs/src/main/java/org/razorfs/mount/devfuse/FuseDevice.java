package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.devfuse.wire.Init;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/**
 * {@code /dev/fuse} with a mount behind it. Each port is a descriptor of its own (a clone), so that
 * threads share no lock in the kernel when they reply. A clone knows only the requests that were
 * read from it.
 */
final class FuseDevice implements Device, AutoCloseable {
  private static final byte[] PATH = "/dev/fuse\0".getBytes(StandardCharsets.US_ASCII);
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;
  private static final long FUSE_DEV_IOC_CLONE = 0x8004_e500L;

  // Error numbers of Linux.
  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int ENOMEM = 12;
  private static final int ENODEV = 19;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int ECONNABORTED = 103;

  /** The data of a request, its header and arguments, and what the kernel demands beyond. */
  private static final int BUFFER = Init.MAX_DATA + 8192;

  // struct pollfd
  private static final int POLLFD = 8;
  private static final short POLLIN = 1;

  private final Syscalls system;
  private final int descriptor;

  /** An eventfd(2) that every port waits for too. */
  private final int waker;

  private final ByteBuffer one;

  /**
   * @param descriptor of the device, mounted; closed with this, or when this throws
   */
  FuseDevice(Syscalls system, int descriptor) throws IOException {
    this.system = system;
    this.descriptor = descriptor;
    this.waker = system.calls().eventfd(0, O_CLOEXEC | O_NONBLOCK);
    if (waker < 0) {
      int errno = system.errno();
      system.calls().close(descriptor);
      throw new FsException(Fault.IO_ERROR, "eventfd failed, errno " + errno);
    }
    this.one = system.allocate(Long.BYTES).putLong(0, 1);
  }

  /** Opens the device, to be mounted. */
  static int openDescriptor(Syscalls system) throws IOException {
    int descriptor = system.calls().open(PATH, O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new FsException(
          Fault.NOT_SUPPORTED,
          "/dev/fuse cannot be opened (errno "
              + system.errno()
              + "); load the module fuse, or run with the device");
    }
    return descriptor;
  }

  /** The device itself, as long as this is not closed. */
  int descriptor() {
    return descriptor;
  }

  @Override
  public Port open() throws IOException {
    int clone = system.calls().open(PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
    if (clone < 0) {
      throw noClone("open failed", system.errno());
    }
    ByteBuffer argument = system.allocate(Integer.BYTES);
    argument.putInt(0, descriptor);
    int result = system.calls().ioctl(clone, FUSE_DEV_IOC_CLONE, Syscalls.address(argument));
    int errno = system.errno();
    system.free(argument);
    if (result != 0) {
      system.calls().close(clone);
      throw noClone("clone failed", errno);
    }
    boolean done = false;
    try {
      Port port = new ClonedPort(clone);
      done = true;
      return port;
    } finally {
      if (!done) {
        system.calls().close(clone); // there is no memory for its buffers
      }
    }
  }

  /** libfuse needs none; but who has no more descriptors or memory is not better off with it. */
  static FsException noClone(String what, int errno) {
    String reason = "/dev/fuse: " + what + ", errno " + errno;
    return switch (errno) {
      case ENOMEM, ENFILE, EMFILE -> new FsException(Fault.IO_ERROR, reason);
      default -> new TransportUnavailableException(reason);
    };
  }

  @Override
  public void send(ByteBuffer notice) throws IOException {
    send(descriptor, notice);
  }

  private void send(int to, ByteBuffer message) throws IOException {
    long start = Syscalls.address(message) + message.position();
    long length = message.remaining();
    while (system.calls().write(to, start, length) != length) {
      int errno = system.errno();
      switch (errno) {
        case EINTR, EAGAIN -> {}
        // Nobody waits for it any more, which is only so when the mount has ended.
        case ENOENT, ENODEV, ECONNABORTED -> {
          return;
        }
        default ->
            throw new FsException(
                Fault.IO_ERROR,
                "/dev/fuse: a message of " + length + " bytes was refused, errno " + errno);
      }
    }
  }

  @Override
  public void wake() {
    // Nobody takes it out again.
    system.calls().write(waker, Syscalls.address(one), Long.BYTES);
  }

  /** Lets go of the mount, which ends it if nobody has unmounted it. */
  @Override
  public void close() {
    system.calls().close(descriptor);
    system.calls().close(waker);
    system.free(one);
  }

  private final class ClonedPort implements Port {
    private final int clone;
    private final ByteBuffer requests = system.allocate(BUFFER);
    private final ByteBuffer replies = system.allocate(BUFFER);
    private final ByteBuffer pollfd = system.allocate(2 * POLLFD);
    private final Request request = new Request(requests);
    private final Reply reply = new Reply(replies);
    private final long requestsAddress = Syscalls.address(requests);
    private final long pollfdAddress = Syscalls.address(pollfd);
    private boolean valid;

    ClonedPort(int clone) {
      this.clone = clone;
      pollfd.putInt(0, clone).putShort(4, POLLIN).putShort(6, (short) 0);
      pollfd.putInt(POLLFD, waker).putShort(POLLFD + 4, POLLIN).putShort(POLLFD + 6, (short) 0);
    }

    @Override
    public Request request() {
      return valid ? request : null;
    }

    @Override
    public Reply reply() {
      return reply;
    }

    @Override
    public Detached detach(int length) {
      return CopiedRequest.of(request, length, this);
    }

    @Override
    public void flush() {} // nothing ever waits

    @Override
    public int receive() throws IOException {
      while (true) {
        long length = system.calls().read(clone, requestsAddress, BUFFER);
        if (length > 0) {
          valid = request.received((int) length);
          return (int) length;
        }
        int errno = length == 0 ? ENODEV : system.errno();
        switch (errno) {
          case EAGAIN -> {
            return NOTHING;
          }
          case ENODEV, ECONNABORTED -> {
            return ENDED;
          }
          // ENOENT: the request was taken back while it was read.
          case EINTR, ENOENT -> {}
          default ->
              throw new FsException(Fault.IO_ERROR, "/dev/fuse: read failed, errno " + errno);
        }
      }
    }

    @Override
    public boolean await(int milliseconds) throws IOException {
      while (true) {
        int ready = system.calls().poll(pollfdAddress, 2, milliseconds);
        if (ready >= 0) {
          return ready > 0;
        }
        int errno = system.errno();
        if (errno != EINTR) {
          throw new FsException(Fault.IO_ERROR, "/dev/fuse: poll failed, errno " + errno);
        }
      }
    }

    @Override
    public void send(ByteBuffer reply) throws IOException {
      FuseDevice.this.send(clone, reply);
    }

    @Override
    public void sendNotice(ByteBuffer notice) throws IOException {
      send(notice);
    }

    @Override
    public void close() {
      system.calls().close(clone);
      system.free(requests);
      system.free(replies);
      system.free(pollfd);
    }
  }
}
