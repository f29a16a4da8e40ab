package org.razorfs.bench.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark runs; how fast is not looked at. */
class EngineBenchTest {
  @Test
  void everyBenchmarkRunsAndHasItsRows(@TempDir Path folder) throws Exception {
    String before = System.getProperty(Image.FOLDER);
    System.setProperty(Image.FOLDER, folder.toString());
    List<RunResult> results;
    try {
      results =
          EngineBench.run(
              new OptionsBuilder()
                  .include("org.razorfs.bench.engine.*")
                  .addProfiler(CpuTime.class)
                  .forks(0)
                  .warmupIterations(0)
                  .measurementIterations(1)
                  .measurementTime(TimeValue.milliseconds(50))
                  .param("files", "20")
                  .param("filesPerDirectory", "10")
                  .param("megabytes", "2")
                  .shouldFailOnError(true)
                  .verbosity(VerboseMode.SILENT)
                  .build(),
              1);
    } finally {
      if (before == null) {
        System.clearProperty(Image.FOLDER);
      } else {
        System.setProperty(Image.FOLDER, before);
      }
    }

    Set<String> names =
        results.stream().map(run -> run.getParams().getBenchmark()).collect(Collectors.toSet());
    assertEquals(13, names.size(), names.toString());
    String table = new Table(results).toString();
    for (String row :
        List.of(
            "creates/s", "RAZORFS / MVStore", "lookups/s", "with / without", "streaming read")) {
      assertTrue(table.contains(row), table);
    }
    assertFalse(table.contains("NaN"), table);
    try (var left = java.nio.file.Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
