package org.razorfs.layout;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.CorruptImageException;

/** Collects the violations of one structure while a check goes through its rules. */
final class Findings {
  private final String location;
  private final List<Violation> list = new ArrayList<>();

  Findings(String location) {
    this.location = location;
  }

  /** Notes a violation unless the rule holds. */
  void expect(boolean holds, Invariant invariant, String expected, Object actual) {
    if (!holds) {
      list.add(new Violation(invariant, location, expected, String.valueOf(actual)));
    }
  }

  /** Notes a violation unless {@code low <= actual <= high}, signed. */
  void range(Invariant invariant, String what, long low, long high, long actual) {
    expect(
        actual >= low && actual <= high, invariant, what + " from " + low + " to " + high, actual);
  }

  /** Notes what a decoder refused. */
  void decoding(Invariant invariant, CorruptImageException refused) {
    list.add(new Violation(invariant, location, refused.expected(), refused.actual()));
  }

  void addAll(List<Violation> more) {
    list.addAll(more);
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  List<Violation> list() {
    return list;
  }
}
