package org.razorfs.cli;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.razorfs.tools.ManPages;
import org.razorfs.tools.Tool;

class GeneratedFilesTest {
  @Test
  void manualPagesAndCompletionsAreUpToDate() throws IOException {
    ManPages.check(new Tool(new Razorfs(Map.of())));
    ManPages.checkAlias("mkfs.razorfs", "razorfs-mkfs");
    ManPages.checkAlias("mount.razorfs", "razorfs-mount");
    ManPages.checkAlias("umount.razorfs", "razorfs-umount");
  }
}
