package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the jnr-fuse transport carries of what a file system of Linux owes, and what it does not.
 */
@Tag("mount")
class JnrFuseConformanceTest {
  /** docs/transports.md tells what the caller gets instead. */
  private static final Set<String> NOT_CARRIED =
      Set.of(
          "rename_noreplace",
          "rename_exchange",
          "rename_whiteout",
          "tmpfile_and_link",
          "holes_are_found",
          "birth_time_is_told",
          "lists_are_inherited",
          "lists_are_enforced",
          "flags_of_directories_hold",
          "append_only_directories_only_grow",
          "open_files_outlive_their_names");

  @TempDir private Path work;
  private ConformanceProgram program;
  private MountFixture fixture;

  @BeforeEach
  void mount() throws IOException {
    MountFixture.requireMounting("jnr-fuse");
    program = ConformanceProgram.build(work);
    fixture = new MountFixture(work, "256M", "jnr-fuse").mount();
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> callsDoWhatLinuxSays() throws IOException {
    return program
        .checks()
        .filter(name -> !NOT_CARRIED.contains(name))
        .map(name -> DynamicTest.dynamicTest(name, () -> program.run(fixture, name)));
  }

  @TestFactory
  Stream<DynamicTest> nothingIsListedAsMissingThatIsThere() {
    return NOT_CARRIED.stream()
        .sorted()
        .map(name -> DynamicTest.dynamicTest(name, () -> program.runInVain(fixture, name)));
  }
}
