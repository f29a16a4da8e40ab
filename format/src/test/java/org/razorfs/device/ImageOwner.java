package org.razorfs.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.razorfs.fault.FsException;

/**
 * Another process that opens an image and keeps it open until told otherwise, for tests of what two
 * processes do to each other.
 */
public final class ImageOwner implements AutoCloseable {
  private final Process process;
  private final String answer;

  private ImageOwner(Process process) throws IOException {
    this.process = process;
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.answer = String.valueOf(out.readLine());
  }

  /** Starts a Java process that opens the image, and waits for its answer. */
  public static ImageOwner start(Path image, FileDeviceOptions.Access access) throws IOException {
    return new ImageOwner(
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-cp",
                    classes(FileDevice.class) + ":" + classes(ImageOwner.class),
                    ImageOwner.class.getName(),
                    image.toString(),
                    access.name()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  private static Path classes(Class<?> of) {
    try {
      return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the process said: {@code open}, or the name of the fault. */
  public String answer() {
    return answer;
  }

  /** The process's number. */
  public long pid() {
    return process.pid();
  }

  /** Lets the process close the image; returns at once. */
  public void letGo() throws IOException {
    process.getOutputStream().close();
  }

  /** Kills the process and waits for its end. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Lets the process go and waits for its end. */
  @Override
  public void close() throws IOException, InterruptedException {
    letGo();
    process.waitFor();
  }

  /** The other process: image and access as arguments. */
  @SuppressWarnings("SystemOut") // its standard output is how it answers
  public static void main(String[] args) throws IOException {
    FileDeviceOptions options =
        FileDeviceOptions.of(FileDeviceOptions.Access.valueOf(args[1])).withPatience(Duration.ZERO);
    try (FileDevice device = FileDevice.open(Path.of(args[0]), options)) {
      System.out.println(device.size() < 0 ? "" : "open");
      System.in.read();
    } catch (FsException e) {
      System.out.println(e.fault());
    }
  }
}
