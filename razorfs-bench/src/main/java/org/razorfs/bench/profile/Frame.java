package org.razorfs.bench.profile;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A node of a flame graph: a method under its callers, and the weight of all stacks through it. */
public final class Frame {
  private final String name;
  private final Map<String, Frame> callees = new LinkedHashMap<>();
  private long weight;

  /** The root of a graph. */
  public Frame(String name) {
    this.name = name;
  }

  /**
   * Adds a stack.
   *
   * @param stack names, the outermost caller first
   * @param value its weight
   */
  public void add(List<String> stack, long value) {
    weight += value;
    Frame frame = this;
    for (String callee : stack) {
      frame = frame.callees.computeIfAbsent(callee, Frame::new);
      frame.weight += value;
    }
  }

  /** The method. */
  public String name() {
    return name;
  }

  /** The weight of all stacks through here. */
  public long weight() {
    return weight;
  }

  /** The weight of the stacks that end here. */
  public long self() {
    return weight - callees.values().stream().mapToLong(Frame::weight).sum();
  }

  /** What it calls, by name, so that the same recording gives the same picture. */
  public List<Frame> callees() {
    return callees.values().stream().sorted(Comparator.comparing(Frame::name)).toList();
  }

  /** The greatest number of frames above each other, the root not counted. */
  public int depth() {
    int depth = 0;
    for (Frame callee : callees.values()) {
      depth = Math.max(depth, 1 + callee.depth());
    }
    return depth;
  }
}
