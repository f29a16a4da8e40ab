package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.host.PageCache;

/** A file system that this process has mounted itself. */
final class MountedSession implements Session {
  private final Driver driver;
  private final Commands commands;
  private final boolean ownImage;
  private final CleanUp.Step unmounting;
  private final Path root;
  private boolean mounted;
  private long usedWhenNew;

  private MountedSession(
      Driver driver, Commands commands, boolean ownImage, CleanUp.Step unmounting) {
    this.driver = driver;
    this.commands = commands;
    this.ownImage = ownImage;
    this.unmounting = unmounting;
    this.root = driver.mountPoint().resolve("razorfs-bench-" + ProcessHandle.current().pid());
  }

  /**
   * Makes, unless it is there already, and mounts.
   *
   * @param ownImage whether the image is new, and nothing but what is measured will be in it
   */
  static MountedSession open(Driver driver, Commands commands, boolean ownImage, CleanUp cleanUp)
      throws IOException {
    if (ownImage) {
      driver.make();
    }
    MountedSession session =
        new MountedSession(
            driver,
            commands,
            ownImage,
            cleanUp.add("unmount " + driver.mountPoint(), driver::unmount));
    try {
      session.ready();
      Files.createDirectory(session.root);
      session.usedWhenNew = session.used();
      return session;
    } catch (IOException | RuntimeException e) {
      try {
        session.unmounting.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  @Override
  public Path root() {
    return root;
  }

  @Override
  public void settle() throws IOException {
    PageCache.syncfs(commands, root);
    mounted = driver.commit();
  }

  @Override
  public void ready() throws IOException {
    if (!mounted) {
      driver.mount();
      mounted = true;
    }
  }

  @Override
  public void chill() throws IOException {
    unmount();
    PageCache.drop(commands);
    ready();
  }

  private void unmount() throws IOException {
    mounted = false;
    driver.unmount();
  }

  @Override
  public OptionalLong usedBytes() throws IOException {
    if (!ownImage) {
      return OptionalLong.empty();
    }
    // Some file systems know what they use only once everything has been written.
    unmount();
    ready();
    return OptionalLong.of(used() - usedWhenNew);
  }

  private long used() throws IOException {
    FileStore store = Files.getFileStore(root);
    return store.getTotalSpace() - store.getUnallocatedSpace();
  }

  @Override
  public void close() throws IOException {
    try {
      if (!ownImage) {
        ready();
        Folders.delete(root);
      }
    } finally {
      unmounting.close();
    }
  }
}
