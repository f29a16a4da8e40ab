package org.razorfs.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the data of a file piece by piece; what is left out is a hole. */
@FunctionalInterface
interface DataSink {
  /**
   * @param offset where in the file, bytes
   * @param data from position to limit, to be taken whole
   */
  void write(long offset, ByteBuffer data) throws IOException;
}
