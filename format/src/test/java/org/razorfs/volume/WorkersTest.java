package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkersTest {
  /** Such as the processor that the caller is kept on. */
  @Test
  void workersInheritNothingFromWhoHasTheFirstWorkForThem() throws Exception {
    InheritableThreadLocal<String> place = new InheritableThreadLocal<>();
    try (Workers workers = new Workers(2)) {
      place.set("the caller's");
      CompletableFuture<String> seen = new CompletableFuture<>();
      workers.execute(() -> seen.complete(place.get()));
      assertNull(seen.get(60, TimeUnit.SECONDS));
    } finally {
      place.remove();
    }
  }
}
