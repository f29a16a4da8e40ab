package org.razorfs.mount.devfuse;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.types.pid_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int64_t;
import org.razorfs.mount.host.HostNames;

/** The calls of the C library that speak to the kernel's FUSE device. */
final class Syscalls {
  /** As the C library declares them; addresses are numbers, strings end in a zero byte. */
  public interface Calls {
    int open(byte[] path, int flags, int mode);

    int close(int descriptor);

    @ssize_t
    long read(int descriptor, @u_int64_t long address, @size_t long count);

    @ssize_t
    long write(int descriptor, @u_int64_t long address, @size_t long count);

    int poll(@u_int64_t long descriptors, @u_int64_t long count, int milliseconds);

    int eventfd(int initial, int flags);

    int ioctl(int descriptor, @u_int64_t long request, @u_int64_t long argument);

    int mount(byte[] source, byte[] target, byte[] type, @u_int64_t long flags, byte[] options);

    int socketpair(int domain, int type, int protocol, int[] descriptors);

    @ssize_t
    long recvmsg(int socket, @u_int64_t long message, int flags);

    /** With an address of null: the compiled stub for six numbers passes a wrong sixth. */
    @u_int64_t
    long mmap(
        byte[] address,
        @size_t long length,
        int protection,
        int flags,
        int descriptor,
        @u_int64_t long offset);

    int munmap(@u_int64_t long address, @size_t long length);

    int sched_getaffinity(@pid_t int thread, @size_t long length, @u_int64_t long mask);

    int sched_setaffinity(@pid_t int thread, @size_t long length, @u_int64_t long mask);

    /** The fifth argument is null, for the same reason. */
    @ssize_t
    long syscall(
        @ssize_t long number,
        @u_int64_t long first,
        @u_int64_t long second,
        @u_int64_t long third,
        @u_int64_t long fourth,
        byte[] fifth);

    int geteuid();

    @pid_t
    int waitpid(@pid_t int process, int[] status, int options);

    int posix_spawnp(
        int[] process,
        byte[] file,
        @u_int64_t long actions,
        @u_int64_t long attributes,
        @u_int64_t long arguments,
        @u_int64_t long environment);

    int posix_spawn_file_actions_init(@u_int64_t long actions);

    int posix_spawn_file_actions_adddup2(@u_int64_t long actions, int descriptor, int as);

    int posix_spawn_file_actions_destroy(@u_int64_t long actions);
  }

  /** Bytes of a cpu_set_t. */
  private static final int AFFINITY = 1024 / Byte.SIZE;

  private final Calls calls;
  private final Runtime runtime;

  Syscalls() {
    this(
        LibraryLoader.create(Calls.class)
            .option(LibraryOption.SaveError, true)
            .failImmediately()
            .load("c"));
  }

  /**
   * @param calls what is called; those of the C library, or what stands between
   */
  Syscalls(Calls calls) {
    this.calls = calls;
    this.runtime = Runtime.getSystemRuntime();
  }

  Calls calls() {
    return calls;
  }

  /** The error number of this thread's last call. */
  int errno() {
    return runtime.getLastError();
  }

  /**
   * Memory outside the heap of which only what is used takes room, as the C library maps it page by
   * page; {@link ByteBuffer#allocateDirect} would fill it with zeros. For the life of the process.
   */
  ByteBuffer allocate(int size) {
    long address = MemoryIO.getInstance().allocateMemory(size, false);
    if (address == 0) {
      throw new OutOfMemoryError(size + " bytes for a request");
    }
    return MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
  }

  /** Gives memory back that {@link #allocate} returned. */
  void free(ByteBuffer memory) {
    MemoryIO.getInstance().freeMemory(address(memory));
  }

  /** The processors on which the calling thread may run, one bit for each. */
  byte[] affinity() {
    ByteBuffer mask = allocate(AFFINITY);
    try {
      calls.sched_getaffinity(0, AFFINITY, address(mask));
      byte[] processors = new byte[AFFINITY];
      mask.get(0, processors);
      return processors;
    } finally {
      free(mask);
    }
  }

  /** Keeps the calling thread, and whom it starts, on these processors if it may run there. */
  void keepOn(byte[] processors) {
    ByteBuffer mask = allocate(AFFINITY);
    try {
      calls.sched_setaffinity(0, AFFINITY, address(mask.put(0, processors)));
    } finally {
      free(mask);
    }
  }

  /** Keeps the calling thread, and whom it starts, on a processor if it may run there. */
  void keepOn(int processor) {
    byte[] processors = new byte[AFFINITY];
    processors[processor / Byte.SIZE] = (byte) (1 << (processor % Byte.SIZE));
    keepOn(processors);
  }

  /** A view of memory that is there already. */
  static ByteBuffer view(long address, int size) {
    return MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
  }

  /** A string of the host as the C library takes it. */
  static byte[] string(String text) {
    byte[] bytes = text.getBytes(HostNames.charset());
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** Bytes of one of the kernel's pages: 64 KiB on some hosts. */
  static int pageSize() {
    return (int) PageManager.getInstance().pageSize();
  }

  /** Where a direct buffer begins. */
  static long address(ByteBuffer buffer) {
    return MemoryIO.getInstance().getDirectBufferAddress(buffer);
  }
}
