package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.device.MemoryDevice;

/** Damage that is overlooked, or called by another name, or mistaken for more than it is. */
class ProblemsTest {
  private static MemoryDevice image;

  @BeforeAll
  static void makeImage() throws IOException {
    image = SampleImage.make(8192);
  }

  @ParameterizedTest
  @EnumSource
  void damageIsReportedByItsNameAlone(Damage damage) throws IOException {
    ImageEditor editor = new ImageEditor(image);
    damage.apply(editor);
    CheckReport report = CleanImagesTest.check(editor.device());
    assertEquals(damage.expected(), report.counts().keySet(), () -> report.findings().toString());
    assertFalse(report.isClean());
  }

  @Test
  void everyProblemIsTried() {
    Set<Problem> tried = EnumSet.noneOf(Problem.class);
    for (Damage damage : Damage.values()) {
      tried.addAll(damage.expected());
    }
    tried.addAll(Damage.NEVER.keySet());
    assertEquals(EnumSet.allOf(Problem.class), tried);
  }
}
