package org.razorfs.bench.workload;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Skipped;
import org.razorfs.bench.subject.Session;
import org.razorfs.bench.subject.Target;
import org.razorfs.tools.Messages;

/**
 * Measures workloads on file systems: in every repetition each file system once, made anew, one
 * after the other, and each repetition begins with another one. So whatever changes on the machine
 * in the meantime meets all alike.
 */
public final class Runner {
  private final Commands commands;
  private final CleanUp cleanUp;
  private final Input input;
  private final Plan plan;
  private final Prepared prepared;
  private final Listener listener;
  private final boolean mayChill;
  private final Results results = new Results();
  private final Set<String> broken = new HashSet<>();

  /**
   * @param cleanUp where what has to be undone is entered
   * @param mayChill whether caches can be dropped; cold workloads are left out otherwise
   */
  public Runner(
      Commands commands,
      CleanUp cleanUp,
      Input input,
      Plan plan,
      Prepared prepared,
      boolean mayChill,
      Listener listener) {
    this.commands = commands;
    this.cleanUp = cleanUp;
    this.input = input;
    this.plan = plan;
    this.prepared = prepared;
    this.mayChill = mayChill;
    this.listener = listener;
  }

  /** Measures everything that can be; what cannot be is told in the results. */
  public Results run(List<Target> targets, List<Workload> workloads, int repetitions) {
    for (Target target : targets) {
      results.target(target.name(), target.description());
      target
          .missing()
          .ifPresent(
              reason -> {
                broken.add(target.name());
                results.skip(new Skipped(null, target.name(), reason, false));
              });
    }
    int total = repetitions * targets.size() * workloads.size();
    for (int repetition = 0; repetition < repetitions; repetition++) {
      for (int i = 0; i < targets.size(); i++) {
        Target target = targets.get((i + repetition) % targets.size());
        int done = (repetition * targets.size() + i) * workloads.size();
        if (!broken.contains(target.name())) {
          measure(target, workloads, done, total);
        }
      }
    }
    return results;
  }

  private void measure(Target target, List<Workload> workloads, int done, int total) {
    String doing = null;
    try (Session session = target.open(cleanUp)) {
      Site site = new Site(session, input, plan, commands, prepared);
      for (int i = 0; i < workloads.size(); i++) {
        Workload workload = workloads.get(i);
        doing = workload.id();
        listener.starts(target.name(), workload, done + i, total);
        measure(site, target, workload);
      }
      doing = "unmounting";
    } catch (IOException | RuntimeException e) {
      // What comes after a failure would measure something else, and so would the next time.
      broken.add(target.name());
      results.skip(new Skipped(doing, target.name(), Messages.of(e), true));
      listener.failed(target.name(), e);
    }
  }

  private void measure(Site site, Target target, Workload workload) throws IOException {
    if (workload.cold() && !mayChill) {
      results.skip(new Skipped(workload.id(), target.name(), "dropping caches needs root", false));
      return;
    }
    try {
      Figure figure = workload.body().measure(site);
      results.add(workload.id(), workload.title(), workload.unit(), target.name(), figure);
      listener.measured(target.name(), workload, figure);
    } catch (UnavailableException e) {
      results.skip(new Skipped(workload.id(), target.name(), e.getMessage(), false));
    }
  }

  /** Is told how it goes on. */
  public interface Listener {
    /** A workload starts, after so many of all. */
    void starts(String target, Workload workload, int done, int total);

    /** It has been measured. */
    void measured(String target, Workload workload, Figure figure);

    /** A file system is given up. */
    void failed(String target, Exception problem);
  }
}
