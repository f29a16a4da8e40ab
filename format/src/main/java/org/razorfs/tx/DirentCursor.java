package org.razorfs.tx;

import java.io.IOException;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.Keys;
import org.razorfs.wire.ByteSource;

/** The entries of one directory in the order of their string ids. */
final class DirentCursor extends Layers<DirentRecord> {
  DirentCursor(View view, long directory) {
    super(
        dirents(view.active(), directory),
        dirents(view.frozen(), directory),
        view,
        Keys.hi(directory, Keys.DIRENT),
        InodeDelta.NO_DIRENT);
  }

  @Override
  DirentRecord decode(long name, ByteSource source) throws IOException {
    return DirentRecord.decode(source);
  }

  private static java.util.concurrent.ConcurrentNavigableMap<Long, DirentRecord> dirents(
      Epoch epoch, long directory) {
    InodeDelta delta = epoch == null ? null : epoch.inode(directory);
    return delta == null ? null : delta.dirents();
  }
}
