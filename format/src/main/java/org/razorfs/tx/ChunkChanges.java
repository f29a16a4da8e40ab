package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Run;
import org.razorfs.tree.Tree;
import org.razorfs.tx.Changes.Change;
import org.razorfs.wire.ByteSource;

/** A frozen epoch's changes of the CHUNKS tree, and the space of chunks that nobody refers to. */
final class ChunkChanges {
  /** A full chunk with no more bytes in use than this is worth a look. */
  private static final int DWINDLED = Geometry.MAX_CHUNK / 2;

  private final List<Change> changes = new ArrayList<>();
  private final List<Run> freed = new ArrayList<>();
  private final List<Long> dwindled = new ArrayList<>();
  private long freedStored;

  ChunkChanges(Epoch epoch, Tree chunks) throws IOException {
    long hi = Keys.hi(0, Keys.CHUNK);
    for (Map.Entry<Long, ChunkRecord> entry : new TreeMap<>(epoch.chunks()).entrySet()) {
      long address = entry.getKey();
      ChunkRecord change = entry.getValue();
      byte[] stored = chunks.get(hi, address);
      ChunkRecord after =
          stored == null
              ? change
              : ChunkRecord.decode(new ByteSource(stored, 0, stored.length, "chunk", address))
                  .plus(change);
      if (after.references() < 0 || after.live() < 0) {
        throw new CorruptImageException(
            "chunk " + address, "counts that are not negative", after.toString());
      }
      if (after.references() > 0) {
        changes.add(new Change(hi, address, after.toBytes()));
        // What is new may have lost something too, before this checkpoint.
        boolean mayHaveLost = stored == null || change.live() < 0;
        if (mayHaveLost && after.owners().length > 0 && after.live() <= DWINDLED) {
          dwindled.add(address);
        }
        continue;
      }
      changes.add(new Change(hi, address, null));
      freed.add(new Run(address, Geometry.roundUp(after.stored())));
      freedStored += after.stored();
    }
  }

  Iterator<Change> iterator() {
    return changes.iterator();
  }

  List<Run> freed() {
    return freed;
  }

  /** The addresses of packs that may have lost some of their content, and have little. */
  List<Long> dwindled() {
    return dwindled;
  }

  /** The stored bytes of the freed chunks. */
  long freedStored() {
    return freedStored;
  }
}
