package org.razorfs.layout;

import static org.razorfs.layout.Invariant.Reaction.REFUSE;
import static org.razorfs.layout.Invariant.Reaction.TOLERATE;
import static org.razorfs.layout.Invariant.Scope.RECORD;
import static org.razorfs.layout.Invariant.Scope.VOLUME;

/**
 * The rules of the format, spec §9, each once: what the check classes here, the tree walk, recovery
 * and razorfsck refer to by its id. A test compares this table with the one in the specification.
 */
public enum Invariant {
  SB_1(RECORD, REFUSE, "The magic, the size and the CRC-32 at the end are right."),
  SB_2(RECORD, REFUSE, "The version is 1; address, unit and segment are as they must be."),
  SB_3(RECORD, REFUSE, "The generation is at least 1, and the copy lies where it belongs."),
  SB_4(RECORD, TOLERATE, "The label is UTF-8 without zero bytes, then zeros to its end."),
  SB_5(RECORD, REFUSE, "The node size is a power of two from 8 KiB to 64 KiB."),
  SB_6(RECORD, REFUSE, "The volume size is whole 4 KiB blocks, legal, and not above the image's."),
  SB_7(RECORD, REFUSE, "The journal is whole 4 KiB blocks, of legal size, in its place."),
  SB_8(RECORD, REFUSE, "The journal's epoch is at least 1 and its tail a place for a batch."),
  SB_9(RECORD, REFUSE, "The counters of what is never used again are in range."),
  SB_10(RECORD, REFUSE, "The totals are in range."),
  SB_11(RECORD, REFUSE, "Spare runs are whole units in the data area that do not overlap."),
  SB_12(RECORD, REFUSE, "Root nodes do not overlap; the INODES and FREE trees have one."),
  SB_13(RECORD, TOLERATE, "Codec and level are a policy."),
  SB_14(RECORD, TOLERATE, "Reserved bytes and bits are zero."),
  SB_15(VOLUME, TOLERATE, "The totals are what the trees hold."),
  SB_16(VOLUME, TOLERATE, "All readable copies have the same identity but for the label."),
  SB_17(RECORD, REFUSE, "No incompat bit is set that the reader does not know."),

  PTR_1(
      RECORD, REFUSE, "A block pointer is null, or whole units in the data area, of legal birth."),

  NODE_1(RECORD, REFUSE, "The CRC-32 at the end of a node is right."),
  NODE_2(RECORD, REFUSE, "Magic and length are right, and the CRC is that of the pointer."),
  NODE_3(RECORD, REFUSE, "Address and generation are those of the pointer, the UUID the volume's."),
  NODE_4(RECORD, REFUSE, "Tree and level are those at which the pointer was met."),
  NODE_5(RECORD, REFUSE, "There is an entry, entries fit, and their keys strictly ascend."),
  NODE_6(RECORD, REFUSE, "Values lie between the entries and the CRC."),
  NODE_7(RECORD, TOLERATE, "Values follow each other without gaps; all other bytes are zero."),
  NODE_8(RECORD, REFUSE, "Children are not null and not younger than the node."),

  TREE_1(RECORD, REFUSE, "An empty root is all zeros; another has 1 to 12 levels and counts."),
  TREE_2(RECORD, REFUSE, "A child is of the same tree, one level below."),
  TREE_3(RECORD, REFUSE, "A child's first key is the key of the entry that points at it."),
  TREE_4(RECORD, REFUSE, "A child's keys are less than the next entry's key, where there is one."),
  TREE_5(VOLUME, TOLERATE, "The root's counts of nodes, items and bytes are right."),
  TREE_6(RECORD, REFUSE, "The values of a leaf do not overlap."),
  TREE_7(RECORD, REFUSE, "No value is longer than a third of a node less 64 bytes."),
  TREE_8(RECORD, REFUSE, "The types of a tree's items are those that belong into it."),
  TREE_9(VOLUME, REFUSE, "No unit belongs to two nodes, chunks or reserved areas."),

  INO_1(RECORD, REFUSE, "An inode is 104 bytes, at lo 0 of a legal inode number."),
  INO_2(RECORD, REFUSE, "The mode has one of seven file types and no more than 16 bits."),
  INO_3(RECORD, REFUSE, "Nanoseconds are below 1,000,000,000."),
  INO_4(RECORD, REFUSE, "Size and link count are not negative, and the size legal for the type."),
  INO_5(RECORD, REFUSE, "The generation is at least 1 and below the superblock's next."),
  INO_6(RECORD, REFUSE, "The link is a directory's parent, a device's number, or 0."),
  INO_7(RECORD, TOLERATE, "Only flags that are defined are set."),
  INO_8(VOLUME, TOLERATE, "The link count is right; only orphans have 0."),
  INO_9(VOLUME, TOLERATE, "A directory's size is the number of its entries."),
  INO_10(VOLUME, REFUSE, "Inode 1 is a directory and its own parent."),
  INO_11(VOLUME, TOLERATE, "An inode with attributes has the flag that says so."),
  INO_12(VOLUME, TOLERATE, "No two inodes have the same generation."),
  INO_13(VOLUME, TOLERATE, "The units are the sum of what the extents count for."),
  INO_14(VOLUME, TOLERATE, "Attributes, entries and extents belong to an inode that exists."),
  INO_15(VOLUME, REFUSE, "A symbolic link's target has as many bytes as its size, none of them 0."),

