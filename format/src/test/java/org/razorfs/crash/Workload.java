package org.razorfs.crash;

import java.util.List;
import org.razorfs.model.posix.Op;

/**
 * A history to crash in.
 *
 * @param name by which it is found again
 * @param image what it starts from
 * @param prelude operations that are durable before the log begins
 * @param operations what is recorded
 */
public record Workload(String name, TestImage image, List<Op> prelude, List<Op> operations) {
  Workload(String name, TestImage image, List<Op> operations) {
    this(name, image, List.of(), operations);
  }

  Workload withOperations(List<Op> other) {
    return new Workload(name, image, prelude, other);
  }
}
