package org.razorfs.cli;

/** {@link MountedFilesTest} over native. */
class NativeMountedFilesTest extends MountedFilesTest {
  NativeMountedFilesTest() {
    super("native");
  }
}
