package org.razorfs.volume;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.volume.VolumeFixture.Action;

/** Something that happens once, within whatever asks for space next. */
final class Interruption implements AllocationFault {
  private final AtomicReference<Action> next = new AtomicReference<>();
  private volatile boolean happened;

  /** Has it happen from now on. */
  void arm(Action action) {
    happened = false;
    next.set(action);
  }

  /** Whether it has, to its end. */
  boolean happened() {
    return happened;
  }

  @Override
  public void check(long ordinal) {
    Action action = next.getAndSet(null);
    if (action == null) {
      return;
    }
    try {
      action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    happened = true;
  }
}
