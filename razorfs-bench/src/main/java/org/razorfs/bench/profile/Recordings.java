package org.razorfs.bench.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** Reads recordings and folds their stacks. */
public final class Recordings {
  /** How often the recorder samples unless a recording says otherwise. */
  private static final Duration PERIOD = Duration.ofMillis(20);

  private static final Pattern MILLIS = Pattern.compile("(\\d+) ms");

  /** What the JVM appends to the class in which a lambda is written. */
  private static final Pattern LAMBDA = Pattern.compile("(?<=\\$\\$Lambda).*");

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final Aspect aspect;
  private final Frame root;
  private long samples;

  /** Nothing read yet. */
  public Recordings(Aspect aspect) {
    this.aspect = aspect;
    this.root = new Frame("all");
  }

  /**
   * Adds a recording.
   *
   * @throws IOException when it cannot be read
   */
  public void add(Path file) throws IOException {
    Map<Long, Duration> periods = periods(file);
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        add(event, periods.getOrDefault(event.getEventType().getId(), PERIOD));
      }
    }
  }

  /** Apart, because settings need not come before the samples that they are of. */
  private static Map<Long, Duration> periods(Path file) throws IOException {
    Map<Long, Duration> periods = new HashMap<>();
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().equals("jdk.ActiveSetting")) {
          notePeriod(event, periods);
        }
      }
    }
    return periods;
  }

  private static void notePeriod(RecordedEvent setting, Map<Long, Duration> periods) {
    Matcher millis = MILLIS.matcher(String.valueOf(setting.getString("value")));
    if ("period".equals(setting.getString("name")) && millis.matches()) {
      periods.put(setting.getLong("id"), Duration.ofMillis(Long.parseLong(millis.group(1))));
    }
  }

  private void add(RecordedEvent event, Duration period) {
    long weight = aspect.weight(event, period);
    if (weight > 0) {
      samples++;
      root.add(stack(event), weight);
    }
  }

  private static List<String> stack(RecordedEvent event) {
    List<String> stack = new ArrayList<>();
    for (RecordedFrame frame : event.getStackTrace().getFrames()) {
      if (frame.isJavaFrame()) {
        String type = frame.getMethod().getType().getName();
        stack.add(LAMBDA.matcher(type).replaceFirst("") + "." + frame.getMethod().getName());
      }
    }
    stack.add("thread " + threadName(event));
    Collections.reverse(stack);
    return stack;
  }

  /** Threads of one kind are one: what differs in their names is a number. */
  private static String threadName(RecordedEvent event) {
    RecordedThread thread =
        event.hasField("sampledThread") ? event.getThread("sampledThread") : event.getThread();
    String name = thread == null ? null : thread.getJavaName();
    return name == null ? "unknown" : NUMBER.matcher(name).replaceAll("#");
  }

  /** The graph. */
  public Frame root() {
    return root;
  }

  /** How many events are in it. */
  public long samples() {
    return samples;
  }

  /** Whether a recording is of a daemon, and not of a command that started or ended one. */
  public static boolean isOfDaemon(Path file) throws IOException {
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().equals("jdk.JVMInformation")) {
          return String.valueOf(event.getString("javaArguments")).contains(".DaemonMain");
        }
      }
    }
    return false;
  }
}
