package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The kernel's side of a mount, from which requests come and to which replies go. */
interface Device {
  /** A way to it for one thread, with buffers of its own. */
  Port open() throws IOException;

  /**
   * Sends a notice, which belongs to no request. It may have to wait for answers to requests.
   *
   * @param notice direct, from position to limit
   */
  void send(ByteBuffer notice) throws IOException;

  /** Lets whoever waits at a port go on, and nobody wait any more: the end. */
  void wake();

  /** One thread's way to the kernel. */
  interface Port extends AutoCloseable {
    /** Instead of a length: the mount has ended. */
    int ENDED = -1;

    /** Instead of a length: there is no request at the moment. */
    int NOTHING = 0;

    /** Where requests are put. */
    ByteBuffer requests();

    /** From where replies are taken. */
    ByteBuffer replies();

    /** Takes the next request, if there is one: its length, {@link #NOTHING} or {@link #ENDED}. */
    int receive() throws IOException;

    /**
     * Waits until there is something to receive, or {@link Device#wake} was called.
     *
     * @param milliseconds how long at most; -1 for ever
     * @return false when there was neither in that time
     */
    boolean await(int milliseconds) throws IOException;

    /**
     * Sends a notice or the reply to a request that was received here, which no other port can do;
     * any thread may.
     *
     * @param reply direct, from position to limit; {@link #replies()} or a thread's own
     */
    void send(ByteBuffer reply) throws IOException;

    @Override
    void close();
  }
}
