package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
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

  @ParameterizedTest
  @CsvSource({"8192, zlib, true", "16384, auto, false", "65536, lz4, false"})
  void wholeVolumes(int nodeSize, String compression, boolean clean) throws IOException {
    MemoryDevice device = new MemoryDevice(SpecReaderTest.SIZE);
    SampleVolume.make(device, nodeSize, CompressionPolicy.parse(compression), clean);
    KaitaiComparison.Counts counts =
        new KaitaiComparison(imageClass, SpecReaderTest.bytes(device)).compare();
    assertTrue(counts.items() > 1000, counts::toString);
    assertTrue(clean || counts.mutations() > 1000, counts::toString);
  }

  @ParameterizedTest
  @MethodSource("org.razorfs.spec.GoldenImagesTest#names")
  void goldenImages(String name) throws IOException {
    new KaitaiComparison(imageClass, GoldenImages.image(name)).compare();
  }
}
