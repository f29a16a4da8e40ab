package org.razorfs.fault;

/**
 * Every way in which an operation can fail, named by meaning; each edge (FUSE, command line, NIO.2)
 * converts it once into its own numbers.
 */
public enum Fault {
  /** A name, inode or structure that was asked for does not exist. */
  NO_SUCH_ENTRY("no such file or directory"),
  /** The name to be created is taken already. */
  EXISTS("file exists"),
  /** A directory was needed and something else was found. */
  NOT_DIRECTORY("not a directory"),
  /** Something other than a directory was needed and a directory was found. */
  IS_DIRECTORY("is a directory"),
  /** A directory to be removed or replaced still has entries. */
  NOT_EMPTY("directory not empty"),
  /** A name is longer than 255 bytes, or a link target longer than the format holds. */
  NAME_TOO_LONG("name too long"),
  /** An argument is outside its legal range, or a combination of arguments makes no sense. */
  INVALID_ARGUMENT("invalid argument"),
  /** The volume has no room for what was asked, even after a checkpoint. */
  NO_SPACE("no space left on the volume"),
  /** The volume or the device is open for reading only, or has turned read-only after an error. */
  READ_ONLY("read-only"),
  /** The device failed to read, write or flush. */
  IO_ERROR("input/output error"),
  /** The image violates its own format: what was read cannot be what was written. */
  CORRUPT("corrupt image"),
  /** The operation is forbidden for this object whoever asks (immutable, append-only …). */
  NOT_PERMITTED("operation not permitted"),
  /** The caller lacks the access rights that the operation needs. */
  ACCESS_DENIED("permission denied"),
  /** One more hard link would exceed what a link count holds. */
  TOO_MANY_LINKS("too many links"),
  /** An offset or a size is beyond what a file can have. */
  FILE_TOO_BIG("file too large"),
  /** The extended attribute does not exist. */
  NO_ATTRIBUTE("no such attribute"),
  /** The caller's buffer or number range is too small for the result. */
  RANGE("result too large for the buffer"),
  /** An extended attribute's name, value or all of them together exceed the format's limit. */
  ATTRIBUTE_TOO_BIG("attribute too big"),
  /** No data (or hole) at or after the offset that was searched from. */
  NO_SUCH_OFFSET("no data or hole at or after this offset"),
  /** A handle refers to an inode that has gone, or that has been reused with another generation. */
  STALE("stale handle"),
  /** The operation, mode or flag is not supported by this volume or device. */
  NOT_SUPPORTED("not supported"),
  /** A directory would become its own ancestor, or symbolic links lead around in circles. */
  LOOP("loop of links or directories"),
  /** The object, volume or image is in use by somebody else. */
  BUSY("busy"),
  /** The volume has been shut down or the device closed. */
  SHUT_DOWN("shut down"),
  /** A limit set for a user or a directory is used up. */
  QUOTA_EXCEEDED("quota exceeded"),
  /** The image is a volume, of a version or with features that this software does not know. */
  UNSUPPORTED_FORMAT("unsupported format version or feature"),
  /** The file or device holds no volume at all. */
  NOT_A_VOLUME("not a volume"),
  /** A wait or a long operation was cancelled by the caller. */
  CANCELLED("cancelled");

  private final String meaning;

  Fault(String meaning) {
    this.meaning = meaning;
  }

  /** The fault in a few plain words, lower case, without a full stop, for use inside messages. */
  public String meaning() {
    return meaning;
  }

  /** Whether nothing is wrong but that there is no room; the same may succeed later. */
  public boolean isWantOfSpace() {
    return this == NO_SPACE || this == QUOTA_EXCEEDED;
  }
}
