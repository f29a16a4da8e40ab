package org.razorfs.volume;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Transaction;

/** The references that files take to a new pack. */
final class PackReferences {
  private final List<Long> owners = new ArrayList<>();
  private long live;

  /** Adds an extent of so many bytes at an offset of a file. */
  void add(long inode, long offset, long length) {
    owners.add(inode);
    owners.add(offset);
    live += length;
  }

  boolean isEmpty() {
    return owners.isEmpty();
  }

  /** Lets a transaction have the pack with them. */
  void share(Transaction transaction, ExtentRecord.Chunk pack) {
    transaction.allocate(pack.address(), (int) Geometry.roundUp(pack.stored()));
    transaction.shareChunk(
        pack.address(),
        pack.stored(),
        owners.size() / 2,
        live,
        owners.stream().mapToLong(Long::longValue).toArray());
    transaction.totals(0, 0, pack.stored());
  }
}
