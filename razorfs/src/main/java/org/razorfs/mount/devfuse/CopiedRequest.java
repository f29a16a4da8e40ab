package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/**
 * A request that was copied for somebody else to answer, as its port receives the next in its
 * place.
 *
 * @param request the copy
 * @param answers where its reply goes
 */
record CopiedRequest(Request request, Device.Answers answers) implements Device.Detached {
  /**
   * Bytes of the largest request or reply: the data of an ioctl(2) command, and what tells of it.
   */
  static final int MOST_BYTES = (1 << 14) + 256;

  /**
   * Copies a request.
   *
   * @param length of it
   * @return null if it is too long
   */
  static CopiedRequest of(Request request, int length, Device.Answers answers) {
    if (length > MOST_BYTES) {
      return null;
    }
    Request copy = new Request(ByteBuffer.wrap(request.message(length)));
    copy.received(length);
    return new CopiedRequest(copy, answers);
  }

  @Override
  public Reply reply(Reply own) {
    return own;
  }

  @Override
  public void send(ByteBuffer reply) throws IOException {
    answers.send(reply);
  }

  @Override
  public void sendNotice(ByteBuffer notice) throws IOException {
    answers.sendNotice(notice);
  }
}
