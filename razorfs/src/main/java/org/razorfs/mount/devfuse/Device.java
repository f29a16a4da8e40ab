package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/** The kernel's side of a mount, from which requests come and to which replies go. */
interface Device {
  /** A way to it for one thread. */
  Port open() throws IOException;

  /**
   * Sends a notice, which belongs to no request. It may have to wait for answers to requests.
   *
   * @param notice direct, from position to limit
   */
  void send(ByteBuffer notice) throws IOException;

  /** Lets whoever waits at a port go on, and nobody wait any more: the end. */
  void wake();

  /**
   * Lets the calling thread, which has no port, run anywhere. One that has may be kept on a
   * processor, and whom it starts with it.
   */
  default void letRoam() {}

  /** Where the reply to one request goes. */
  interface Answers {
    /**
     * Sends the reply; any thread may.
     *
     * @param reply direct, from position to limit
     */
    void send(ByteBuffer reply) throws IOException;

    /**
     * Sends a notice, which nobody has asked for.
     *
     * @param notice direct, from position to limit
     */
    void sendNotice(ByteBuffer notice) throws IOException;
  }

  /** A request that somebody else than its port's thread answers. */
  interface Detached extends Answers {
    /** The request, until it is answered. */
    Request request();

    /**
     * The reply to it.
     *
     * @param own the caller's, with room for {@link CopiedRequest#MOST_BYTES}, which may be used
     */
    Reply reply(Reply own);
  }

  /**
   * One thread's way to the kernel. What is sent here may be on its way only when the thread waits,
   * or receives again, or flushes.
   */
  interface Port extends Answers, AutoCloseable {
    /** Instead of a length: the mount has ended. */
    int ENDED = -1;

    /** Instead of a length: there is no request at the moment. */
    int NOTHING = 0;

    /** Takes the next request, if there is one: its length, {@link #NOTHING} or {@link #ENDED}. */
    int receive() throws IOException;

    /** What was received last, to be answered before more is received; null if it is no request. */
    Request request();

    /** The reply to it, in the memory from which it is sent. */
    Reply reply();

    /**
     * What was received last, for another thread to answer while this goes on receiving.
     *
     * @param length of it
     * @return null if it is too long for that
     */
    Detached detach(int length);

    /** Sees to it that nothing that was sent waits here. */
    void flush() throws IOException;

    /**
     * Waits until there is something to receive, or {@link Device#wake} was called.
     *
     * @param milliseconds how long at most; -1 for ever
     * @return false when there was neither in that time
     */
    boolean await(int milliseconds) throws IOException;

    @Override
    void close();
  }
}
