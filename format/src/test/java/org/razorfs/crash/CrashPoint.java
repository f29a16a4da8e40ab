package org.razorfs.crash;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One way in which a crash can go: the log up to {@code position} had been issued; all of it up to
 * {@code durable} had reached the device, and of the rest what is listed.
 *
 * @param position events of the log before the crash
 * @param durable events of the log before the last flush that counts
 * @param whole events after that which reached the device, ascending
 * @param torn the event of which only a part did, or -1
 * @param from the first byte of that part
 * @param to the first byte behind it
 */
record CrashPoint(int position, int durable, int[] whole, int torn, int from, int to) {

  /** Everything issued has arrived. */
  static CrashPoint prefix(int position, int durable, int[] whole) {
    return new CrashPoint(position, durable, whole, -1, 0, 0);
  }

  /** The form from which {@link #parse} makes the same point again. */
  @Override
  public String toString() {
    return position
        + "/"
        + durable
        + "/"
        + ranges()
        + "/"
        + (torn < 0 ? "" : torn + ":" + from + "-" + to);
  }

  /** The whole events as "3,5..9". */
  private String ranges() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < whole.length; i++) {
      int first = whole[i];
      while (i + 1 < whole.length && whole[i + 1] == whole[i] + 1) {
        i++;
      }
      text.append(text.length() == 0 ? "" : ",").append(first);
      if (whole[i] > first) {
        text.append("..").append(whole[i]);
      }
    }
    return text.toString();
  }

  private static IntStream range(String text) {
    int dots = text.indexOf("..");
    return dots < 0
        ? IntStream.of(Integer.parseInt(text))
        : IntStream.rangeClosed(
            Integer.parseInt(text.substring(0, dots)), Integer.parseInt(text.substring(dots + 2)));
  }

  static CrashPoint parse(String text) {
    String[] parts = text.split("/", -1);
    int[] whole =
        parts[2].isEmpty()
            ? new int[0]
            : Arrays.stream(parts[2].split(",", -1)).flatMapToInt(CrashPoint::range).toArray();
    int torn = -1;
    int from = 0;
    int to = 0;
    if (!parts[3].isEmpty()) {
      String[] tear = parts[3].split("[:-]", -1);
      torn = Integer.parseInt(tear[0]);
      from = Integer.parseInt(tear[1]);
      to = Integer.parseInt(tear[2]);
    }
    return new CrashPoint(
        Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), whole, torn, from, to);
  }
}
