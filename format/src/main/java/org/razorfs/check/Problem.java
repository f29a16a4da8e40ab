package org.razorfs.check;

import java.util.Locale;
import org.razorfs.layout.Invariant;

/**
 * Everything that a check can find, each with a code that never changes: the rules of spec §9 by
 * their ids, and what is wrong with an image beyond them.
 */
public enum Problem {
  NOT_A_VOLUME(Severity.DAMAGE, "No place for a superblock has one of a RAZORFS volume."),
  NO_SUPERBLOCK(Severity.DAMAGE, "Superblocks are there, but none of them is whole and legal."),
  UNSUPPORTED(Severity.DAMAGE, "The format's version or an incompat feature is not known here."),
  UNREADABLE(Severity.DAMAGE, "The device fails to read what belongs to the volume."),
  STALE_COPY(
      Severity.INCONSISTENCY,
      "A slot or the backup holds an older superblock than any crash can leave there."),
  REPLAY(Severity.DAMAGE, "The journal's transactions do not apply to the trees."),

  SB_1(Invariant.SB_1),
  SB_2(Invariant.SB_2),
  SB_3(Invariant.SB_3),
  SB_4(Invariant.SB_4),
  SB_5(Invariant.SB_5),
  SB_6(Invariant.SB_6),
  SB_7(Invariant.SB_7),
  SB_8(Invariant.SB_8),
  SB_9(Invariant.SB_9),
  SB_10(Invariant.SB_10),
  SB_11(Invariant.SB_11),
  SB_12(Invariant.SB_12),
  SB_13(Invariant.SB_13),
  SB_14(Invariant.SB_14),
  SB_15(Invariant.SB_15),
  SB_16(Invariant.SB_16),
  SB_17(Invariant.SB_17),

  PTR_1(Invariant.PTR_1),

  NODE_1(Invariant.NODE_1),
  NODE_2(Invariant.NODE_2),
  NODE_3(Invariant.NODE_3),
  NODE_4(Invariant.NODE_4),
  NODE_5(Invariant.NODE_5),
  NODE_6(Invariant.NODE_6),
  NODE_7(Invariant.NODE_7),
  NODE_8(Invariant.NODE_8),

  TREE_1(Invariant.TREE_1),
  TREE_2(Invariant.TREE_2),
  TREE_3(Invariant.TREE_3),
  TREE_4(Invariant.TREE_4),
  TREE_5(Invariant.TREE_5),
  TREE_6(Invariant.TREE_6),
  TREE_7(Invariant.TREE_7),
  TREE_8(Invariant.TREE_8),
  TREE_9(Invariant.TREE_9),

  INO_1(Invariant.INO_1),
  INO_2(Invariant.INO_2),
  INO_3(Invariant.INO_3),
  INO_4(Invariant.INO_4),
  INO_5(Invariant.INO_5),
  INO_6(Invariant.INO_6),
  INO_7(Invariant.INO_7),
  INO_8(Invariant.INO_8),
  INO_9(Invariant.INO_9),
  INO_10(Invariant.INO_10),
  INO_11(Invariant.INO_11),
  INO_12(Invariant.INO_12),
  INO_13(Invariant.INO_13),
  INO_14(Invariant.INO_14),
  INO_15(Invariant.INO_15),

  DIR_1(Invariant.DIR_1),
  DIR_2(Invariant.DIR_2),
  DIR_3(Invariant.DIR_3),
  DIR_4(Invariant.DIR_4),
  DIR_5(Invariant.DIR_5),

  XAT_1(Invariant.XAT_1),
  XAT_2(Invariant.XAT_2),
  XAT_3(Invariant.XAT_3),
  XAT_4(Invariant.XAT_4),

  EXT_1(Invariant.EXT_1),
  EXT_2(Invariant.EXT_2),
  EXT_3(Invariant.EXT_3),
  EXT_4(Invariant.EXT_4),
  EXT_5(Invariant.EXT_5),
  EXT_6(Invariant.EXT_6),
  EXT_7(Invariant.EXT_7),
  EXT_8(Invariant.EXT_8),
  EXT_9(Invariant.EXT_9),
  EXT_10(Invariant.EXT_10),
  EXT_11(Invariant.EXT_11),
  EXT_12(Invariant.EXT_12),

  ORP_1(Invariant.ORP_1),
  ORP_2(Invariant.ORP_2),

  STR_1(Invariant.STR_1),
  STR_2(Invariant.STR_2),
  STR_3(Invariant.STR_3),
  STR_4(Invariant.STR_4),
  STR_5(Invariant.STR_5),

  CHK_1(Invariant.CHK_1),
  CHK_2(Invariant.CHK_2),
  CHK_3(Invariant.CHK_3),

  SEG_1(Invariant.SEG_1),
  SEG_2(Invariant.SEG_2),
  SEG_3(Invariant.SEG_3),

  JRN_1(Invariant.JRN_1),
  JRN_2(Invariant.JRN_2),
  JRN_3(Invariant.JRN_3),
  JRN_4(Invariant.JRN_4),
  JRN_5(Invariant.JRN_5),
  JRN_6(Invariant.JRN_6),
  JRN_7(Invariant.JRN_7),
  JRN_8(Invariant.JRN_8),
  JRN_9(Invariant.JRN_9),
  JRN_10(Invariant.JRN_10);

  /** How bad a problem is. */
  public enum Severity {
    /** Something cannot be read, or must not be believed; readers refuse it. */
    DAMAGE,
    /** Something is wrong that readers can live with, and that can be put right from the rest. */
    INCONSISTENCY
  }

  private final String code;
  private final Severity severity;
  private final String text;

  Problem(Severity severity, String text) {
    this.code = name().replace('_', '-').toLowerCase(Locale.ROOT);
    this.severity = severity;
    this.text = text;
  }

  Problem(Invariant invariant) {
    this.code = invariant.id();
    this.severity =
        invariant.reaction() == Invariant.Reaction.REFUSE
            ? Severity.DAMAGE
            : Severity.INCONSISTENCY;
    this.text = invariant.text();
  }

  /** The problem that a rule is broken. */
  public static Problem of(Invariant invariant) {
    return valueOf(invariant.name());
  }

  /** The stable name, such as {@code INV-TREE-9} or {@code not-a-volume}. */
  public String code() {
    return code;
  }

  public Severity severity() {
    return severity;
  }

  /** The rule that is broken, or what is wrong, in one sentence. */
  public String text() {
    return text;
  }
}
