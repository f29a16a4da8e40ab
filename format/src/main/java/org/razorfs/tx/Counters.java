package org.razorfs.tx;

import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Superblock;

/**
 * The numbers that a volume gives out and never gives out again.
 *
 * @param inode the next inode number
 * @param string the next string id
 * @param generation the next inode generation
 */
public record Counters(AtomicLong inode, AtomicLong string, AtomicLong generation) {
  /** The counters as a superblock left them. */
  public static Counters of(Superblock superblock) {
    return new Counters(
        new AtomicLong(superblock.nextInode()),
        new AtomicLong(superblock.nextString()),
        new AtomicLong(superblock.nextGeneration()));
  }

  /** Moves past the numbers that a replayed mutation uses. */
  void replayed(Mutation mutation) {
    if (mutation instanceof Mutation.PutInode m && m.fresh()) {
      raise(inode, m.inode());
      raise(generation, m.value().generation());
    } else if (mutation instanceof Mutation.NameReference m) {
      raise(string, m.name());
    }
  }

  private static void raise(AtomicLong counter, long used) {
    counter.accumulateAndGet(used + 1, Math::max);
  }
}
