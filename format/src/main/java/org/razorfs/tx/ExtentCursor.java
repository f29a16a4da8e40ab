package org.razorfs.tx;

import java.io.IOException;
import java.util.concurrent.ConcurrentNavigableMap;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Keys;
import org.razorfs.wire.ByteSource;

/** The extents of one inode in the order of their offsets. */
final class ExtentCursor extends Layers<ExtentRecord> {
  ExtentCursor(View view, long inode) {
    super(
        extents(view.active(), inode),
        extents(view.frozen(), inode),
        view,
        Keys.hi(inode, Keys.EXTENT),
        InodeDelta.NO_EXTENT);
  }

  @Override
  ExtentRecord decode(long offset, ByteSource source) throws IOException {
    ExtentRecord extent = ExtentRecord.decode(source);
    if (!extent.isLegalAt(offset)) {
      throw new CorruptImageException(
          source.location(),
          "an extent that ends below 2^63",
          Long.toUnsignedString(offset) + "+" + extent.length()); // INV-EXT-6
    }
    return extent;
  }

  private static ConcurrentNavigableMap<Long, ExtentRecord> extents(Epoch epoch, long inode) {
    InodeDelta delta = epoch == null ? null : epoch.inode(inode);
    return delta == null ? null : delta.extents();
  }
}
