package org.razorfs.check;

import java.util.List;
import java.util.Map;

/**
 * What a check found.
 *
 * @param findings what is wrong, in the order in which it was met, up to a number of each problem
 * @param counts how often each problem was met, with those that were not kept; none with zero
 * @param generation of the superblock that was checked, 0 where there is none
 * @param errors whether the superblock says that damage was met before; nothing wrong by itself
 * @param totals what was counted on the way
 */
public record CheckReport(
    List<Finding> findings,
    Map<Problem, Long> counts,
    long generation,
    boolean errors,
    Totals totals) {
  public CheckReport {
    findings = List.copyOf(findings);
    counts = Map.copyOf(counts);
  }

  /**
   * What was seen of the volume, as of its last checkpoint where nothing else is said.
   *
   * @param nodes sound tree nodes
   * @param inodes all inodes
   * @param directories those that are directories
   * @param symlinks those that are symbolic links
   * @param orphans those on the orphan list
   * @param entries names in directories
   * @param extents extents of all kinds
   * @param chunks chunks of file data
   * @param sharedChunks those that the CHUNKS tree has
   * @param strings distinct names
   * @param logicalBytes file data before compression
   * @param storedBytes file data as stored
   * @param usedUnits units of 512 bytes in which something lies
   * @param verifiedBytes stored bytes of the chunks whose content was verified
   * @param transactions transactions in the journal that count
   */
  public record Totals(
      long nodes,
      long inodes,
      long directories,
      long symlinks,
      long orphans,
      long entries,
      long extents,
      long chunks,
      long sharedChunks,
      long strings,
      long logicalBytes,
      long storedBytes,
      long usedUnits,
      long verifiedBytes,
      long transactions) {
    /** Where there is no volume to count anything of. */
    static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Whether nothing at all is wrong. */
  public boolean isClean() {
    return counts.isEmpty();
  }

  /** How many things are wrong, those included that were only counted. */
  public long problems() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Whether something is wrong that readers refuse, and not only counts that are off. */
  public boolean isDamaged() {
    return counts.keySet().stream().anyMatch(p -> p.severity() == Problem.Severity.DAMAGE);
  }
}
