package org.razorfs.mount.host;

import java.nio.file.Path;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.types.off_t;
import jnr.ffi.types.pid_t;
import jnr.ffi.types.u_int64_t;

/** The few calls of the C library that Java lacks. */
public final class LibC {
  /** As the C library declares them; paths are bytes and end in a zero byte. */
  public interface Calls {
    int open(byte[] path, int flags, int mode);

    int close(int descriptor);

    int fallocate(int descriptor, int mode, @off_t long offset, @off_t long length);

    int sync_file_range(int descriptor, @off_t long offset, @off_t long length, int flags);

    int mount(byte[] source, byte[] target, byte[] type, @u_int64_t long flags, byte[] data);

    @pid_t
    long setsid();
  }

  private final Calls calls;
  private final Runtime runtime;

  /** Loads it, which takes a moment. */
  public LibC() {
    calls =
        LibraryLoader.create(Calls.class)
            .option(LibraryOption.SaveError, true)
            .failImmediately()
            .load("c");
    runtime = Runtime.getRuntime(calls);
  }

  /** The calls. */
  public Calls calls() {
    return calls;
  }

  /** The error number of this thread's last call. */
  public int errno() {
    return runtime.getLastError();
  }

  /** A path as the calls take it. */
  static byte[] path(Path path) {
    byte[] bytes = path.toString().getBytes(HostNames.charset());
    return Arrays.copyOf(bytes, bytes.length + 1);
  }
}
