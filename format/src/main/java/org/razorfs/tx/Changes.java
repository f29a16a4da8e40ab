package org.razorfs.tx;

import java.io.IOException;
import java.util.Iterator;
import org.razorfs.tree.ChangeSource;

/** A {@link ChangeSource} over an iterator of changes that ascend by key. */
final class Changes implements ChangeSource {
  private final Iterator<Change> iterator;
  private Change change;

  /**
   * One change of one tree item.
   *
   * @param value the new value, or null to remove the item
   */
  record Change(long hi, long lo, byte[] value) {}

  Changes(Iterator<Change> iterator) {
    this.iterator = iterator;
  }

  @Override
  public boolean next() throws IOException {
    if (!iterator.hasNext()) {
      return false;
    }
    change = iterator.next();
    return true;
  }

  @Override
  public long hi() {
    return change.hi();
  }

  @Override
  public long lo() {
    return change.lo();
  }

  @Override
  public boolean isDelete() {
    return change.value() == null;
  }

  @Override
  public byte[] array() {
    return change.value();
  }

  @Override
  public int from() {
    return 0;
  }

  @Override
  public int length() {
    return change.value().length;
  }
}
