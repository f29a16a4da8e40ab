package org.razorfs.layout;

import java.time.Instant;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * A point in time, spec §4.4.
 *
 * @param seconds since 1970-01-01T00:00:00Z, negative before
 * @param nanos 0 to 999,999,999 after that second
 */
public record Timestamp(long seconds, int nanos) {
  /** The start of 1970. */
  public static final Timestamp EPOCH = new Timestamp(0, 0);

  /** The same point as a {@link java.time.Instant}. */
  public Instant toInstant() {
    return Instant.ofEpochSecond(seconds, nanos);
  }

  public static Timestamp of(Instant instant) {
    return new Timestamp(instant.getEpochSecond(), instant.getNano());
  }

  /** Whether this is before {@code other}. */
  public boolean isBefore(Timestamp other) {
    return seconds < other.seconds || (seconds == other.seconds && nanos < other.nanos);
  }

  /** Whether the nanoseconds are in range (INV-INO-3). */
  public boolean isNormal() {
    return nanos >= 0 && nanos < 1_000_000_000;
  }

  public void encode(ByteSink sink) {
    sink.u64(seconds).u32(nanos);
  }

  public static Timestamp decode(ByteSource source) throws CorruptImageException {
    return new Timestamp(source.i64(), source.i32());
  }
}
