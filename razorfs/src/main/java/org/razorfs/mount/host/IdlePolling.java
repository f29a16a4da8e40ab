package org.razorfs.mount.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.OnOffAuto;

/**
 * Has the host's idle processors poll instead of halt, while it is held.
 *
 * <p>A client and the thread that serves it wake each other with every request. In a virtual
 * machine a processor without work halts by leaving the guest, and coming back takes longer than
 * most requests do. The kernel's interface for that is {@code /dev/cpu_dma_latency} (its
 * documentation: power/pm_qos_interface): as long as somebody has it open after writing 0, none may
 * halt. It ends with the process at the latest. Root alone may open it.
 */
public final class IdlePolling implements AutoCloseable {
  private static final Path LATENCY = Path.of("/dev/cpu_dma_latency");
  private static final Path DRIVER = Path.of("/sys/devices/system/cpu/cpuidle/current_driver");

  /** Of the guests of KVM; elsewhere an idle processor saves more than waking it costs. */
  private static final String GUESTS = "haltpoll";

  /** All idle processors of a host poll, not only those of a client and its thread. */
  private static final int FEW_PROCESSORS = 4;

  private final Path latency;
  private final boolean used;
  private FileChannel held;
  private int holders;

  private IdlePolling(Path latency, boolean used) {
    this.latency = latency;
    this.used = used;
  }

  /**
   * For this host.
   *
   * @throws FsException when it is wanted and cannot be had
   */
  public static IdlePolling of(OnOffAuto wanted) throws FsException {
    return of(wanted, LATENCY, DRIVER, Runtime.getRuntime().availableProcessors());
  }

  /**
   * @param latency the device
   * @param driver the file that names the driver of idle processors
   * @param processors of the host
   */
  static IdlePolling of(OnOffAuto wanted, Path latency, Path driver, int processors)
      throws FsException {
    boolean possible = Files.isWritable(latency);
    if (wanted == OnOffAuto.ON && !possible) {
      throw FsException.of(
          Fault.NOT_SUPPORTED,
          "idle_poll=on: " + latency + " cannot be written here (root can); leave it out");
    }
    return new IdlePolling(
        latency,
        possible
            && (wanted == OnOffAuto.ON
                || (wanted == OnOffAuto.AUTO && processors <= FEW_PROCESSORS && helps(driver))));
  }

  private static boolean helps(Path driver) {
    try {
      return Files.readString(driver, StandardCharsets.US_ASCII).strip().equals(GUESTS);
    } catch (IOException e) {
      return false; // no such drivers here
    }
  }

  /** Whether holding it does anything. */
  public boolean isUsed() {
    return used;
  }

  /** Has idle processors poll until it was released as often as it was held. */
  public synchronized void hold() {
    if (used && holders++ == 0) {
      try {
        held = FileChannel.open(latency, StandardOpenOption.WRITE);
        held.write(ByteBuffer.allocate(Integer.BYTES)); // microseconds, in the order of the host
      } catch (IOException e) {
        let(held); // it only makes requests slower
        held = null;
      }
    }
  }

  /** Takes one {@link #hold} back. */
  public synchronized void release() {
    if (used && --holders == 0) {
      close();
    }
  }

  /** Lets processors halt whoever holds it. */
  @Override
  public synchronized void close() {
    let(held);
    held = null;
  }

  private static void let(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // the kernel has let go of it
      }
    }
  }
}
