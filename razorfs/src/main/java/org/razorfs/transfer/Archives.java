package org.razorfs.transfer;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/**
 * Archives as they lie on a disk: compressed or not, which their first bytes or their names tell.
 */
public final class Archives {
  private static final int BUFFER = 1 << 16;
  private static final int MAGIC = 6;

  private Archives() {}

  /** Never says that nothing is there, which the JDK takes for the end between two gzip members. */
  private static final class Unhurried extends FilterInputStream {
    Unhurried(InputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      return Math.max(1, super.available());
    }
  }

  /**
   * Undoes the compression of an archive: gzip, zstd or bzip2.
   *
   * @throws IOException also where it is compressed in a way that nobody here knows
   */
  public static InputStream decompressed(InputStream archive) throws IOException {
    BufferedInputStream in = new BufferedInputStream(archive, BUFFER);
    in.mark(MAGIC);
    byte[] magic = in.readNBytes(MAGIC);
    in.reset();
    if (starts(magic, 0x1f, 0x8b)) {
      return new GZIPInputStream(new Unhurried(in), BUFFER);
    }
    if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
      return new ZstdInputStream(in);
    }
    if (starts(magic, 'B', 'Z', 'h')) {
      return new BZip2CompressorInputStream(in, true);
    }
    if (starts(magic, 0xfd, '7', 'z', 'X', 'Z')) {
      throw new IOException("is compressed with xz; use: xz -dc ARCHIVE | razorfs import IMAGE -");
    }
    return in;
  }

  private static boolean starts(byte[] bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Compresses an archive if its name says so.
   *
   * @param name such as {@code tree.tar}, {@code tree.tar.gz} or {@code tree.tar.zst}
   */
  public static OutputStream compressed(OutputStream archive, String name) throws IOException {
    if (name.endsWith(".gz") || name.endsWith(".tgz")) {
      return new GZIPOutputStream(archive, BUFFER);
    }
    if (name.endsWith(".zst") || name.endsWith(".tzst")) {
      ZstdOutputStream out = new ZstdOutputStream(archive);
      out.setChecksum(true);
      return out;
    }
    return archive;
  }
}
