package org.razorfs.layout;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.FsException;

/** Judges a superblock by itself: INV-SB-1 to INV-SB-14, INV-SB-17, INV-PTR-1, INV-TREE-1. */
public final class SuperblockCheck {
  /** Sizes and places that devices must be able to write at once are multiples of this. */
  private static final int BLOCK = 4096;

  private static final long MAX_LSN = 1L << 62;

  private static final int LABEL_AT = 32;
  private static final int STATE_AT = 128;
  private static final int SPARES_AT = 344 + TreeRoot.SIZE * TreeId.values().length;
  private static final int CRC_AT = Geometry.SUPERBLOCK - 4;

  private SuperblockCheck() {}

  /**
   * Judges the bytes of a copy: whether they are one, its values, and its reserved bytes.
   *
   * @param address where the copy was read
   * @param imageSize the bytes of the image
   */
  public static List<Violation> check(byte[] bytes, long address, long imageSize) {
    Findings findings = new Findings(location(address));
    Superblock superblock;
    try {
      superblock = Superblock.decode(bytes, address);
    } catch (FsException e) {
      boolean sealed =
          bytes.length >= Geometry.SUPERBLOCK
              && Superblock.hasMagic(bytes)
              && Superblock.isSealed(bytes);
      findings.expect(
          false, sealed ? Invariant.SB_2 : Invariant.SB_1, "a superblock", e.getMessage());
      return findings.list();
    }
    byte[] label = Arrays.copyOfRange(bytes, LABEL_AT, LABEL_AT + Superblock.LABEL_BYTES);
    findings.expect(
        isLabel(label), Invariant.SB_4, "UTF-8, then zeros", superblock.identity().label());
    findings.expect(
        (bytes[STATE_AT] & ~3) == 0 && isZero(bytes, STATE_AT + 1, STATE_AT + 4),
        Invariant.SB_14,
        "only state bits 0 and 1",
        "others");
    int sparesEnd = SPARES_AT + superblock.spares().size() * 16;
    boolean reserved =
        isZero(bytes, 10, 12)
            && isZero(bytes, 292, 304)
            && isZero(bytes, 332, 336)
            && isZero(bytes, 338, 344)
            && isZero(bytes, sparesEnd, CRC_AT);
    for (int at = 344; at < SPARES_AT; at += TreeRoot.SIZE) {
      reserved &= isZero(bytes, at + TreeRoot.SIZE - 4, at + TreeRoot.SIZE);
    }
    findings.expect(reserved, Invariant.SB_14, "zeros in reserved places", "other bytes");
    findings.addAll(check(superblock, imageSize));
    return findings.list();
  }

  /** Judges the values of a decoded copy. */
  public static List<Violation> check(Superblock superblock, long imageSize) {
    Findings findings = new Findings(location(superblock.address()));
    identity(findings, superblock.identity(), imageSize);
    if (!findings.isEmpty()) {
      return findings.list(); // nothing else can be judged without the geometry
    }
    Superblock.Identity identity = superblock.identity();
    long generation = superblock.generation();
    findings.expect(generation > 0, Invariant.SB_3, "a generation from 1", generation);
    findings.expect(
        superblock.address() == Superblock.slotAddress(generation)
            || superblock.address() == identity.backupAddress(),
        Invariant.SB_3,
        "generation " + generation + " at " + Superblock.slotAddress(generation),
        superblock.address());
    findings.expect(
        superblock.journalEpoch() > 0,
        Invariant.SB_8,
        "a journal epoch from 1",
        superblock.journalEpoch());
    long tail = superblock.journalTail();
    findings.expect(
        tail >= 0 && tail <= MAX_LSN && tail % JournalRecord.BATCH_ALIGNMENT == 0,
        Invariant.SB_8,
        "a journal tail that is a multiple of " + JournalRecord.BATCH_ALIGNMENT,
        tail);
    counters(findings, superblock);
    totals(findings, superblock);
    findings.expect(
        CodecIds.isPolicy(identity.codec(), identity.level()),
        Invariant.SB_13,
        "a codec and its level",
        identity.codec() + ":" + identity.level());
    VolumeBounds bounds = VolumeBounds.of(superblock);
    spares(findings, superblock.spares(), bounds);
    roots(findings, superblock, bounds);
    return findings.list();
  }

