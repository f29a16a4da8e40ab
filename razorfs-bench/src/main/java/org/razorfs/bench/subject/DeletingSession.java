package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Mounts;
import org.razorfs.tools.CommandFailure;

/** A session whose folder goes with it. */
record DeletingSession(Session session, CleanUp.Step deleting, Driver driver) implements Session {
  @Override
  public Path root() {
    return session.root();
  }

  @Override
  public void settle() throws IOException {
    session.settle();
  }

  @Override
  public void ready() throws IOException {
    session.ready();
  }

  @Override
  public void chill() throws IOException {
    session.chill();
  }

  @Override
  public OptionalLong usedBytes() throws IOException {
    return session.usedBytes();
  }

  @Override
  public void close() throws IOException {
    session.close();
    if (Mounts.isMounted(driver.mountPoint())) {
      throw new CommandFailure(1, driver.mountPoint() + ": is still mounted; unmount it by hand");
    }
    deleting.close();
  }
}
