package org.razorfs.volume;

import org.razorfs.layout.Timestamp;

/** The attributes to change at once; what is not set stays. */
public final class AttributeChange {
  private Integer mode;
  private Integer uid;
  private Integer gid;
  private Long size;
  private Timestamp atime;
  private Timestamp mtime;
  private Timestamp ctime;
  private boolean atimeNow;
  private boolean mtimeNow;
  private Integer flags;
  private boolean dropsPrivileges;
  private byte[] xattrName;
  private byte[] xattrValue;

  /** The permission bits, 07777. */
  public AttributeChange mode(int value) {
    mode = value & 07777;
    return this;
  }

  public AttributeChange uid(int value) {
    uid = value;
    return this;
  }

  public AttributeChange gid(int value) {
    gid = value;
    return this;
  }

  /** Truncates or extends a file; bytes. */
  public AttributeChange size(long value) {
    size = value;
    return this;
  }

  public AttributeChange atime(Timestamp value) {
    atime = value;
    return this;
  }

  public AttributeChange mtime(Timestamp value) {
    mtime = value;
    return this;
  }

  /** Sets ctime, which otherwise becomes the volume's present time. */
  public AttributeChange ctime(Timestamp value) {
    ctime = value;
    return this;
  }

  /** Clears the bits of a file that give who runs it another's rights, as chown(2) tells. */
  public AttributeChange dropPrivileges() {
    dropsPrivileges = true;
    return this;
  }

  /** Sets an extended attribute as well, or removes it where the value is null; not with a size. */
  public AttributeChange xattr(byte[] name, byte[] value) {
    xattrName = name;
    xattrValue = value;
    return this;
  }

  /** Sets atime to the volume's present time. */
  public AttributeChange atimeNow() {
    atimeNow = true;
    return this;
  }

  /** Sets mtime to the volume's present time. */
  public AttributeChange mtimeNow() {
    mtimeNow = true;
    return this;
  }

  /** Replaces the flags that FS_IOC_SETFLAGS can set. */
  public AttributeChange flags(int value) {
    flags = value;
    return this;
  }

  /**
   * Whether it sets nothing but times, and these to the present; what may be appended to may be
   * touched as well. A kernel that gathers writes tells the present itself, with a ctime.
   */
  boolean onlyTouches() {
    boolean more = mode != null || uid != null || gid != null || size != null || flags != null;
    return !more && xattrName == null && atime == null && (mtime == null || ctime != null);
  }

  /** The permission bits that are set, or null. */
  public Integer newMode() {
    return mode;
  }

  Integer uid() {
    return uid;
  }

  Integer gid() {
    return gid;
  }

  Long size() {
    return size;
  }

  Timestamp newAtime(Timestamp now) {
    return atimeNow ? now : atime;
  }

  Timestamp newMtime(Timestamp now) {
    return mtimeNow ? now : mtime;
  }

  Timestamp newCtime(Timestamp now) {
    return ctime != null ? ctime : now;
  }

  Integer flags() {
    return flags;
  }

  boolean dropsPrivileges() {
    return dropsPrivileges;
  }

  byte[] xattrName() {
    return xattrName;
  }

  byte[] xattrValue() {
    return xattrValue;
  }
}
