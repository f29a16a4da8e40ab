package org.razorfs.bench.profile;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;

/** What a flame graph shows: which events of a recording, and what each weighs. */
public enum Aspect {
  /** Time on a CPU: samples of Java code, and of the native code of codecs. */
  CPU("CPU time", "ms"),
  /** Memory that was allocated on the heap. */
  ALLOC("allocation", "bytes"),
  /** Time that was waited for locks. */
  LOCK("waiting for locks", "ms"),
  /** Time in native code, waiting for requests and for the disk included. */
  NATIVE("native code", "ms");

  /** Native methods that compute; all others are taken to wait. */
  private static final Set<String> COMPUTING = Set.of("com.github.luben.zstd", "net.jpountz");

  private final String title;
  private final String unit;

  Aspect(String title, String unit) {
    this.title = title;
    this.unit = unit;
  }

  /** What it is, for people. */
  public String title() {
    return title;
  }

  /** What weights count. */
  public String unit() {
    return unit;
  }

  /** Its name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * What an event weighs.
   *
   * @param period between two samples
   * @return 0 when it is none of this aspect's
   */
  long weight(RecordedEvent event, Duration period) {
    String type = event.getEventType().getName();
    if (!concerns(type) || event.getStackTrace() == null) {
      return 0;
    }
    return switch (type) {
      case "jdk.ObjectAllocationSample" -> event.getLong("weight");
      case "jdk.JavaMonitorEnter" -> event.getDuration().toMillis();
      case "jdk.ThreadPark" -> isLock(event) ? event.getDuration().toMillis() : 0;
      case "jdk.NativeMethodSample" -> this == NATIVE || isComputing(event) ? period.toMillis() : 0;
      default -> period.toMillis();
    };
  }

  private boolean concerns(String type) {
    return switch (this) {
      case CPU -> type.equals("jdk.ExecutionSample") || type.equals("jdk.NativeMethodSample");
      case ALLOC -> type.equals("jdk.ObjectAllocationSample");
      case LOCK -> type.equals("jdk.JavaMonitorEnter") || type.equals("jdk.ThreadPark");
      case NATIVE -> type.equals("jdk.NativeMethodSample");
    };
  }

  /** A park for a lock, not one for something to do. */
  private static boolean isLock(RecordedEvent event) {
    RecordedClass parked = event.getClass("parkedClass");
    return parked != null
        && parked.getName().startsWith("java.util.concurrent.locks.Reentrant")
        && parked.getName().contains("Sync");
  }

  private static boolean isComputing(RecordedEvent event) {
    if (event.getStackTrace().getFrames().isEmpty()) {
      return false;
    }
    RecordedFrame top = event.getStackTrace().getFrames().get(0);
    String type = top.getMethod().getType().getName();
    return COMPUTING.stream().anyMatch(type::startsWith) || type.startsWith("java.util.zip.");
  }
}
