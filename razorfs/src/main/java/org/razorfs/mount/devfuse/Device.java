package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The kernel's side of a mount, from which requests come and to which replies go. */
interface Device {
  /** A way to it for one thread, with buffers of its own. */
  Port open() throws IOException;

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
     * Waits until there is something to receive.
     *
     * @param milliseconds how long at most; -1 for ever
     * @return false when there was nothing in that time
     */
    boolean await(int milliseconds) throws IOException;

    /** Sends a reply or a notice, bytes of {@link #replies()} from position to limit. */
    void send(ByteBuffer reply) throws IOException;

    @Override
    void close();
  }
}
