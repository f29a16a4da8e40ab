package org.razorfs.volume;

import java.time.Clock;
import java.time.Duration;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.compress.CompressionPolicy;

/**
 * How a volume is opened.
 *
 * @param readOnly nothing is written; the journal is replayed in memory
 * @param maxCacheBytes the limit of cached file data and tree nodes together
 * @param maxDirtyBytes the limit of written data that waits to be stored
 * @param maxStringTableBytes the limit of cached names
 * @param maxInodeCacheEntries inodes kept in memory, besides those in use
 * @param commitInterval after which everything written is made durable
 * @param compression how new data is compressed, or null for what mkfs chose
 * @param errors what to do after an I/O error
 * @param atime when reading changes access times
 * @param workers threads that compress and store; 0 for none, and no other thread either: data is
 *     then stored when a call needs it
 * @param compactAfter how long data must have been left alone before it may be rewritten in the
 *     background, to take less space or fewer extents; null for never
 * @param discard give freed space back to the host
 * @param clock tells the time for inodes
 * @param allocationFault makes allocations fail, for tests
 */
public record VolumeOptions(
    boolean readOnly,
    long maxCacheBytes,
    long maxDirtyBytes,
    long maxStringTableBytes,
    int maxInodeCacheEntries,
    Duration commitInterval,
    CompressionPolicy compression,
    ErrorPolicy errors,
    AtimeMode atime,
    int workers,
    Duration compactAfter,
    boolean discard,
    Clock clock,
    AllocationFault allocationFault) {

  /** What a mount without options uses. */
  public static VolumeOptions defaults() {
    return builder().build();
  }

  /** A builder that starts with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. */
  public static final class Builder {
    private boolean readOnly;
    private long maxCacheBytes = 64L << 20;
    private long maxDirtyBytes = 64L << 20;
    private long maxStringTableBytes = 16L << 20;
    private int maxInodeCacheEntries = 100_000;
    private Duration commitInterval = Duration.ofSeconds(5);
    private CompressionPolicy compression;
    private ErrorPolicy errors = ErrorPolicy.REMOUNT_RO;
    private AtimeMode atime = AtimeMode.RELATIME;
    private int workers = Math.max(1, Runtime.getRuntime().availableProcessors());
    private Duration compactAfter = Duration.ofSeconds(30);
    private boolean discard = true;
    private Clock clock = Clock.systemUTC();
    private AllocationFault allocationFault = AllocationFault.NONE;

    private Builder() {}

    public Builder readOnly(boolean value) {
      readOnly = value;
      return this;
    }

    public Builder maxCacheBytes(long value) {
      maxCacheBytes = value;
      return this;
    }

    public Builder maxDirtyBytes(long value) {
      maxDirtyBytes = value;
      return this;
    }

    public Builder maxStringTableBytes(long value) {
      maxStringTableBytes = value;
      return this;
    }

    public Builder maxInodeCacheEntries(int value) {
      maxInodeCacheEntries = value;
      return this;
    }

    public Builder commitInterval(Duration value) {
      commitInterval = value;
      return this;
    }

    public Builder compression(CompressionPolicy value) {
      compression = value;
      return this;
    }

    public Builder errors(ErrorPolicy value) {
      errors = value;
      return this;
    }

    public Builder atime(AtimeMode value) {
      atime = value;
      return this;
    }

    public Builder workers(int value) {
      workers = value;
      return this;
    }

    public Builder compactAfter(Duration value) {
      compactAfter = value;
      return this;
    }

    public Builder discard(boolean value) {
      discard = value;
      return this;
    }

    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    public Builder allocationFault(AllocationFault value) {
      allocationFault = value;
      return this;
    }

    /** No threads: everything happens in the calls that need it, in an order that repeats. */
    public Builder manual() {
      workers = 0;
      return this;
    }

    public VolumeOptions build() {
      return new VolumeOptions(
          readOnly,
          maxCacheBytes,
          maxDirtyBytes,
          maxStringTableBytes,
          maxInodeCacheEntries,
          commitInterval,
          compression,
          errors,
          atime,
          workers,
          compactAfter,
          discard,
          clock,
          allocationFault);
    }
  }
}
