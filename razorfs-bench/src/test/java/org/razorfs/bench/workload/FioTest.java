package org.razorfs.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class FioTest {
  private static final String REPORT =
      """
      {
        "fio version" : "fio-3.33",
        "jobs" : [ { "jobname" : "razorfs-bench",
          "read" : { "iops" : 0.0, "total_ios" : 0 },
          "write" : { "iops" : 1234.5, "total_ios" : 100 } } ]
      }
      """;

  @Test
  void theFigureIsThatOfTheDirectionAskedFor() throws IOException {
    assertEquals(1234.5, Fio.figure("write", REPORT).value());
    assertEquals("fio-3.33", Fio.figure("write", REPORT).tool());
  }

  @Test
  void warningsBeforeTheDocumentAreSkipped() throws IOException {
    assertEquals(1234.5, Fio.figure("write", "fio: something is odd {\n" + REPORT).value());
  }

  @Test
  void aReportWithoutTheFigureIsAFailureAndNoZero() {
    assertThrows(IOException.class, () -> Fio.figure("read", REPORT));
    assertThrows(IOException.class, () -> Fio.figure("write", "{\"jobs\": []}"));
    assertThrows(IOException.class, () -> Fio.figure("write", ""));
  }
}
