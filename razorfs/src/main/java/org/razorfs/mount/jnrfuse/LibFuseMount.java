package org.razorfs.mount.jnrfuse;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import jnr.ffi.provider.jffi.ClosureHelper;
import jnr.ffi.types.size_t;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.Owner;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.FuseStubFS;
import ru.serce.jnrfuse.struct.FuseContext;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * One mount by libfuse: binds {@link Callbacks} to the table of operations, and runs libfuse's
 * loop.
 *
 * <p>jnr-fuse's own dispatch would make structure objects for each call and cannot set the flags of
 * the table; its library binding, structures and closures are used as they are. Its {@code mount}
 * is not, because of its threads, and because it unmounts in a shutdown hook of its own while this
 * daemon has an order of closing.
 */
final class LibFuseMount extends FuseStubFS {
  /** Where libfuse 2.9's table has its bit flags: after 38 function pointers. */
  private static final long FLAGS = 38L * Long.BYTES;

  private static final int NULLPATH_OK = 1;
  private static final int NOPATH = 2;
  private static final int UTIME_OMIT_OK = 4;

  /** Enough that a few slow calls, such as fsync, stop nobody else. */
  private static final int THREADS = 16;

  /** What jnr-fuse's own binding leaves out of libfuse. */
  public interface Loop {
    Pointer fuse_setup(
        int argc,
        String[] argv,
        FuseOperations operations,
        @size_t long size,
        @Out PointerByReference mountPoint,
        @Out IntByReference multithreaded,
        Pointer userData);

    int fuse_loop(Pointer fuse);

    void fuse_teardown(Pointer fuse, Pointer mountPoint);
  }

  private final ConcurrentHashMap<Long, FuseFillDir> fillers = new ConcurrentHashMap<>();
  private final Callbacks callbacks;
  private final MountLog log;
  private final PointerByReference place = new PointerByReference();
  private Loop loop;
  private Pointer fuse;
  private Runnable ready = () -> {};

  LibFuseMount(FileSystemHandler handler, MountLog log) {
    this.log = log;
    Runtime runtime = Runtime.getSystemRuntime();
    callbacks = new Callbacks(handler, log, runtime, this::caller);
    bindNames(fuseOperations);
    bindAttributes(fuseOperations);
    bindFiles(fuseOperations);
    fuseOperations.init.set(
        connection -> {
          ready.run();
          return null;
        });
    fuseOperations.destroy.set(data -> callbacks.destroy());
    Struct.getMemory(fuseOperations).putInt(FLAGS, NULLPATH_OK | NOPATH | UTIME_OMIT_OK);
  }

  private void bindNames(FuseOperations table) {
    table.mknod.set(callbacks::mknod);
    table.mkdir.set(callbacks::mkdir);
    table.symlink.set(callbacks::symlink);
    table.link.set(callbacks::link);
    table.unlink.set(callbacks::unlink);
    table.rmdir.set(callbacks::rmdir);
    table.rename.set(callbacks::rename);
    table.readlink.set(callbacks::readlink);
    table.opendir.set(callbacks::opendir);
    table.readdir.set(
        (path, buffer, filler, offset, info) ->
            callbacks.readdir(filler(filler, buffer), offset, info));
    table.releasedir.set((path, info) -> callbacks.releasedir(info));
    table.fsyncdir.set((path, info) -> callbacks.fsyncdir());
  }

  private void bindAttributes(FuseOperations table) {
    table.getattr.set(callbacks::getattr);
    table.fgetattr.set((path, stat, info) -> callbacks.fgetattr(stat, info));
    table.chmod.set(callbacks::chmod);
    table.chown.set(callbacks::chown);
    table.truncate.set(callbacks::truncate);
    table.ftruncate.set((path, size, info) -> callbacks.ftruncate(size, info));
    table.utimens.set(callbacks::utimens);
    table.setxattr.set(callbacks::setxattr);
    table.getxattr.set(callbacks::getxattr);
    table.listxattr.set(callbacks::listxattr);
    table.removexattr.set(callbacks::removexattr);
    table.statfs.set((path, stat) -> callbacks.statfs(stat));
  }

  private void bindFiles(FuseOperations table) {
    table.create.set(callbacks::create);
    table.open.set(callbacks::open);
    table.read.set(
        (path, buffer, size, offset, info) -> callbacks.read(buffer, size, offset, info));
    table.write.set(
        (path, buffer, size, offset, info) -> callbacks.write(buffer, size, offset, info));
    table.release.set((path, info) -> callbacks.release(info));
    table.fsync.set((path, dataOnly, info) -> callbacks.fsync(dataOnly, info));
    table.fallocate.set(
        (path, mode, offset, length, info) -> callbacks.fallocate(mode, offset, length, info));
    table.ioctl.set(
        (path, command, argument, info, flags, data) -> callbacks.ioctl(command, info, data));
    // No flush: its absence saves a round trip at every close, and there is nothing to flush.
    // No lock and flock: the kernel then locks by itself, correctly and for free.
  }

  private Callbacks.Filler filler(Pointer function, Pointer buffer) {
    // libfuse passes the same function each time; making a stub for it is not cheap.
    FuseFillDir fill =
        fillers.computeIfAbsent(
            function.address(),
            address ->
                ClosureHelper.getInstance()
                    .getNativeConveter(FuseFillDir.class)
                    .fromNative(function, ClosureHelper.getInstance().getFromNativeContext()));
    return (ByteBuffer name, Pointer stat, long cookie) -> fill.apply(buffer, name, stat, cookie);
  }

  private Owner caller() {
    FuseContext context = getContext();
    return new Owner(context.uid.intValue(), context.gid.intValue());
  }

  /**
   * Mounts.
   *
   * @param arguments of a libfuse program, its name first
   * @return false when it could not be mounted; libfuse has told standard error why
   */
  boolean mount(String[] arguments) {
    loop = LibraryLoader.create(Loop.class).failImmediately().load("fuse");
    fuse =
        loop.fuse_setup(
            arguments.length,
            arguments,
            fuseOperations,
            Struct.size(fuseOperations),
            place,
            new IntByReference(),
            null);
    return fuse != null;
  }

  /**
   * Serves until unmounted.
   *
   * <p>libfuse's own loop would call from threads of its own, and each call would make the thread
   * known to the JVM and forget it again, which costs more than most calls. Here Java threads run
   * libfuse's single-threaded loop side by side, which is all that its other loop does.
   *
   * @param onReady run when the kernel's first call is answered
   */
  void serve(Runnable onReady) {
    ready = onReady;
    try {
      AtomicInteger made = new AtomicInteger();
      new LoopThreads(work -> new Thread(work, "fuse-" + made.getAndIncrement()), log)
          .run(THREADS, () -> loop.fuse_loop(fuse));
    } finally {
      loop.fuse_teardown(fuse, place.getValue());
    }
  }
}
