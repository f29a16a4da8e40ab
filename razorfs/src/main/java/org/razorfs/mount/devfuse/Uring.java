package org.razorfs.mount.devfuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * An io_uring of the kernel: commands go in at the tail of one ring, and what became of them comes
 * out at the head of another. Only one thread at a time may add commands, and one take completions.
 */
final class Uring implements AutoCloseable {
  private static final long SETUP = 425;
  private static final long ENTER = 426;

  // struct io_uring_params
  private static final int PARAMS = 120;
  private static final int PARAM_ENTRIES = 0;
  private static final int PARAM_COMPLETIONS = 4;
  private static final int PARAM_FLAGS = 8;
  private static final int PARAM_FEATURES = 20;
  private static final int SUBMISSION_OFFSETS = 40;
  private static final int COMPLETION_OFFSETS = 80;

  // struct io_sqring_offsets, struct io_cqring_offsets
  private static final int HEAD = 0;
  private static final int TAIL = 4;
  private static final int MASK = 8;
  private static final int CQES = 20;

  private static final int CQSIZE = 1 << 3;
  private static final int SUBMIT_ALL = 1 << 7;
  private static final int COOP_TASKRUN = 1 << 8;
  private static final int SQE128 = 1 << 10;
  private static final int NO_SQARRAY = 1 << 16;
  private static final int SINGLE_MMAP = 1;
  private static final long GETEVENTS = 1;

  private static final long COMMANDS_AT = 0x1000_0000L;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int EBUSY = 16;

  // struct io_uring_sqe, of the long form
  private static final int SQE = 128;
  private static final int SQE_OPCODE = 0;
  private static final int SQE_FLAGS = 1;
  private static final int SQE_FD = 4;
  private static final int SQE_COMMAND = 8;
  private static final int SQE_ADDRESS = 16;
  private static final int SQE_LENGTH = 24;
  private static final int SQE_USER_DATA = 32;
  private static final int SQE_ARGUMENTS = 48;
  private static final byte MSG_RING = 40;
  private static final byte URING_CMD = 46;
  private static final byte SKIP_SUCCESS = 1 << 6;

  // struct io_uring_cqe
  private static final int CQE = 16;

  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final Syscalls system;
  private final int descriptor;
  private final ByteBuffer rings;
  private final ByteBuffer commands;
  private final int submissionHead;
  private final int submissionTail;
  private final int submissionMask;
  private final int completionHead;
  private final int completionTail;
  private final int completionMask;
  private final int completions;

  /**
   * @param depth commands that can be under way
   */
  Uring(Syscalls system, int depth) throws FsException {
    this.system = system;
    ByteBuffer params = ByteBuffer.allocateDirect(PARAMS).order(ByteOrder.nativeOrder());
    params.putInt(PARAM_COMPLETIONS, depth * 2);
    params.putInt(PARAM_FLAGS, CQSIZE | SUBMIT_ALL | COOP_TASKRUN | SQE128 | NO_SQARRAY);
    descriptor = (int) system.calls().syscall(SETUP, depth, Syscalls.address(params), 0, 0, null);
    if (descriptor < 0) {
      throw new FsException(Fault.NOT_SUPPORTED, "io_uring_setup failed, errno " + system.errno());
    }
    ByteBuffer mapped = null;
    boolean done = false;
    try {
      if ((params.getInt(PARAM_FEATURES) & SINGLE_MMAP) == 0) {
        throw new FsException(Fault.NOT_SUPPORTED, "an io_uring of two mappings");
      }
      completions = params.getInt(COMPLETION_OFFSETS + CQES);
      mapped = map(completions + CQE * params.getInt(PARAM_COMPLETIONS), 0);
      rings = mapped;
      commands = map(SQE * params.getInt(PARAM_ENTRIES), COMMANDS_AT);
      done = true;
    } finally {
      if (!done) {
        unmap(mapped);
        system.calls().close(descriptor);
      }
    }
    submissionHead = params.getInt(SUBMISSION_OFFSETS + HEAD);
    submissionTail = params.getInt(SUBMISSION_OFFSETS + TAIL);
    submissionMask = rings.getInt(params.getInt(SUBMISSION_OFFSETS + MASK));
    completionHead = params.getInt(COMPLETION_OFFSETS + HEAD);
    completionTail = params.getInt(COMPLETION_OFFSETS + TAIL);
    completionMask = rings.getInt(params.getInt(COMPLETION_OFFSETS + MASK));
  }

