package org.razorfs.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes everything on to another device and writes down what changes it, in order, so that a test
 * can build every state in which a crash could have left it.
 *
 * <p>Writes, flushes and marks are serialised: the log's order is the order in which they happened,
 * and a flush covers exactly the writes before it. Operations that fail are not written down.
 */
public final class RecordingDevice extends ForwardingDevice {

  /** Something that happened, in the order in which it did. */
  public sealed interface Event permits Write, Discard, Flush, Mark {}

  /**
   * Bytes that were written; a gathering write is one event.
   *
   * @param data not to be changed
   */
  public record Write(long position, byte[] data) implements Event {}

  /** A range that was given up. */
  public record Discard(long position, long length) implements Event {}

  /** Everything before this is durable. */
  public record Flush() implements Event {}

  /** What the test wanted to find again: an operation that was acknowledged, say. */
  public record Mark(Object label) implements Event {}

  private final List<Event> events = new ArrayList<>();

  /** Records from now on what changes {@code inner}. */
  public RecordingDevice(BlockDevice inner) {
    super(inner);
  }

  /** Writes down that the test has got here. */
  public synchronized void mark(Object label) {
    events.add(new Mark(label));
  }

  /** What has happened so far; a copy. */
  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** How many events there are so far. */
  public synchronized int eventCount() {
    return events.size();
  }

  /** Forgets what has happened so far. */
  public synchronized void clear() {
    events.clear();
  }

  /** Lets the events happen to another device of at least the same size. */
  public static void replay(Iterable<? extends Event> events, BlockDevice device)
      throws IOException {
    for (Event event : events) {
      if (event instanceof Write write) {
        device.write(write.position(), ByteBuffer.wrap(write.data()));
      } else if (event instanceof Discard discard) {
        device.discard(discard.position(), discard.length());
      } else if (event instanceof Flush) {
        device.flush();
      }
    }
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    write(position, new ByteBuffer[] {source});
  }

  @Override
  public synchronized void write(long position, ByteBuffer[] sources) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(Math.toIntExact(Ranges.remaining(sources)));
    for (ByteBuffer source : sources) {
      data.put(source.duplicate());
    }
    inner.write(position, sources);
    events.add(new Write(position, data.array()));
  }

  @Override
  public synchronized void flush() throws IOException {
    inner.flush();
    events.add(new Flush());
  }

  @Override
  public synchronized void discard(long position, long length) throws IOException {
    inner.discard(position, length);
    events.add(new Discard(position, length));
  }
}
