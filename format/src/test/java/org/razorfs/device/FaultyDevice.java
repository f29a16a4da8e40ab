package org.razorfs.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Passes everything on to another device, except that the k-th read, write or flush fails, once or
 * from then on; counts, so that a test first learns how many there are and then fails each.
 */
public final class FaultyDevice extends ForwardingDevice {

  /** What is counted and can be made to fail. */
  public enum Operation {
    READ,
    WRITE,
    FLUSH
  }

  /** From which on (counted from 1) which operation fails, and how much of a write gets through. */
  private record Rule(Operation operation, long first, boolean sticky, int stored) {
    boolean matches(Operation what, long number) {
      return what == operation && (sticky ? number >= first : number == first);
    }
  }

  private record Before(long position, byte[] data) {}

  private final List<Rule> rules = new ArrayList<>();
  private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);
  private final Deque<Before> unflushed = new ArrayDeque<>();
  private boolean losing;
  private long failures;

  /** Without any faults as yet. */
  public FaultyDevice(BlockDevice inner) {
    super(inner);
    for (Operation operation : Operation.values()) {
      counts.put(operation, 0L);
    }
  }

  /** Makes only the {@code k}-th such operation since the beginning fail, counted from 1. */
  public synchronized FaultyDevice failOnce(Operation operation, long k) {
    rules.add(new Rule(operation, k, false, 0));
    return this;
  }

  /** Makes the {@code k}-th such operation since the beginning and all later ones fail. */
  public synchronized FaultyDevice failFrom(Operation operation, long k) {
    rules.add(new Rule(operation, k, true, 0));
    return this;
  }

  /** Makes the {@code k}-th write store its first {@code bytes} bytes and then fail. */
  public synchronized FaultyDevice tearOnce(long k, int bytes) {
    rules.add(new Rule(Operation.WRITE, k, false, bytes));
    return this;
  }

  /**
   * Makes a flush that fails lose all writes since the last one that succeeded, as a kernel does
   * that drops the dirty pages which it could not write.
   */
  public synchronized FaultyDevice losingUnflushed() {
    losing = true;
    return this;
  }

  /** Takes all faults away; counting goes on. */
  public synchronized void heal() {
    rules.clear();
  }

  /** How many such operations there were, those that failed included. */
  public synchronized long count(Operation operation) {
    return counts.get(operation);
  }

  /** How many operations were made to fail. */
  public synchronized long failures() {
    return failures;
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    if (next(Operation.READ) != null) {
      throw eio("read of " + target.remaining() + " bytes at " + position);
    }
    inner.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    write(position, new ByteBuffer[] {source});
  }

  @Override
  public synchronized void write(long position, ByteBuffer[] sources) throws IOException {
    Rule rule = next(Operation.WRITE);
    long length = Ranges.remaining(sources);
    if (losing && inside(position, length)) {
      ByteBuffer old = ByteBuffer.allocate(Math.toIntExact(length));
      inner.read(position, old);
      unflushed.push(new Before(position, old.array()));
    }
    if (rule == null) {
      inner.write(position, sources);
      return;
    }
    if (rule.stored() > 0) {
      ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(length));
      for (ByteBuffer source : sources) {
        joined.put(source.duplicate());
      }
      joined.flip().limit(Math.min(rule.stored(), joined.limit()));
      inner.write(position, joined);
    }
    throw eio("write of " + length + " bytes at " + position);
  }

  @Override
  public synchronized void flush() throws IOException {
    if (next(Operation.FLUSH) != null) {
      while (!unflushed.isEmpty()) { // the newest first, so that the oldest contents win
        Before before = unflushed.pop();
        inner.write(before.position(), ByteBuffer.wrap(before.data()));
      }
      throw eio("flush");
    }
    inner.flush();
    unflushed.clear();
  }

  private boolean inside(long position, long length) {
    return position >= 0 && length <= inner.size() && position <= inner.size() - length;
  }

  private synchronized Rule next(Operation operation) {
    long number = counts.merge(operation, 1L, Long::sum);
    for (Rule rule : rules) {
      if (rule.matches(operation, number)) {
        failures++;
        return rule;
      }
    }
    return null;
  }

  private FsException eio(String what) {
    return new FsException(Fault.IO_ERROR, name() + ": " + what + " failed: injected");
  }
}
