package org.razorfs.mount.devfuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.razorfs.mount.devfuse.wire.Init;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/**
 * The memory of one request at a time that comes through a ring, and of its reply.
 *
 * <p>The kernel puts a request's header, its first argument and the rest (the payload) into three
 * places, and takes the reply's header and payload from two of them. Here it is put together as it
 * would have come from the device: a short one elsewhere, so that the reply can be written where
 * the kernel takes it, a long one in front of its payload, whose reply is short.
 */
final class UringEntry {
  // struct fuse_uring_req_header: 128 bytes for a header, 128 for an argument, and
  // struct fuse_uring_ent_in_out.
  private static final int HEADERS = 288;
  private static final int OPERATION = 128;
  private static final int COMMIT = 256 + 8;
  private static final int PAYLOAD_SIZE = 256 + 16;

  /** Where the payload is. */
  private static final int FRONT = 4096;

  /** The longest payload that is moved. */
  private static final int SMALL = 16384;

  /** Room for such a request, or for the reply to a longer one. */
  private static final int ASIDE = 32768;

  private final ByteBuffer memory;
  private final ByteBuffer aside;
  private final ByteBuffer iovec;
  private final Request inPlace;
  private final Request copied;
  private final Reply direct;
  private final Reply indirect;
  private boolean small;

  UringEntry(Syscalls system) {
    memory = system.allocate(2 * FRONT + Init.MAX_DATA);
    aside = system.allocate(ASIDE);
    iovec = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder());
    long start = Syscalls.address(memory);
    iovec.putLong(start).putLong(HEADERS).putLong(start + FRONT).putLong(Init.MAX_DATA);
    inPlace = new Request(memory);
    copied = new Request(aside);
    direct = new Reply(memory.slice(FRONT - Reply.HEADER, Init.MAX_DATA + Reply.HEADER));
    indirect = new Reply(aside);
  }

  /** The address of two struct iovec, for the headers and for the payload. */
  long iovec() {
    return Syscalls.address(iovec);
  }

  /** By which the kernel recognises what is answered. */
  long commit() {
    return memory.getLong(COMMIT);
  }

  /** The request that has come, to be asked for once. */
  Request request() {
    int length = memory.getInt(0);
    int payload = memory.getInt(PAYLOAD_SIZE);
    int arguments = length - Request.HEADER - payload;
    if (arguments < 0 || arguments > OPERATION) {
      throw new IllegalStateException("length " + length + ", payload " + payload);
    }
    small = payload <= SMALL;
    if (small) {
      aside.put(0, memory, 0, Request.HEADER);
      aside.put(Request.HEADER, memory, OPERATION, arguments);
      aside.put(Request.HEADER + arguments, memory, FRONT, payload);
      copied.received(0, length);
      return copied;
    }
    int at = FRONT - arguments - Request.HEADER;
    memory.put(at, memory, 0, Request.HEADER);
    memory.put(at + Request.HEADER, memory, OPERATION, arguments);
    inPlace.received(at, length);
    return inPlace;
  }

  /** The reply to it. */
  Reply reply() {
    return small ? direct : indirect;
  }

  /** Takes a reply to be committed. */
  void answer(ByteBuffer reply) {
    int at = reply.position();
    int length = reply.remaining() - Reply.HEADER;
    memory.put(0, reply, at, Reply.HEADER);
    if (Syscalls.address(reply) + at != Syscalls.address(memory) + FRONT - Reply.HEADER) {
      memory.put(FRONT, reply, at + Reply.HEADER, length);
    }
    memory.putInt(PAYLOAD_SIZE, length);
  }

  /** Bytes of the request, as it would have come from the device. */
  int length() {
    return memory.getInt(0);
  }

  void free(Syscalls system) {
    system.free(memory);
    system.free(aside);
  }
}
