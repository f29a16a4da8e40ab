package org.razorfs.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.razorfs.device.FileDeviceOptions.Access;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * An image in a file or on a block device, over one {@link FileChannel} that is opened and locked
 * once.
 *
 * <p>Two traps of the platform for everybody in the same process:
 *
 * <ul>
 *   <li>An interrupt of a thread inside a channel's method closes the channel for all ({@code
 *       ClosedByInterruptException}). A thread that arrives already interrupted is saved from that
 *       here, one interrupted during a transfer is not: never interrupt threads that use a device.
 *   <li>Closing any other channel or stream on the image's file drops the lock that keeps other
 *       processes out. So nothing else may open the file while a device is open on it. Other
 *       devices are refused; {@code Files.readAllBytes} and the like cannot be.
 * </ul>
 */
public final class FileDevice implements BlockDevice {
  /** Direct sources of at least this many bytes are not worth copying to join them to others. */
  private static final int JOIN_BELOW = 64 * 1024;

  private final Path path;
  private final FileOpener.Opened file;
  private final FileChannel channel;
  private final long size;
  private final boolean readOnly;
  private final DirectBuffers buffers;
  private final HostFile hostFile;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean discarding;
  private volatile boolean allocating;
  private volatile IOException flushFailure;
  private final Object flushing = new Object();

  FileDevice(
      Path path, FileOpener.Opened file, long size, HostFile hostFile, FileDeviceOptions options) {
    this.path = path;
    this.file = file;
    this.channel = file.channel();
    this.size = size;
    this.readOnly = options.access() != Access.READ_WRITE;
    this.buffers = new DirectBuffers(options.buffers());
    this.hostFile = hostFile;
    this.discarding = hostFile != null;
    this.allocating = hostFile != null && file.identity().kind() != FileIdentity.Kind.BLOCK;
  }

  /**
   * Opens an existing image.
   *
   * @throws FsException {@code BUSY} when it is in use, with the holder named; {@code
   *     NO_SUCH_ENTRY}, {@code IS_DIRECTORY}, {@code ACCESS_DENIED}, {@code READ_ONLY}, {@code
   *     INVALID_ARGUMENT} for what is no file or block device, or {@code IO_ERROR}
   */
  public static FileDevice open(Path path, FileDeviceOptions options) throws IOException {
    return open(path, options, -1);
  }

