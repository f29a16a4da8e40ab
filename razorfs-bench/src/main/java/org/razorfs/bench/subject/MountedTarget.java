package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.host.Mounts;
import org.razorfs.tools.CommandFailure;

/**
 * A kind of file system of which a new one is made for each session, in a temporary folder.
 *
 * @param name its name
 * @param description what it is
 * @param commands runs programs
 * @param why why it cannot be measured here
 * @param image outside of that folder, which goes with it, or null
 * @param driver makes a driver whose {@code mnt} lies in the folder that it is given
 */
record MountedTarget(
    String name,
    String description,
    Commands commands,
    Supplier<Optional<String>> why,
    Path image,
    Function<Path, Driver> driver)
    implements Target {

  @Override
  public Optional<String> missing() {
    return why.get();
  }

  @Override
  public Session open(CleanUp cleanUp) throws IOException {
    if (image != null && Files.exists(image)) {
      throw new CommandFailure(1, image + ": has come into being meanwhile; it is left alone");
    }
    Path folder =
        Files.createTempDirectory(commands.host().temporary(), "razorfs-bench-" + name + "-");
    CleanUp.Step deleting = cleanUp.add("delete " + folder, () -> delete(folder, image));
    try {
      Files.createDirectory(folder.resolve("mnt"));
      Driver fresh = driver.apply(folder);
      return new DeletingSession(
          MountedSession.open(fresh, commands, true, cleanUp), deleting, fresh);
    } catch (IOException | RuntimeException e) {
      try {
        deleting.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static void delete(Path folder, Path image) throws IOException {
    if (Mounts.isMounted(folder.resolve("mnt"))) {
      throw new CommandFailure(1, folder + ": is still mounted; unmount and delete it by hand");
    }
    if (image != null) {
      Files.deleteIfExists(image);
    }
    Folders.delete(folder);
  }
}
