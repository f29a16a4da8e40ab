package org.razorfs.mount.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;

/** Test support: a daemon that this process is itself, with all that is its in one folder. */
public final class TestDaemon {
  private final Path folder;
  private final boolean root;

  /**
   * @param folder as the mount table shows it
   * @param root whether it may unmount by itself
   */
  public TestDaemon(Path folder, boolean root) {
    this.folder = folder;
    this.root = root;
  }

  /** Mounts nothing, and serves that so. */
  public static class Nowhere implements Transport {
    private final Mounted mounted;
    private volatile boolean asked;

    /** Serves so. */
    public Nowhere(Mounted mounted) {
      this.mounted = mounted;
    }

    @Override
    public String name() {
      return "nowhere";
    }

    @Override
    public boolean keepsAcls() {
      return false;
    }

    @Override
    public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log)
        throws IOException {
      asked = true;
      return mounted;
    }

    /** Whether it was asked to mount. */
    boolean hasMounted() {
      return asked;
    }
  }

  /** A log of which each line is told as it is written. */
  private record Told(Consumer<String> lines) implements Appendable {
    @Override
    public Appendable append(CharSequence text) {
      lines.accept(text.toString());
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) {
      return append(text.subSequence(start, end));
    }

    @Override
    public Appendable append(char character) {
      return append(Character.toString(character));
    }
  }

  public Path image() {
    return folder.resolve("disk.img");
  }

  public Path mountPoint() {
    return folder.resolve("mnt");
  }

  Path socket() {
    return folder.resolve("socket");
  }

  /** Makes its image. */
  public void format() throws IOException {
    try (FileDevice device =
        FileDevice.create(image(), 64L << 20, false, FileDeviceOptions.readWrite())) {
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    }
  }

  /**
   * The daemon, to be run.
   *
   * @param lines is told each line of the log
   */
  public Daemon over(Transport transport, Consumer<String> lines, String... options) {
    return over(List.of(transport), lines, options);
  }

  /** As above, over the first of these that can be had. */
  public Daemon over(List<Transport> transports, Consumer<String> lines, String... options) {
    return new Daemon(
        image(),
        mountPoint(),
        MountOptions.parse(List.of(options)),
        transports,
        socket(),
        root,
        new MountLog(new Told(lines), Clock.systemUTC()),
        Clock.systemUTC());
  }
}
