package org.razorfs.mount.handler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class PosixAclTest {
  /** user::rw-, user:1000:rwx, group::r-x, group:100:r--, mask::rw-, other::--x. */
  private static final String NAMED =
      "02000000"
          + "01000600ffffffff"
          + "02000700e8030000"
          + "04000500ffffffff"
          + "0800040064000000"
          + "10000600ffffffff"
          + "20000100ffffffff";

  /** user::rwx, group::r-x, other::r--. */
  private static final String MINIMAL =
      "02000000" + "01000700ffffffff" + "04000500ffffffff" + "20000400ffffffff";

  private static PosixAcl decode(String hex) throws FsException {
    return PosixAcl.decode(HexFormat.of().parseHex(hex));
  }

  private static List<Integer> permissions(PosixAcl list) {
    return list.entries().stream().map(PosixAcl.Entry::permissions).toList();
  }

  @Test
  void bytesAreReadAndWrittenAsTheKernelHasThem() throws FsException {
    PosixAcl list = decode(NAMED);
    assertEquals(6, list.entries().size());
    assertEquals(new PosixAcl.Entry(2, 7, 1000), list.entries().get(1));
    assertArrayEquals(HexFormat.of().parseHex(NAMED), list.encode());
    assertFalse(list.isMinimal());
    assertTrue(decode(MINIMAL).isMinimal());
  }

  @Test
  void theMaskIsTheGroupInTheMode() throws FsException {
    assertEquals(0661, decode(NAMED).mode());
    assertEquals(0754, decode(MINIMAL).mode());
  }

  @Test
  void changingTheModeChangesTheMaskAndNotTheGroup() throws FsException {
    PosixAcl changed = decode(NAMED).withMode(0730);
    assertEquals(List.of(7, 7, 5, 4, 3, 0), permissions(changed));
    assertEquals(0730, changed.mode());
    assertEquals(0123, decode(MINIMAL).withMode(0100123).mode());
  }

  @Test
  void anInheritedListGivesNoMoreThanIsAskedFor() throws FsException {
    assertEquals(List.of(6, 7, 5, 4, 4, 0), permissions(decode(NAMED).restrictedTo(0640)));
    assertEquals(0640, decode(NAMED).restrictedTo(0640).mode());
    assertEquals(decode(NAMED).mode(), decode(NAMED).restrictedTo(0777).mode());
    assertEquals(0, decode(MINIMAL).restrictedTo(0).mode());
    for (int mode = 0; mode <= 0777; mode++) {
      assertEquals(0, decode(NAMED).restrictedTo(mode).mode() & ~mode);
      assertEquals(mode & 0754, decode(MINIMAL).restrictedTo(mode).mode());
      assertEquals(mode, decode(NAMED).withMode(mode).mode());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "020000",
        "01000000",
        "02000000", // nothing in it
        "03000000" + "01000700ffffffff" + "04000500ffffffff" + "20000400ffffffff",
        "02000000" + "01000700ffffffff" + "04000500ffffffff" + "20000400ffffff",
        "02000000" + "01000700ffffffff" + "04000500ffffffff", // no other
        "02000000"
            + "01000700ffffffff"
            + "01000700ffffffff"
            + "04000500ffffffff"
            + "20000400ffffffff",
        "02000000" + "01000f00ffffffff" + "04000500ffffffff" + "20000400ffffffff",
        "02000000" + "40000700ffffffff" + "04000500ffffffff" + "20000400ffffffff",
        // a named user without a mask
        "02000000"
            + "01000700ffffffff"
            + "02000700e8030000"
            + "04000500ffffffff"
            + "20000400ffffffff",
      })
  void whatIsNoListIsRefused(String hex) {
    FsException refusal = assertThrows(FsException.class, () -> decode(hex));
    assertEquals(Fault.INVALID_ARGUMENT, refusal.fault());
  }
}
