package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AliasesTest {
  @Test
  void forgetsNoneAndMistakesFew() {
    Aliases aliases = new Aliases();
    for (long inode = 0; inode < 1000; inode++) {
      aliases.add(inode);
    }
    int mistaken = 0;
    for (long inode = 0; inode < 10_000; inode++) {
      boolean found = aliases.mayContain(inode);
      assertTrue(found || inode >= 1000, inode + " was forgotten");
      mistaken += found && inode >= 1000 ? 1 : 0;
    }
    assertTrue(mistaken < 100, mistaken + " of 9000 were mistaken");
  }
}
