package org.razorfs.transfer;

/** What has been transferred. */
public final class Tally {
  private long files;
  private long directories;
  private long symlinks;
  private long hardLinks;
  private long others;
  private long bytes;
  private long left;

  void count(TarMember.Kind kind) {
    switch (kind) {
      case FILE -> files++;
      case DIRECTORY -> directories++;
      case SYMLINK -> symlinks++;
      case HARD_LINK -> hardLinks++;
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, OTHER -> others++;
    }
  }

  void countBytes(long more) {
    bytes += more;
  }

  void countLeft() {
    left++;
  }

  /** Regular files. */
  public long files() {
    return files;
  }

  public long directories() {
    return directories;
  }

  public long symlinks() {
    return symlinks;
  }

  /** Further names of files. */
  public long hardLinks() {
    return hardLinks;
  }

  /** Devices and fifos. */
  public long others() {
    return others;
  }

  /** Bytes of data in regular files, without holes. */
  public long bytes() {
    return bytes;
  }

  /** What could not be transferred; each was told of. */
  public long left() {
    return left;
  }

  /** All that was. */
  public long all() {
    return files + directories + symlinks + hardLinks + others;
  }
}
