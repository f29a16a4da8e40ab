package org.razorfs.check;

import java.io.IOException;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.device.BlockDevice;
import org.razorfs.journal.JournalScan;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.VolumeBounds;

/**
 * Checks a whole image against spec §9: the engine behind razorfsck. Judged is the last checkpoint,
 * which is consistent in every state that a crash can leave; where the journal holds transactions,
 * so is what a mount would make of both.
 *
 * <p>All damage becomes findings, also where the device fails; nothing in an image makes a check
 * throw, recurse or take memory out of proportion. It needs 9 bytes for each inode and 17 more for
 * a directory, 17 for each distinct name, 37 for each chunk that several files share, and 1 KiB for
 * each 4 MiB of the volume that are neither full nor empty: for a million files about 20 MB.
 * Besides these, the cache of nodes, and what a mount would take to replay the journal.
 */
public final class Checker implements AutoCloseable {
  private final ChunkVerifier verifier = new ChunkVerifier();

  /** A checker that can check many images, one at a time. */
  public Checker() {}

  /** Checks one image, which may be open for reading only and must not change meanwhile. */
  public static CheckReport check(
      BlockDevice device, CheckOptions options, CheckListener listener) {
    try (Checker checker = new Checker()) {
      return checker.run(device, options, listener);
    }
  }

  /** As {@link #check}, with buffers kept for the next image. */
  public CheckReport run(BlockDevice device, CheckOptions options, CheckListener listener) {
    Reporter reporter = new Reporter(options.maxFindings());
    Superblock superblock = new SuperblockPass(device, listener, reporter).run();
    CheckReport.Totals totals = CheckReport.Totals.NONE;
    if (superblock != null) {
      NodeCache cache = new NodeCache(cacheBytes(device, options));
      NodeStore store = new NodeStore(device, superblock.identity().uuid(), cache);
      VolumeBounds bounds = VolumeBounds.of(superblock);
      Subject subject = new Subject(device, superblock, bounds, store, options, listener, reporter);
      try {
        totals = passes(subject);
      } catch (IOException e) {
        reporter.add(e, Invariant.NODE_5, "image");
      }
    }
    return new CheckReport(
        reporter.findings(),
        reporter.counts(),
        superblock == null ? 0 : superblock.generation(),
        superblock != null && superblock.errors(),
        totals);
  }

  private CheckReport.Totals passes(Subject subject) throws IOException {
    JournalScan scan = new JournalPass(subject).run();
    UnitMap units = new UnitMap(subject.superblock().identity().volumeSize());
    SpacePass.markReserved(subject, units);

    NodePass nodes = new NodePass(subject, units);
    StringPass strings = new StringPass(subject);
    nodes.walk(TreeId.STRINGS, strings);
    ChunkPass chunks = new ChunkPass(subject, units);
    nodes.walk(TreeId.CHUNKS, chunks);
    nodes.walk(TreeId.FREE, ItemVisitor.NONE);
    InodePass inodes = new InodePass(subject, units, strings.strings(), chunks.chunks());
    nodes.walk(TreeId.INODES, inodes);

    new DirectoryPass(subject, inodes.inodes(), strings.strings()).run();
    strings.run(inodes.inodes().isWhole());

    boolean complete = nodes.isWhole() && inodes.inodes().isWhole() && chunks.chunks().isWhole();
    SpacePass space = new SpacePass(subject, units, complete);
    space.run();
    if (complete) {
      space.counts(inodes, chunks);
    }
    long verified = 0;
    if (subject.options().verifyData()) {
      verified = new DataPass(subject, chunks.chunks(), verifier).run();
    }
    long used = units.marked();
    long transactions = scan == null ? 0 : scan.transactions();
    if (transactions > 0 && !subject.reporter().isDamaged()) {
      new ReplayPass(subject, verifier, units).run(scan);
    }
    InodePass.Sums sums = inodes.sums();
    return new CheckReport.Totals(
        nodes.nodes(),
        inodes.inodes().size(),
        inodes.inodes().directories(),
        sums.symlinks(),
        inodes.inodes().orphans().size(),
        sums.entries(),
        sums.extents(),
        sums.chunks() + chunks.chunks().size(),
        chunks.chunks().size(),
        strings.strings().size(),
        sums.logicalBytes(),
        sums.storedBytes() + chunks.stored(),
        used,
        verified,
        transactions);
  }

  /** A small image needs no large table of cached nodes. */
  private static long cacheBytes(BlockDevice device, CheckOptions options) {
    return Math.min(options.cacheBytes(), Math.max(1 << 20, device.size() / 4));
  }

  @Override
  public void close() {
    verifier.close();
  }
}