  private static void identity(Findings findings, Superblock.Identity identity, long imageSize) {
    findings.expect(
        Features.canRead(identity),
        Invariant.SB_17,
        "incompat bits within " + Long.toHexString(Features.KNOWN_INCOMPAT),
        Long.toHexString(identity.incompat()));
    int nodeSize = identity.nodeSize();
    findings.expect(
        nodeSize >= Geometry.MIN_NODE
            && nodeSize <= Geometry.MAX_NODE
            && Integer.bitCount(nodeSize) == 1,
        Invariant.SB_5,
        "a node size of a power of two from " + Geometry.MIN_NODE + " to " + Geometry.MAX_NODE,
        nodeSize);
    long size = identity.volumeSize();
    findings.range(
        Invariant.SB_6, "a volume size", Geometry.minVolume(nodeSize), Geometry.MAX_VOLUME, size);
    findings.expect(
        size % BLOCK == 0, Invariant.SB_6, "a volume size that is a multiple of " + BLOCK, size);
    findings.expect(size <= imageSize, Invariant.SB_6, "an image of " + size + " bytes", imageSize);
    long start = identity.journalStart();
    long length = identity.journalLength();
    findings.range(
        Invariant.SB_7, "a journal length", Geometry.MIN_JOURNAL, Geometry.MAX_JOURNAL, length);
    findings.expect(
        start >= Geometry.JOURNAL_START && start <= size - Geometry.SUPERBLOCK - length,
        Invariant.SB_7,
        "a journal between the superblocks",
        length + " bytes at " + start);
    findings.expect(
        start % BLOCK == 0 && length % BLOCK == 0,
        Invariant.SB_7,
        "a journal of whole blocks",
        length + " bytes at " + start);
  }

  private static void counters(Findings findings, Superblock superblock) {
    Invariant invariant = Invariant.SB_9;
    long most = Long.MAX_VALUE;
    findings.range(invariant, "a next transaction", 1, most, superblock.nextTransaction());
    findings.range(invariant, "a next sequence", 1, most, superblock.nextSequence());
    findings.range(invariant, "a next inode", 2, Geometry.MAX_OBJECT, superblock.nextInode());
    findings.range(invariant, "a next string", 1, Geometry.MAX_OBJECT, superblock.nextString());
    findings.range(invariant, "a next generation", 1, most, superblock.nextGeneration());
  }

  private static void totals(Findings findings, Superblock superblock) {
    Superblock.VolumeTotals totals = superblock.totals();
    long units = superblock.identity().volumeSize() / Geometry.UNIT;
    Invariant invariant = Invariant.SB_10;
    findings.range(invariant, "free units", 0, units, totals.freeUnits());
    findings.range(invariant, "reserved units", 0, units, totals.reservedUnits());
    findings.range(invariant, "inodes", 1, superblock.nextInode() - 1, totals.inodes());
    findings.range(invariant, "logical bytes", 0, Long.MAX_VALUE, totals.logicalBytes());
    findings.range(invariant, "stored bytes", 0, units * Geometry.UNIT, totals.storedBytes());
  }

  private static void spares(Findings findings, List<Run> spares, VolumeBounds bounds) {
    List<Run> sorted = new ArrayList<>(spares);
    sorted.sort(Comparator.comparingLong(Run::address));
    Run last = null;
    for (Run run : sorted) {
      findings.expect(
          bounds.holds(run.address(), run.length()), Invariant.SB_11, bounds.area(), run);
      findings.expect(
          last == null || last.end() <= run.address(),
          Invariant.SB_11,
          "spare runs that do not overlap",
          last + " and " + run);
      last = run;
    }
  }

  private static void roots(Findings findings, Superblock superblock, VolumeBounds bounds) {
    List<Run> nodes = new ArrayList<>(superblock.spares());
    for (Map.Entry<TreeId, TreeRoot> entry : superblock.roots().entrySet()) {
      TreeRoot root = entry.getValue();
      PointerCheck.root(findings, entry.getKey(), root, bounds);
      if (!root.isEmpty()) {
        nodes.add(new Run(root.pointer().address(), root.pointer().length()));
      }
    }
    for (TreeId tree : List.of(TreeId.INODES, TreeId.FREE)) {
      findings.expect(
          !superblock.roots().get(tree).isEmpty(), Invariant.SB_12, "a root of " + tree, "none");
    }
    nodes.sort(Comparator.comparingLong(Run::address));
    for (int i = 1; i < nodes.size(); i++) {
      findings.expect(
          nodes.get(i - 1).end() <= nodes.get(i).address(),
          Invariant.SB_12,
          "roots and spare runs that do not overlap",
          nodes.get(i - 1) + " and " + nodes.get(i));
    }
  }

  private static boolean isLabel(byte[] padded) {
    int end = 0;
    while (end < padded.length && padded[end] != 0) {
      end++;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(padded, 0, end));
    } catch (CharacterCodingException e) {
      return false;
    }
    return isZero(padded, end, padded.length);
  }

  static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static String location(long address) {
    return "superblock at " + address;
  }
}
