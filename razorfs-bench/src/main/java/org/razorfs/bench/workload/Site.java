package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.host.IoAction;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.subject.Session;

/**
 * Where a workload works: one mounted file system, what is to be put into it, and what other
 * workloads have left there.
 *
 * @param session the file system
 * @param input what is written
 * @param plan how much is done
 * @param commands runs programs
 * @param prepared what is made once on the host for all
 */
public record Site(Session session, Input input, Plan plan, Commands commands, Prepared prepared) {

  /** A name in the measured file system. */
  public Path at(String name) {
    return session.root().resolve(name);
  }

  /** The machine. */
  public Host host() {
    return commands.host();
  }

  /** The tree, unpacked before the clock starts if it is not there. */
  public Path tree() throws IOException {
    Path tree = at("tree");
    if (!Files.exists(tree)) {
      unpack();
      session.settle();
      session.ready();
    }
    return tree;
  }

  /** Unpacks the tree, and does not wait for the disk. */
  void unpack() throws IOException {
    commands.run("tar", "--extract", "--file=" + input.tar(), "--directory=" + session.root());
  }

  /** Removes a file or a folder before the clock starts. */
  public void remove(Path path) throws IOException {
    Folders.delete(path);
  }

  /** The seconds that something takes. */
  public double seconds(IoAction action) throws IOException {
    long start = System.nanoTime();
    action.run();
    return (System.nanoTime() - start) / 1e9;
  }

  /** The seconds until what something does is on the disk; usable again when this returns. */
  public double durableSeconds(IoAction action) throws IOException {
    double seconds =
        seconds(
            () -> {
              action.run();
              session.settle();
            });
    session.ready();
    return seconds;
  }

  /** Everything onto the disk, then nothing cached. */
  public void chill() throws IOException {
    session.chill();
  }

  /**
   * Finds a program.
   *
   * @throws UnavailableException when it is not installed, with Debian's package
   */
  public void require(String program, String debian) throws UnavailableException {
    if (host().find(program).isEmpty()) {
      throw new UnavailableException(program + " is not installed (Debian: " + debian + ")");
    }
  }
}
