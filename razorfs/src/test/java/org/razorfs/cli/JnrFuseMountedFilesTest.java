package org.razorfs.cli;

/** {@link MountedFilesTest} over jnr-fuse. */
class JnrFuseMountedFilesTest extends MountedFilesTest {
  JnrFuseMountedFilesTest() {
    super("jnr-fuse");
  }
}
