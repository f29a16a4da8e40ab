package org.razorfs.check;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Node;
import org.razorfs.tree.KeyRange;

/** Takes the items of one tree in the order of their keys, while pass 3 walks through it. */
interface ItemVisitor {
  /** Wants no items. */
  ItemVisitor NONE =
      new ItemVisitor() {
        @Override
        public void item(Node leaf, int index, boolean sound) {}

        @Override
        public void lost(KeyRange keys) {}

        @Override
        public void end() {}
      };

  /**
   * An item.
   *
   * @param sound whether it keeps all rules without which its content has no meaning; those that it
   *     breaks have been reported
   */
  void item(Node leaf, int index, boolean sound) throws CorruptImageException;

  /** Items with these keys, if there were any, cannot be read; that has been reported. */
  void lost(KeyRange keys);

  /** There are no more items. */
  void end();
}
