package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.MemoryDevice;
import org.razorfs.volume.Volume;

/** Software that no longer reads, recovers or writes the images of a released version. */
class GoldenImagesTest {
  static Stream<String> names() {
    return Stream.of(GoldenImages.NAMES);
  }

  @ParameterizedTest
  @MethodSource("names")
  void isListedAsEver(String name) throws IOException {
    byte[] image = GoldenImages.image(name);
    assertEquals(GoldenImages.listing(name), SpecReaderTest.library(image));
  }

  @ParameterizedTest
  @MethodSource("names")
  void isWhatTheSpecificationSays(String name) throws IOException {
    byte[] bytes = GoldenImages.image(name);
    assertEquals(List.of(), new SpecVerifier(new SpecImage(bytes), null).verify());
    SpecImage image = new SpecImage(bytes);
    SpecJournal journal = new SpecJournal(image);
    journal.replay();
    journal.settle();
    assertEquals(List.of(), new SpecVerifier(image, journal).verify());
    assertEquals(GoldenImages.listing(name), Entry.listing(new SpecReader(image).list()));
  }

  @ParameterizedTest
  @MethodSource("names")
  void canBeOpenedForWritingAndClosed(String name) throws IOException {
    MemoryDevice device = MemoryDevice.of(GoldenImages.image(name));
    Volume.open(device, SampleVolume.options()).close();
    byte[] after = SpecReaderTest.bytes(device);
    assertEquals(GoldenImages.listing(name), SpecReaderTest.library(after));
    assertEquals(List.of(), new SpecVerifier(new SpecImage(after), null).verify());
  }

  @ParameterizedTest
  @MethodSource("names")
  void isSoundInTheEyesOfTheChecker(String name) throws IOException {
    MemoryDevice device = MemoryDevice.of(GoldenImages.image(name));
    CheckReport report = Checker.check(device, CheckOptions.full(), CheckListener.NONE);
    assertEquals(List.of(), report.findings());
  }
}
