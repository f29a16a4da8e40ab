package org.razorfs.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadsTest {
  private static List<String> select(String... names) {
    return Workloads.select(List.of(names)).stream().map(Workload::id).toList();
  }

  @Test
  void namesAndTitlesAreNeverTheSame() {
    List<Workload> all = Workloads.all();
    assertEquals(all.size(), new HashSet<>(Workloads.ids()).size());
    assertEquals(all.size(), all.stream().map(Workload::title).distinct().count(), "titles differ");
  }

  @Test
  void withoutNamesAllAreSelected() {
    assertEquals(Workloads.ids(), select());
  }

  @Test
  void theOrderIsThatOfTheListAndNothingComesTwice() {
    assertEquals(List.of("untar", "rm", "sqlite"), select("sqlite", "rm", "untar", "rm"));
  }

  @Test
  void aStarStandsForAllThatBeginSo() {
    assertEquals(List.of("git-clone", "git-status", "git-checkout"), select("git*"));
    assertEquals(List.of("find", "git-status"), select("git-s*", "find"));
  }

  @Test
  void aWrongNameIsRefusedWithTheRightOnes() {
    IllegalArgumentException problem =
        assertThrows(IllegalArgumentException.class, () -> select("untar", "nonsense"));
    assertTrue(problem.getMessage().contains("'nonsense'"), problem.getMessage());
    assertTrue(problem.getMessage().contains("untar space find"), problem.getMessage());
    assertThrows(IllegalArgumentException.class, () -> select("nothing-like-it*"));
  }

  @Test
  void onlyWhatSaysSoIsCold() {
    for (Workload workload : Workloads.all()) {
      assertEquals(workload.title().contains("cold"), workload.cold(), workload.id());
    }
  }
}
