package org.razorfs.bench.workload;

import java.util.ArrayList;
import java.util.List;

/** Lists of words. */
final class Lists {
  private Lists() {}

  /** The list with more at its end. */
  static List<String> with(List<String> words, String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all;
  }
}
