package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Keys;
import org.razorfs.layout.StringRecord;
import org.razorfs.tree.Tree;
import org.razorfs.tx.Changes.Change;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.SipHash;

/**
 * A frozen epoch's changes of the STRINGS tree: counts summed up, new names stored, unused gone.
 */
final class StringChanges {
  private final List<Change> changes = new ArrayList<>();
  private final List<Epoch.NameDelta> removed = new ArrayList<>();

  StringChanges(Epoch epoch, Tree strings, SipHash hash) throws IOException {
    List<Epoch.NameDelta> names = new ArrayList<>(epoch.names().values());
    names.sort(Comparator.comparingLong(name -> name.id));
    List<Change> index = new ArrayList<>();
    long hi = Keys.hi(0, Keys.STRING);
    for (Epoch.NameDelta name : names) {
      int change = name.change.get();
      byte[] stored = strings.get(hi, name.id);
      int before =
          stored == null
              ? 0
              : StringRecord.decode(new ByteSource(stored, 0, stored.length, "string", name.id))
                  .references();
      int after = before + change;
      if (after < 0) {
        throw new CorruptImageException(
            "string " + name.id, "at least " + -change + " references", "" + before);
      }
      if (after == before) {
        continue;
      }
      if (after == 0) {
        removed.add(name);
      }
      changes.add(
          new Change(
              hi,
              name.id,
              after == 0 ? null : new StringRecord(after, name.name.bytes()).toBytes()));
      if (before == 0 || after == 0) {
        index.add(
            new Change(
                Keys.hashHi(hash.hash(name.name.bytes())),
                name.id,
                after == 0 ? null : new byte[0]));
      }
    }
    index.sort((a, b) -> Keys.compare(a.hi(), a.lo(), b.hi(), b.lo()));
    changes.addAll(index);
  }

  Iterator<Change> iterator() {
    return changes.iterator();
  }

  /** The names that nothing uses any more. */
  List<Epoch.NameDelta> removed() {
    return removed;
  }
}
