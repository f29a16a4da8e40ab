package org.razorfs.tree;

import org.razorfs.layout.Keys;

/**
 * Keys that a node may have, by its place in the tree.
 *
 * @param hi of the first key
 * @param lo of the first key
 * @param bounded whether there is an upper bound
 * @param upperHi of the first key beyond
 * @param upperLo of the first key beyond
 */
public record KeyRange(long hi, long lo, boolean bounded, long upperHi, long upperLo) {
  /** Every key. */
  public static final KeyRange ALL = new KeyRange(0, 0, false, 0, 0);

  /** As messages show it. */
  @Override
  public String toString() {
    String upper = bounded ? Keys.toString(upperHi, upperLo) : "the end";
    return Keys.toString(hi, lo) + " up to " + upper;
  }
}
