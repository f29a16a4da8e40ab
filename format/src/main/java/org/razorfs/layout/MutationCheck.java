package org.razorfs.layout;

import java.util.List;

/** Judges the values of one mutation of a journal record by themselves: INV-JRN-8. */
public final class MutationCheck {
  private MutationCheck() {}

  /** The values' violations; those of embedded records carry the records' own invariants. */
  public static List<Violation> check(Mutation mutation, String location, VolumeBounds bounds) {
    Findings findings = new Findings(location + ", " + mutation.getClass().getSimpleName());
    if (mutation instanceof Mutation.PutInode put) {
      inode(findings, put.inode(), bounds);
      ItemCheck.inode(findings, put.value(), bounds);
    } else if (mutation instanceof Mutation.TouchInode touch) {
      inode(findings, touch.inode(), bounds);
      findings.expect(touch.size() >= 0, Invariant.JRN_8, "a size from 0", touch.size());
      findings.expect(
          touch.mtime().isNormal() && touch.ctime().isNormal(),
          Invariant.JRN_8,
          "nanoseconds below 10^9",
          touch);
    } else if (mutation instanceof Mutation.DeleteInode delete) {
      inode(findings, delete.inode(), bounds);
    } else if (mutation instanceof Mutation.PutDirent put) {
      inode(findings, put.directory(), bounds);
      ItemCheck.dirent(findings, put.name(), put.value(), bounds);
    } else if (mutation instanceof Mutation.DeleteDirent delete) {
      inode(findings, delete.directory(), bounds);
      name(findings, delete.name(), bounds);
    } else if (mutation instanceof Mutation.PutExtent put) {
      inode(findings, put.inode(), bounds);
      ItemCheck.extent(findings, put.offset(), put.value(), bounds);
    } else if (mutation instanceof Mutation.DeleteExtent delete) {
      inode(findings, delete.inode(), bounds);
      findings.expect(delete.offset() >= 0, Invariant.JRN_8, "an offset", delete.offset());
    } else if (mutation instanceof Mutation.SetXattr set) {
      inode(findings, set.inode(), bounds);
      name(findings, set.name(), bounds);
      int length = set.value() == null ? 0 : set.value().length;
      findings.expect(
          length <= Geometry.MAX_XATTRS, Invariant.JRN_8, "a value within the limit", length);
    } else if (mutation instanceof Mutation.Orphan orphan) {
      inode(findings, orphan.inode(), bounds);
      OrphanRecord value = orphan.value();
      findings.expect(
          value == null || !value.hasRange() || value.isLegal(),
          Invariant.JRN_8,
          "a range to clear or promise",
          value);
    } else {
      rest(findings, mutation, bounds);
    }
    return findings.list();
  }

  private static void rest(Findings findings, Mutation mutation, VolumeBounds bounds) {
    if (mutation instanceof Mutation.NameReference reference) {
      name(findings, reference.name(), bounds);
      findings.expect(
          ItemCheck.isName(reference.bytes()),
          Invariant.JRN_8,
          "1 to " + Geometry.MAX_NAME + " bytes without NUL",
          reference.bytes().length + " bytes");
    } else if (mutation instanceof Mutation.ChunkReference reference) {
      findings.range(Invariant.JRN_8, "stored bytes", 1, Geometry.MAX_CHUNK, reference.stored());
      run(findings, reference.address(), Geometry.roundUp(reference.stored()), bounds);
    } else if (mutation instanceof Mutation.Allocate allocate) {
      run(findings, allocate.address(), allocate.length(), bounds);
    } else if (mutation instanceof Mutation.Release release) {
      run(findings, release.address(), release.length(), bounds);
    }
  }

  private static void inode(Findings findings, long inode, VolumeBounds bounds) {
    findings.expect(
        bounds.isInode(inode),
        Invariant.JRN_8,
        "an inode from 1 below " + bounds.nextInode(),
        inode);
  }

  private static void name(Findings findings, long id, VolumeBounds bounds) {
    findings.expect(
        bounds.isString(id), Invariant.JRN_8, "a string from 1 below " + bounds.nextString(), id);
  }

  private static void run(Findings findings, long address, long length, VolumeBounds bounds) {
    findings.expect(
        bounds.holds(address, length), Invariant.JRN_8, bounds.area(), address + "+" + length);
  }
}
