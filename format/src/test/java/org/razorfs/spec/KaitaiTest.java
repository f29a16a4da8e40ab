package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.fault.FsException;

/** The Kaitai description and the library reading the same bytes differently. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KaitaiTest {
  private Class<?> imageClass;

  @BeforeAll
  void compile(@TempDir Path folder) throws IOException, InterruptedException {
    imageClass = KaitaiCompiler.imageClass(folder);
  }

  @Test
  void everyFormOfEveryStructure() throws FsException {
    for (int seed = 0; seed < 5; seed++) {
      KaitaiComparison.Counts counts =
          new KaitaiComparison(imageClass, new ArtificialImage(seed).build()).compare();
      assertTrue(counts.items() > 2000, counts::toString);
      assertTrue(counts.mutations() > 1000, counts::toString);
    }
  }
}
