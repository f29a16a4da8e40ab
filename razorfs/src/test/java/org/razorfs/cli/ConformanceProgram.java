package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Test support: the program in C that asks a file system for what it owes (src/test/c). */
record ConformanceProgram(Path path) {
  private static final Path SOURCE = Path.of("src/test/c/conformance.c");

  /** Compiles it into a directory. */
  static ConformanceProgram build(Path directory) throws IOException {
    Path path = directory.resolve("conformance");
    MountFixture.sh("cc -O1 -pthread -o '" + path + "' '" + SOURCE.toAbsolutePath() + "'");
    return new ConformanceProgram(path);
  }

  /** The names of its checks. */
  Stream<String> checks() throws IOException {
    return MountFixture.sh(path + " list").lines();
  }

  /** Runs a check, which has to pass, in a directory of its own. */
  void run(MountFixture fixture, String check) throws IOException {
    fixture.shell("mkdir " + check + "; cd " + check + "; " + path + " " + check);
  }

  /** Runs a check that has to fail. */
  void runInVain(MountFixture fixture, String check) throws IOException {
    fixture.shell("mkdir " + check + "; cd " + check + "; ! " + path + " " + check);
  }

  /** For shell scripts. */
  @Override
  public String toString() {
    return path.toString();
  }
}
