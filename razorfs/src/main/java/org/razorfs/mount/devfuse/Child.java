package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * A program of the host that gets a descriptor of this process, for which Java's own processes have
 * no way. What it says on standard error is kept.
 */
final class Child implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int STDERR = 2;
  private static final int ENOENT = 2;
  private static final int EINTR = 4;

  /** More than posix_spawn_file_actions_t takes in any C library. */
  private static final int ACTIONS = 512;

  private static final int MOST_SAID = 4096;

  private final Syscalls system;
  private final int pid;
  private final int socket;
  private final int errors;

  private Child(Syscalls system, int pid, int socket, int errors) {
    this.system = system;
    this.pid = pid;
    this.socket = socket;
    this.errors = errors;
  }

  /**
   * Starts a program.
   *
   * @param environment of the program; the variable {@code descriptorName} is added, the number of
   *     its end of a socket
   * @return null when there is no such program
   */
  static Child start(
      Syscalls system, List<String> command, Map<String, String> environment, String descriptorName)
      throws IOException {
    int[] comm = pair(system);
    int[] errors = pair(system);
    int[] pid = new int[1];
    ByteBuffer actions = system.allocate(ACTIONS);
    List<String> variables = new ArrayList<>();
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    variables.add(descriptorName + "=" + comm[1]);
    ByteBuffer arguments = strings(system, command);
    ByteBuffer surroundings = strings(system, variables);
    int errno;
    try {
      long at = Syscalls.address(actions);
      system.calls().posix_spawn_file_actions_init(at);
      // Onto itself: it then stays open in the program.
      system.calls().posix_spawn_file_actions_adddup2(at, comm[1], comm[1]);
      system.calls().posix_spawn_file_actions_adddup2(at, errors[1], STDERR);
      errno =
          system
              .calls()
              .posix_spawnp(
                  pid,
                  Syscalls.string(command.get(0)),
                  at,
                  0,
                  Syscalls.address(arguments),
                  Syscalls.address(surroundings));
      system.calls().posix_spawn_file_actions_destroy(at);
    } finally {
      system.free(actions);
      system.free(arguments);
      system.free(surroundings);
      system.calls().close(comm[1]);
      system.calls().close(errors[1]);
    }
    if (errno == 0) {
      return new Child(system, pid[0], comm[0], errors[0]);
    }
    system.calls().close(comm[0]);
    system.calls().close(errors[0]);
    if (errno == ENOENT) {
      return null;
    }
    throw new FsException(Fault.IO_ERROR, command.get(0) + ": cannot be run, errno " + errno);
  }

  private static int[] pair(Syscalls system) throws FsException {
    int[] pair = new int[2];
    if (system.calls().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
      throw new FsException(Fault.IO_ERROR, "socketpair failed, errno " + system.errno());
    }
    return pair;
  }

  /** An array of strings as C has it: pointers, a null pointer, and behind them the bytes. */
  private static ByteBuffer strings(Syscalls system, List<String> strings) {
    List<byte[]> all = strings.stream().map(Syscalls::string).toList();
    int pointers = (all.size() + 1) * Long.BYTES;
    ByteBuffer memory =
        system.allocate(pointers + all.stream().mapToInt(string -> string.length).sum());
    long start = Syscalls.address(memory);
    int at = pointers;
    for (byte[] string : all) {
      memory.putLong(start + at);
      memory.put(at, string);
      at += string.length;
    }
    memory.putLong(0);
    return memory;
  }

  /** This process's end of the socket. */
  int socket() {
    return socket;
  }

  /** Waits until the program has ended, and returns what it said on standard error. */
  String awaitEnd() {
    StringBuilder said = new StringBuilder();
    ByteBuffer buffer = system.allocate(MOST_SAID);
    try {
      while (true) {
        long length = system.calls().read(errors, Syscalls.address(buffer), MOST_SAID);
        if (length > 0) {
          byte[] bytes = new byte[(int) length];
          buffer.get(0, bytes);
          said.append(new String(bytes, StandardCharsets.UTF_8));
        } else if (length == 0 || system.errno() != EINTR) {
          break;
        }
      }
    } finally {
      system.free(buffer);
    }
    int[] status = new int[1];
    while (system.calls().waitpid(pid, status, 0) < 0 && system.errno() == EINTR) {
      // again
    }
    return said.toString().strip();
  }

  @Override
  public void close() {
    system.calls().close(socket);
    system.calls().close(errors);
  }
}
