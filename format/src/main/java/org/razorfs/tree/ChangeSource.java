package org.razorfs.tree;

import java.io.IOException;

/**
 * The changes of one merge in strictly ascending order of their keys, each asked for once, one at a
 * time, as a cursor over whatever holds them. What the methods below {@link #next} return need only
 * hold until the next call of it, so that arrays may be used again.
 *
 * <p>A merge looks exactly one change ahead: when it asks for the next change it has taken over all
 * earlier ones.
 */
public interface ChangeSource {
  /** Moves to the first, then to the following change; false when there is none. */
  boolean next() throws IOException;

  /** The first word of the change's key. */
  long hi();

  /** The second word of the change's key. */
  long lo();

  /** Whether the item is to go, which it need not exist for; otherwise it gets the value below. */
  boolean isDelete();

  /** The array that holds the item's new value. */
  byte[] array();

  /** Where in {@link #array()} the value starts. */
  int from();

  /**
   * The bytes of the value, up to {@link org.razorfs.layout.Geometry#maxValue} of the node size.
   */
  int length();
}