  DIR_1(RECORD, REFUSE, "An entry is 9 bytes: a legal name, inode number and file type."),
  DIR_2(VOLUME, REFUSE, "Only directories have entries."),
  DIR_3(VOLUME, REFUSE, "The inode of an entry exists and is of the type that the entry says."),
  DIR_4(VOLUME, REFUSE, "The name of an entry exists, has no '/', and is not '.' or '..'."),
  DIR_5(VOLUME, TOLERATE, "A directory has one entry, in its parent; parents lead to the root."),

  XAT_1(VOLUME, REFUSE, "An attribute's pieces are numbered from 0 and have its length in all."),
  XAT_2(VOLUME, TOLERATE, "An attribute's name exists and is in a known namespace."),
  XAT_3(VOLUME, TOLERATE, "An inode's attributes have at most 64 KiB, names and values."),
  XAT_4(RECORD, REFUSE, "The key of a piece has a legal name; the first piece has its length."),

  EXT_1(RECORD, REFUSE, "An extent is of a known kind and exactly as long as its kind demands."),
  EXT_2(RECORD, REFUSE, "An extent is not empty, and a chunk's lies within its chunk."),
  EXT_3(RECORD, REFUSE, "The codec is known; stored and logical length agree only without one."),
  EXT_4(RECORD, TOLERATE, "Reserved flags and bytes are zero."),
  EXT_5(RECORD, REFUSE, "A chunk is whole units in the data area, of legal birth."),
  EXT_6(RECORD, REFUSE, "Offset and end of an extent are below 2^63."),
  EXT_7(VOLUME, REFUSE, "Extents of an inode do not overlap."),
  EXT_8(VOLUME, TOLERATE, "Extents end by the size, but for reserved ones and those of orphans."),
  EXT_9(VOLUME, TOLERATE, "Only regular files and symbolic links have extents."),
  EXT_10(VOLUME, REFUSE, "A chunk has its CRC-32 and decompresses to its logical length."),
  EXT_11(VOLUME, TOLERATE, "An extent is shared where CHUNKS has its chunk, else the only one."),
  EXT_12(VOLUME, TOLERATE, "All extents of one chunk describe it alike."),

  ORP_1(
      RECORD, REFUSE, "An orphan has a legal inode number, not 1, and no value or a legal range."),
  ORP_2(VOLUME, TOLERATE, "An orphan exists; one with names is a regular file."),

  STR_1(RECORD, REFUSE, "A string has a legal id, references, and 1 to 255 bytes without NUL."),
  STR_2(RECORD, REFUSE, "An index entry has a legal id and no value."),
  STR_3(VOLUME, REFUSE, "Each string has one index entry, under its hash, and vice versa."),
  STR_4(VOLUME, TOLERATE, "No two strings have the same bytes."),
  STR_5(VOLUME, TOLERATE, "A string's references are the entries and attributes that use it."),

  CHK_1(RECORD, REFUSE, "A shared chunk is in the data area, its counts positive, owners whole."),
  CHK_2(VOLUME, TOLERATE, "The counts of a shared chunk are those of its extents."),
  CHK_3(VOLUME, TOLERATE, "The stored length of a shared chunk is that in its extents."),

  SEG_1(RECORD, REFUSE, "A segment is inside the volume and its value one of the three forms."),
  SEG_2(RECORD, REFUSE, "Units beyond the volume's end are marked as used."),
  SEG_3(VOLUME, TOLERATE, "A unit is marked as used exactly if something lies there."),

  JRN_1(RECORD, REFUSE, "A record has its magic, legal sizes and its CRC-32."),
  JRN_2(RECORD, REFUSE, "A record has the lsn of its place and the superblock's epoch."),
  JRN_3(RECORD, REFUSE, "A record is 8-aligned and does not cross the end of the ring."),
  JRN_4(RECORD, REFUSE, "A record's operation is known and its committed byte 0 or 1."),
  JRN_5(VOLUME, REFUSE, "Sequences grow by one with each record."),
  JRN_6(
      VOLUME, REFUSE, "A transaction's records follow each other in a batch, its last committed."),
  JRN_7(RECORD, REFUSE, "A record's durable is not beyond its lsn, and never falls."),
  JRN_8(RECORD, REFUSE, "Payloads are whole mutations with legal values."),
  JRN_9(RECORD, REFUSE, "COMMIT ends a batch at 512 bytes, PAD ends at the ring's end."),
  JRN_10(VOLUME, TOLERATE, "The journal of a clean volume has nothing to replay."),
  JRN_11(VOLUME, REFUSE, "What is in use of the journal is no longer than the ring.");

  /** What it takes to notice that a rule is broken. */
  public enum Scope {
    /** The structure itself, the superblock, and the pointer by which it was reached. */
    RECORD,
    /** Other structures, in the worst case all of the volume. */
    VOLUME
  }

  /** What a reader does that notices it. */
  public enum Reaction {
    /** The structure counts as unreadable. */
    REFUSE,
    /** The reader goes on; checkers report it. */
    TOLERATE
  }

  private final Scope scope;
  private final Reaction reaction;
  private final String text;

  Invariant(Scope scope, Reaction reaction, String text) {
    this.scope = scope;
    this.reaction = reaction;
    this.text = text;
  }

  /** The stable name, such as {@code INV-SB-1}. */
  public String id() {
    return "INV-" + name().replace('_', '-');
  }

  public Scope scope() {
    return scope;
  }

  public Reaction reaction() {
    return reaction;
  }

  /** The rule in one sentence. */
  public String text() {
    return text;
  }
}
