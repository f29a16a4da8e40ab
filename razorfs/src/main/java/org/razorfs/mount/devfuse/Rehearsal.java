package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Answers requests of the common kinds on a small volume in memory, as many as it takes for the JVM
 * to compile what answers them, so that a fresh daemon's first clients need not wait for that.
 */
final class Rehearsal {
  /** To be set where it pays; see docs/decisions/0017. */
  private static final String PROPERTY = "razorfs.rehearsal";

  private static final long VOLUME_BYTES = 16L << 20;
  private static final long MEMORY_BYTES = 4L << 20;
  private static final int MESSAGE_BYTES = 64 << 10;
  private static final int DATA_BYTES = 4096;
  private static final int DIRECTORIES = 6;
  private static final int FILES = 50;

  private static final long ROOT = 1;
  private static final int SETATTR_MODE = 1;
  private static final int SETATTR_OWNER = 1 << 1 | 1 << 2;
  private static final int SETATTR_TIMES = 1 << 4 | 1 << 5;

  private final Session session;
  private final ByteBuffer message = buffer();
  private final ByteBuffer answer = buffer();
  private final Request request = new Request(message);
  private final Reply reply = new Reply(answer);

  private Rehearsal(Session session) {
    this.session = session;
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(MESSAGE_BYTES).order(ByteOrder.nativeOrder());
  }

  /** Rehearses in a thread of its own where that pays; the process may end meanwhile. */
  static void start(MountLog log) {
    if (!Boolean.getBoolean(PROPERTY)) {
      return;
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                run(log);
              } catch (IOException | RuntimeException | OutOfMemoryError e) {
                log.problem("rehearsing requests", e); // everything works without it
              }
            },
            "rehearsal");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Rehearses.
   *
   * @throws FsException when something is answered as it should not be
   */
  static void run(MountLog log) throws IOException {
    BlockDevice device = new MemoryDevice(VOLUME_BYTES);
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    VolumeOptions options =
        VolumeOptions.builder()
            .manual()
            .maxCacheBytes(MEMORY_BYTES)
            .maxDirtyBytes(MEMORY_BYTES)
            .build();
    try (Volume volume = Volume.open(device, options)) {
      FileSystemHandler handler =
          new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true));
      new Rehearsal(new Session(handler, log, new MountTerms(0, true, false))).play();
    }
  }

  private void play() throws IOException {
    ask(Opcode.INIT, 0).putInt(7).putInt(31).putInt(1 << 17).putInt(-1 ^ 1 << 30);
    succeeds();
    for (int i = 0; i < DIRECTORIES; i++) {
      byte[] name = name("directory", i);
      string(ask(Opcode.MKDIR, ROOT).putInt(0755).putInt(022), name);
      long directory = entry();
      for (int j = 0; j < FILES; j++) {
        play(directory, name("file", j));
      }
      list(directory);
      ask(Opcode.FSYNCDIR, directory).putLong(0).putLong(0);
      succeeds();
      for (int j = 0; j < FILES; j++) {
        look(directory, name("file", j));
        string(ask(Opcode.UNLINK, directory), name("file", j));
        succeeds();
      }
      string(ask(Opcode.RMDIR, ROOT), name);
      succeeds();
    }
  }

  /** A file is looked for, made, written, given attributes, and read. */
  private void play(long directory, byte[] name) throws IOException {
    string(ask(Opcode.LOOKUP, directory), name);
    answers();
    string(
        ask(Opcode.MKNOD, directory).putInt(FileType.REGULAR | 0600).putInt(0).putLong(022), name);
    long file = entry();
    capability(file);
    // A transfer: handle, offset, size, flags of its own, lock owner, flags of the open file.
    ask(Opcode.WRITE, file)
        .putLong(0)
        .putLong(0)
        .putInt(DATA_BYTES)
        .putInt(0)
        .putLong(0)
        .putLong(1);
    message.position(message.position() + DATA_BYTES);
    succeeds();
    getattr(directory);
    setattr(file, SETATTR_TIMES);
    setattr(file, SETATTR_OWNER);
    capability(file);
    setattr(file, SETATTR_MODE);
    getattr(file);
    transfer(Opcode.READ, file, DATA_BYTES);
    look(directory, name);
  }

  private void list(long directory) throws IOException {
    transfer(Opcode.READDIRPLUS, directory, MESSAGE_BYTES / 2);
    transfer(Opcode.READDIR, directory, MESSAGE_BYTES / 2);
  }

  private void transfer(Opcode opcode, long node, int size) throws IOException {
    ask(opcode, node).putLong(0).putLong(0).putInt(size).putInt(0).putLong(0).putLong(0);
    succeeds();
  }

  private void getattr(long node) throws IOException {
    ask(Opcode.GETATTR, node).putLong(0).putLong(0);
    succeeds();
  }

  /** All that is not meant is zero. */
  private void setattr(long node, int valid) throws IOException {
    ask(Opcode.SETATTR, node).putInt(valid);
    message.position(Request.HEADER + 88);
    succeeds();
  }

  private void look(long directory, byte[] name) throws IOException {
    string(ask(Opcode.LOOKUP, directory), name);
    entry();
  }

  /** What the kernel wants to know before it writes or changes an owner. */
  private void capability(long file) throws IOException {
    string(
        ask(Opcode.GETXATTR, file).putLong(0),
        "security.capability".getBytes(StandardCharsets.US_ASCII));
    answers();
  }

  private static byte[] name(String kind, int number) {
    return (kind + "-" + number).getBytes(StandardCharsets.US_ASCII);
  }

  private static void string(ByteBuffer message, byte[] text) {
    message.put(text).put((byte) 0);
  }

  /** Begins a request; what follows the header is for the caller to put. */
  private ByteBuffer ask(Opcode opcode, long node) {
    message.clear();
    while (message.position() < Request.HEADER + 128) {
      message.putLong(0);
    }
    message.clear();
    message.putInt(0).putInt(opcode.code()).putLong(1).putLong(node);
    return message.position(Request.HEADER);
  }

  private void answers() throws IOException {
    int length = message.position();
    message.putInt(0, length);
    if (!request.received(length)) {
      throw FsException.of(Fault.IO_ERROR, "a rehearsed message is no request");
    }
    session.answer(request, reply);
  }

  private void succeeds() throws IOException {
    answers();
    if (reply.hasFailed()) {
      throw FsException.of(Fault.IO_ERROR, "a rehearsed " + request.opcode() + " failed");
    }
    reply.finish();
  }

  /** The inode of an entry that is answered. */
  private long entry() throws IOException {
    succeeds();
    return answer.getLong(Reply.HEADER);
  }
}
