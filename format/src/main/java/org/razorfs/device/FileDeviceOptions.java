package org.razorfs.device;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a {@link FileDevice} opens its file.
 *
 * @param access for what, and under which lock
 * @param patience how long to wait for another owner to close the file before giving up with {@code
 *     BUSY}; zero tries once
 * @param buffers how many direct buffers of {@link DirectBuffers#BUFFER_SIZE} bytes may exist for
 *     copying from and to heap buffers; more threads than that wait for one another
 * @param hostFile how to ask the host for what Java cannot; empty when that is not done
 * @param onWait is told once, in words, when the file is in use and waiting begins
 */
public record FileDeviceOptions(
    Access access,
    Duration patience,
    int buffers,
    Optional<HostFile.Opener> hostFile,
    Consumer<String> onWait) {

  /** What a device may do with its file, and whom it keeps out. */
  public enum Access {
    /** Read and write; nobody else may have the file open through a locked device. */
    READ_WRITE,
    /** Read; others may read, nobody may write. */
    READ_ONLY,
    /**
     * Read whatever somebody else may be writing at the same time; for looking at a mounted image,
     * where two reads may show two different moments.
     */
    READ_ONLY_UNLOCKED
  }

  /** Checks the ranges. */
  public FileDeviceOptions {
    Objects.requireNonNull(access);
    Objects.requireNonNull(hostFile);
    Objects.requireNonNull(onWait);
    if (patience.isNegative()) {
      throw new IllegalArgumentException("patience " + patience + " is negative");
    }
    if (buffers < 1) {
      throw new IllegalArgumentException("buffers " + buffers + " is less than 1");
    }
  }

  /** This access with five seconds of patience, eight buffers, and nothing asked of the host. */
  public static FileDeviceOptions of(Access access) {
    return new FileDeviceOptions(access, Duration.ofSeconds(5), 8, Optional.empty(), message -> {});
  }

  /** Exclusive reading and writing, with the defaults of {@link #of}. */
  public static FileDeviceOptions readWrite() {
    return of(Access.READ_WRITE);
  }

  /** Shared reading, with the defaults of {@link #of}. */
  public static FileDeviceOptions readOnly() {
    return of(Access.READ_ONLY);
  }

  /** The same, waiting that long. */
  public FileDeviceOptions withPatience(Duration newPatience) {
    return new FileDeviceOptions(access, newPatience, buffers, hostFile, onWait);
  }

  /** The same, with that many buffers at most. */
  public FileDeviceOptions withBuffers(int newBuffers) {
    return new FileDeviceOptions(access, patience, newBuffers, hostFile, onWait);
  }

  /** The same, asking the host for what Java cannot by these means. */
  public FileDeviceOptions withHostFile(HostFile.Opener opener) {
    return new FileDeviceOptions(access, patience, buffers, Optional.of(opener), onWait);
  }

  /** The same, telling this consumer when waiting begins. */
  public FileDeviceOptions withOnWait(Consumer<String> newOnWait) {
    return new FileDeviceOptions(access, patience, buffers, hostFile, newOnWait);
  }
}