  private ByteBuffer map(int size, long offset) throws FsException {
    long address =
        system.calls().mmap(null, size, PROT_READ_WRITE, MAP_SHARED_POPULATE, descriptor, offset);
    if (address == -1) {
      throw new FsException(Fault.NOT_SUPPORTED, "io_uring: mmap failed, errno " + system.errno());
    }
    return Syscalls.view(address, size);
  }

  private void unmap(ByteBuffer mapping) {
    if (mapping != null) {
      system.calls().munmap(Syscalls.address(mapping), mapping.capacity());
    }
  }

  /**
   * Adds a command of FUSE.
   *
   * @param commit the request that it answers, or 0
   * @param queue the processor's number
   */
  void command(
      int file, int command, long address, int length, long userData, long commit, int queue) {
    int at = begin(URING_CMD);
    commands
        .putInt(at + SQE_FD, file)
        .putInt(at + SQE_COMMAND, command)
        .putLong(at + SQE_ADDRESS, address)
        .putInt(at + SQE_LENGTH, length)
        .putLong(at + SQE_USER_DATA, userData)
        .putLong(at + SQE_ARGUMENTS + 8, commit)
        .putShort(at + SQE_ARGUMENTS + 16, (short) queue);
    end();
  }

  /** Adds a message to another ring, where it is a completion; here it is none, unless it fails. */
  void message(Uring to, long userData) {
    int at = begin(MSG_RING);
    commands.put(at + SQE_FLAGS, SKIP_SUCCESS).putInt(at + SQE_FD, to.descriptor);
    commands.putLong(at + SQE_COMMAND, userData);
    end();
  }

  private int begin(byte opcode) {
    int at = (rings.getInt(submissionTail) & submissionMask) * SQE;
    for (int i = 0; i < SQE; i += Long.BYTES) {
      commands.putLong(at + i, 0);
    }
    commands.put(at + SQE_OPCODE, opcode);
    return at;
  }

  private void end() {
    INT.setRelease(rings, submissionTail, rings.getInt(submissionTail) + 1);
  }

  /** How many that were added the kernel has not been given yet. */
  int pending() {
    return (int) INT.getAcquire(rings, submissionTail)
        - (int) INT.getAcquire(rings, submissionHead);
  }

  /** Gives what was added to the kernel, and waits for so many completions. */
  void enter(int least) throws FsException {
    // Where another thread gives the kernel some of them first, this returns at once.
    long done = system.calls().syscall(ENTER, descriptor, pending(), least, GETEVENTS, null);
    if (done < 0
        && system.errno() != EINTR
        && system.errno() != EAGAIN
        && system.errno() != EBUSY) {
      throw new FsException(Fault.IO_ERROR, "io_uring_enter failed, errno " + system.errno());
    }
  }

  boolean hasCompletion() {
    return rings.getInt(completionHead) != (int) INT.getAcquire(rings, completionTail);
  }

  long userData() {
    return rings.getLong(completion());
  }

  int result() {
    return rings.getInt(completion() + 8);
  }

  private int completion() {
    return completions + (rings.getInt(completionHead) & completionMask) * CQE;
  }

  void taken() {
    INT.setRelease(rings, completionHead, rings.getInt(completionHead) + 1);
  }

  @Override
  public void close() {
    unmap(rings);
    unmap(commands);
    system.calls().close(descriptor);
  }
}
