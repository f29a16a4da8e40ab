package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.TransportUnavailableException;

/** Which failures are no reason to try another transport, by their error numbers in Linux. */
class SetUpFailuresTest {
  private static final int EINVAL = 22;
  private static final List<Integer> SHORTAGES = List.of(12, 23, 24); // ENOMEM, ENFILE, EMFILE

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 12, 13, 15, 16, 19, 20, 22, 23, 24, 25, 38})
  void onlyWhatAnotherCouldDoBetterMakesThisOneUnavailable(int errno) {
    MountRequest request =
        MountOptions.parse(List.of()).request(Path.of("/mnt"), "/disk.img", true);
    assertEquals(
        errno == EINVAL, Mounter.failure(request, errno) instanceof TransportUnavailableException);
    assertEquals(
        !SHORTAGES.contains(errno),
        FuseDevice.noClone("open failed", errno) instanceof TransportUnavailableException);
  }
}
