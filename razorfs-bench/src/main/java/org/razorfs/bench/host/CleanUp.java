package org.razorfs.bench.host;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.razorfs.tools.Messages;

/**
 * What has to be undone, last first, however the run ends: by itself, by a failure or by a signal.
 *
 * <p>A step is entered before what it undoes is done, and is therefore fine with nothing to undo.
 */
public final class CleanUp implements AutoCloseable {
  private final Deque<Step> steps = new ArrayDeque<>();
  private final Consumer<String> warn;
  private final List<Commands> commands = new ArrayList<>();
  private Thread hook;

  /**
   * @param warn gets a line for each step that fails
   */
  public CleanUp(Consumer<String> warn) {
    this.warn = warn;
  }

  /** Undoes everything, too, when the process is told to end; {@code running} is stopped first. */
  public CleanUp onSignal(Commands running) {
    commands.add(running);
    hook = new Thread(this::signalled, "clean up");
    Runtime.getRuntime().addShutdownHook(hook);
    return this;
  }

  private void signalled() {
    commands.forEach(Commands::stop);
    undoAll();
  }

  /** Enters a step. */
  public synchronized Step add(String what, IoAction action) {
    Step step = new Step(what, action);
    steps.push(step);
    return step;
  }

  /** Undoes what is left and no longer waits for a signal. */
  @Override
  public void close() {
    undoAll();
    if (hook != null) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        hook = null; // it is running just now
      }
    }
  }

  private void undoAll() {
    for (Step step = next(); step != null; step = next()) {
      step.runOrWarn();
    }
  }

  private synchronized Step next() {
    return steps.peek();
  }

  private synchronized boolean isEntered(Step step) {
    return steps.contains(step);
  }

  private synchronized void remove(Step step) {
    steps.remove(step);
  }

  /** One thing to be undone, once. */
  public final class Step implements AutoCloseable {
    private final String what;
    private final IoAction action;

    private Step(String what, IoAction action) {
      this.what = what;
      this.action = action;
    }

    /** Undoes it now, unless that has happened; a signal waits for what is being undone. */
    @Override
    public synchronized void close() throws IOException {
      if (isEntered(this)) {
        try {
          action.run();
        } finally {
          remove(this);
        }
      }
    }

    private void runOrWarn() {
      try {
        close();
      } catch (IOException | RuntimeException e) {
        warn.accept("cannot " + what + ": " + Messages.of(e));
      }
    }
  }
}