  /**
   * Makes an image of {@code size} zero bytes that takes no space yet, and opens it. A block device
   * keeps its size and its contents.
   *
   * @param size bytes, at least 1
   * @param replace whether an existing file's contents may be thrown away; a block device always
   *     exists
   * @throws FsException as {@link #open}, and {@code EXISTS} when the file exists and {@code
   *     replace} is false, {@code NO_SPACE} when a block device is smaller than {@code size}
   */
  public static FileDevice create(Path path, long size, boolean replace, FileDeviceOptions options)
      throws IOException {
    if (size < 1) {
      throw FsException.of(
          Fault.INVALID_ARGUMENT, path + ": an image cannot have a size of " + size + " bytes");
    }
    if (options.access() != Access.READ_WRITE) {
      throw new IllegalArgumentException("a new image needs read-write access");
    }
    boolean made = makeFile(path, replace);
    try {
      FileDevice device = open(path, options, size);
      made = false; // now it is the caller's
      return device;
    } finally {
      if (made) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static boolean makeFile(Path path, boolean replace) throws IOException {
    try {
      Files.createFile(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      if (!replace) {
        throw FsException.of(Fault.EXISTS, path + ": exists already");
      }
      return false;
    } catch (IOException e) {
      throw FileOpener.named(path, e);
    }
  }

  /** Opens, and makes it {@code newSize} bytes of zeros unless that is negative. */
  private static FileDevice open(Path path, FileDeviceOptions options, long newSize)
      throws IOException {
    FileOpener.Opened file = new FileOpener(path, options).open();
    HostFile hostFile = null;
    boolean done = false;
    try {
      if (newSize >= 0) {
        erase(path, file, newSize);
      }
      if (options.access() == Access.READ_WRITE && options.hostFile().isPresent()) {
        hostFile = options.hostFile().get().open(path, file.channel());
        // It may have opened the path a second time, and is to punch no holes into another file.
        if (!FileIdentity.of(path).key().equals(file.identity().key())) {
          throw FsException.of(Fault.BUSY, path + ": has just been replaced; try again");
        }
      }
      FileDevice device = new FileDevice(path, file, sizeOf(file), hostFile, options);
      done = true;
      return device;
    } catch (NoSuchFileException e) {
      throw FileOpener.named(path, e);
    } finally {
      if (!done) {
        file.close();
        if (hostFile != null) {
          hostFile.close();
        }
      }
    }
  }

  private static void erase(Path path, FileOpener.Opened file, long newSize) throws IOException {
    if (file.identity().kind() == FileIdentity.Kind.BLOCK) {
      if (sizeOf(file) < newSize) {
        throw FsException.of(
            Fault.NO_SPACE,
            path + ": has " + sizeOf(file) + " bytes, less than the " + newSize + " asked for");
      }
      return;
    }
    try {
      FileChannel channel = file.channel();
      channel.truncate(0);
      // Java cannot extend a file but by writing; one byte at the end leaves a hole before it.
      while (channel.write(ByteBuffer.allocate(1), newSize - 1) == 0) {}
      channel.force(true);
    } catch (IOException e) {
      throw new FsException(
          faultOfWrite(e),
          path + ": cannot be made " + newSize + " bytes long (" + e.getMessage() + ")",
          e);
    }
    flushDirectory(path.toAbsolutePath().getParent());
  }

  /** Makes the new name itself durable, where directories can be opened for that. */
  private static void flushDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every host lets a directory be opened; then the name is as durable as it makes it.
    }
  }

  private static long sizeOf(FileOpener.Opened file) throws IOException {
    long size = file.channel().size();
    if (size == 0 && file.identity().kind() == FileIdentity.Kind.BLOCK) {
      // The kernel counts in 512-byte sectors here, whatever the device's own sectors are.
      long rdev = file.identity().rdev();
      Path sectors =
          Path.of(
              "/sys/dev/block", FileIdentity.major(rdev) + ":" + FileIdentity.minor(rdev), "size");
      try {
        String text = Files.readString(sectors, StandardCharsets.US_ASCII).strip();
        return Math.multiplyExact(Long.parseLong(text), 512L);
      } catch (NumberFormatException | ArithmeticException e) {
        throw new FsException(Fault.IO_ERROR, sectors + ": is not a size", e);
      }
    }
    return size;
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    int length = target.remaining();
    Ranges.check(name(), "read", size, position, length);
    transfer(
        "read",
        position,
        length,
        () -> {
          if (target.isDirect()) {
            readWholly(position, target);
          } else {
            readThroughPool(position, target);
          }
        });
  }

  private void readThroughPool(long position, ByteBuffer target) throws IOException {
    ByteBuffer copy = buffers.take();
    try {
      long at = position;
      while (target.hasRemaining()) {
        copy.clear().limit(Math.min(copy.capacity(), target.remaining()));
        readWholly(at, copy);
        copy.flip();
        at += copy.remaining();
        target.put(copy);
      }
    } finally {
      buffers.give(copy);
    }
  }

  private void readWholly(long position, ByteBuffer target) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new IOException("the file ends at " + channel.size() + ", it has been truncated");
      }
      at += count;
    }
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    write(position, new ByteBuffer[] {source});
  }

  @Override
  public void write(long position, ByteBuffer[] sources) throws IOException {
    long length = Ranges.remaining(sources);
    checkWritable("write");
    Ranges.check(name(), "write", size, position, length);
    transfer(
        "write",
        position,
        length,
        () -> {
          if (sources.length == 1 && sources[0].isDirect()) {
            writeWholly(position, sources[0]);
          } else {
            writeThroughPool(position, sources);
          }
        });
  }

  /**
   * Positioned gathering writes do not exist in Java, so small and heap sources are joined in a
   * pooled buffer: a journal's header and records then go out in one system call.
   */
  private void writeThroughPool(long position, ByteBuffer[] sources) throws IOException {
    ByteBuffer copy = buffers.take();
    try {
      long at = position;
      for (ByteBuffer source : sources) {
        if (source.isDirect() && source.remaining() >= JOIN_BELOW) {
          at = drain(at, copy);
          int length = source.remaining();
          writeWholly(at, source);
          at += length;
          continue;
        }
        while (source.hasRemaining()) {
          if (!copy.hasRemaining()) {
            at = drain(at, copy);
          }
          int count = Math.min(copy.remaining(), source.remaining());
          int limit = source.limit();
          copy.put(source.limit(source.position() + count));
          source.limit(limit);
        }
      }
      drain(at, copy);
    } finally {
      buffers.give(copy);
    }
  }

  private long drain(long position, ByteBuffer copy) throws IOException {
    copy.flip();
    int length = copy.remaining();
    writeWholly(position, copy);
    copy.clear();
    return position + length;
  }

  private void writeWholly(long position, ByteBuffer source) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>After a flush has failed every later one fails too: the kernel reports lost writes once and
   * forgets them, so that a flush tried again would succeed over them.
   */
  @Override
  public void flush() throws IOException {
    if (readOnly) {
      return;
    }
    // One at a time: the kernel tells a lost write to only one of two flushes that run together.
    synchronized (flushing) {
      if (flushFailure != null) {
        throw new FsException(
            Fault.IO_ERROR, name() + ": an earlier flush failed, nothing is safe", flushFailure);
      }
      try {
        transfer("flush", 0, size, () -> channel.force(false));
      } catch (FsException e) {
        if (e.fault() == Fault.IO_ERROR) {
          flushFailure = e;
        }
        throw e;
      }
    }
  }

  @Override
  public void discard(long position, long length) throws IOException {
    checkWritable("discard");
    Ranges.check(name(), "discard", size, position, length);
    if (!discarding || length == 0) {
      return;
    }
    try {
      hostFile.discard(position, length);
    } catch (FsException e) {
      if (e.fault() != Fault.NOT_SUPPORTED) {
        throw e;
      }
      discarding = false;
    }
  }

  @Override
  public void allocate(long position, long length) throws IOException {
    checkWritable("allocate");
    Ranges.check(name(), "allocate", size, position, length);
    if (!allocating || length == 0) {
      return;
    }
    try {
      hostFile.allocate(position, length);
    } catch (FsException e) {
      if (e.fault() != Fault.NOT_SUPPORTED) {
        throw e;
      }
      allocating = false;
    }
  }

  @Override
  public void startWriteback(long position, long length) {
    if (hostFile != null) {
      hostFile.startWriteback(position, length);
    }
  }

  /** Whether {@link #discard} still does anything. */
  public boolean discarding() {
    return discarding;
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        channel.close();
      } finally {
        try {
          if (hostFile != null) {
            hostFile.close(); // after the channel and before the next open here, see HostFile
          }
        } finally {
          file.release();
        }
      }
    }
  }

  private void checkWritable(String verb) throws FsException {
    if (readOnly) {
      throw new FsException(
          Fault.READ_ONLY, name() + ": " + verb + " refused, it is open for reading only");
    }
  }

  @FunctionalInterface
  private interface Transfer {
    void run() throws IOException;
  }

  /** Runs a transfer with any pending interrupt hidden, and names what failed. */
  private void transfer(String verb, long position, long length, Transfer transfer)
      throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      transfer.run();
    } catch (ClosedChannelException e) {
      throw new FsException(
          Fault.SHUT_DOWN, name() + ": " + verb + " refused, the device is closed", e);
    } catch (IOException e) {
      throw new FsException(
          verb.equals("write") ? faultOfWrite(e) : Fault.IO_ERROR,
          String.format(
              "%s: %s of %d bytes at %d failed: %s",
              name(), verb, length, position, e.getMessage()),
          e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * What is wrong when the host does not take a write. Java tells it only in words, those of the
   * locale, which the launcher makes English; in others this remains an error like any. A flush
   * that fails for want of space has lost what was written, and is no such thing.
   */
  static Fault faultOfWrite(IOException problem) {
    String reason = String.valueOf(problem.getMessage());
    return switch (reason) {
      case "Disk quota exceeded", "Disc quota exceeded" -> Fault.QUOTA_EXCEEDED;
      case "No space left on device" -> Fault.NO_SPACE;
      default -> Fault.IO_ERROR;
    };
  }
}
