package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;

/**
 * The daemon is killed under load, again and again on one image, over one transport after another:
 * what was acknowledged is there, and nothing is there that never was.
 */
@Tag("mount")
@Tag("slow")
class KillTest {
  private static final int CLIENTS = 4;
  private static final String GATHERING = "native with writeback_cache";
  private static final String[] KINDS = {"native", "jnr-fuse", GATHERING};
  private static final String[] OPTIONS = {"rw", "commit=1", "max_dirty_mb=4", "noatime,commit=1"};

  private final int rounds = Integer.getInteger("razorfs.kill.rounds", 5);
  private final long seed = Long.getLong("razorfs.kill.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final AtomicBoolean dying = new AtomicBoolean();
  private final Semaphore operations = new Semaphore(0);
  private final List<KillClient> clients = new ArrayList<>();
  @TempDir private Path work;
  private MountFixture fixture;

  @Test
  void whatWasSyncedOutlivesEveryKillAndNothingElseAppears() throws Exception {
    MountFixture.requireMounting("native");
    MountFixture.requireMounting("jnr-fuse");
    System.out.println("KillTest: -Drazorfs.kill.seed=" + seed);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (MountFixture closing = new MountFixture(work, "192M", "native")) {
      fixture = closing;
      mount(0);
      KillClient.Shared shared = new KillClient.Shared();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(
            new KillClient(
                fixture.path("client" + i), shared, random.nextLong(), operations::release));
      }
      MountFixture.sh("sync '" + fixture.directory() + "'");
      for (int round = 0; round < rounds; round++) {
        loadAndKill(round, threads);
        clearAway(round);
        requireCleanImage("round " + round);
        mount(round + 1);
        verify(round);
      }
      fixture.umount();
      requireCleanImage("the end");
    } finally {
      threads.shutdown();
      assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
    }
  }

  private static String kind(int round) {
    return KINDS[round % KINDS.length];
  }

  private void mount(int round) throws IOException {
    MountFixture.sh("cp --sparse=always '" + fixture.image() + "' '" + before() + "'");
    String options = OPTIONS[random.nextInt(OPTIONS.length)];
    switch (kind(round)) {
      case GATHERING -> fixture.mountOver("native", "-o", options + ",writeback_cache");
      default -> fixture.mountOver(kind(round), "-o", options);
    }
  }

  /** The image as it was before it was mounted last. */
  private Path before() {
    return work.resolve("before.img");
  }

  private void loadAndKill(int round, ExecutorService threads) throws Exception {
    int moment = random.nextInt(1 << (4 + random.nextInt(10)));
    boolean checkpoints = random.nextBoolean();
    dying.set(false);
    operations.drainPermits();
    List<Future<IOException>> running = new ArrayList<>();
    for (KillClient client : clients) {
      running.add(
          threads.submit(
              () -> {
                try {
                  return client.run(kind(round).equals(GATHERING));
                } finally {
                  operations.release(1 << 20); // whoever waits has nothing to wait for
                }
              }));
    }
    Future<?> requests = threads.submit(checkpoints ? this::requestCheckpoints : () -> {});
    operations.acquire(moment);
    boolean early = running.stream().anyMatch(Future::isDone);
    dying.set(true);
    fixture.kill();
    List<IOException> ends = new ArrayList<>();
    for (Future<IOException> end : running) {
      ends.add(end.get(60, TimeUnit.SECONDS));
    }
    requests.get(60, TimeUnit.SECONDS);
    assertFalse(early, () -> "a client failed before the kill: " + ends);
    System.out.printf(
        "round %d, %s: killed after %d operations, %d syncs%s%n",
        round,
        kind(round),
        clients.stream().mapToInt(KillClient::operations).sum(),
        clients.stream().mapToInt(KillClient::syncs).sum(),
        checkpoints ? ", amid checkpoints" : "");
    clients.forEach(KillClient::close);
  }

  private void requestCheckpoints() {
    try {
      Path socket = ControlDirectory.open(System.getenv()).socket(fixture.directory());
      Optional<ControlClient> connected = ControlClient.connect(socket);
      assertTrue(connected.isPresent() || dying.get(), "the daemon does not listen");
      if (connected.isPresent()) {
        try (ControlClient control = connected.get()) {
          while (!dying.get()) {
            control.send("checkpoint");
            assertNotNull(control.receiveText());
          }
        }
      }
    } catch (IOException e) {
      assertTrue(dying.get(), e::toString);
    }
  }

  /** As a user would, in all ways that there are. */
  private void clearAway(int round) throws IOException {
    switch (round % 3) {
      case 0 -> MountFixture.sh("fusermount3 -u '" + fixture.directory() + "'");
      case 1 -> assertEquals(32, MountFixture.run("umount", fixture.directory()).exitCode());
      default -> {} // the next mount does it
    }
  }

  /** What razorfsck does. */
  private void requireCleanImage(String when) throws IOException {
    try (FileDevice device = FileDevice.open(fixture.image(), FileDeviceOptions.readOnly())) {
      CheckReport report = Checker.check(device, CheckOptions.full(), CheckListener.NONE);
      if (!report.isClean()) {
        throw new AssertionError(when + ": " + report.findings() + keep(fixture.image()));
      }
    }
  }

  private void verify(int round) throws IOException {
    List<String> problems = new ArrayList<>();
    for (KillClient client : clients) {
      String problem = client.verify();
      if (problem != null) {
        problems.add(problem);
      }
    }
    if (!problems.isEmpty()) {
      throw new AssertionError(
          "round " + round + ": " + String.join("\n", problems) + keep(before()));
    }
  }

  /** Keeps an image for a closer look. */
  private static String keep(Path image) throws IOException {
    Path kept = Path.of("target", "killed.img").toAbsolutePath();
    MountFixture.sh("cp --sparse=always '" + image + "' '" + kept + "'");
    return "; the image is kept as " + kept;
  }
}
