package org.razorfs.bench.result;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.razorfs.bench.host.Mounts;
import org.razorfs.tools.JsonDocument;

/**
 * The machine on which something was measured.
 *
 * @param kernel its name and version
 * @param processors how many
 * @param memoryBytes how much
 * @param java the version of this JVM
 * @param disk the type of the file system on which images lie
 */
public record Machine(String kernel, int processors, long memoryBytes, String java, String disk) {
  /**
   * This one.
   *
   * @param folder where images lie
   */
  public static Machine here(Path folder) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    String disk;
    try {
      disk = Mounts.typeOf(folder).orElse("unknown");
    } catch (IOException e) {
      disk = "unknown";
    }
    return new Machine(
        system.getName() + " " + system.getVersion(),
        system.getAvailableProcessors(),
        system.getTotalMemorySize(),
        System.getProperty("java.runtime.version", "unknown"),
        disk);
  }

  /** As part of a document. */
  public JsonDocument document() {
    return JsonDocument.object()
        .put("kernel", kernel)
        .put("processors", processors)
        .put("memory_bytes", memoryBytes)
        .put("java", java)
        .put("disk", disk);
  }
}
