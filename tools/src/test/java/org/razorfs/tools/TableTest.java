package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void alignsByTheWidestCellAndLeavesNoSpacesAtTheEnd() {
    assertEquals(
        List.of("label:  été", "uuid:   12", "none:"),
        Table.ofFields().row("label:", "été").row("uuid:", 12).row("none:", null).lines());
  }

  @Test
  void alignsNumbersToTheRight() {
    assertEquals(
        List.of("name  bytes", "a         7", "bb    12345"),
        Table.ofColumns("name", ">bytes").row("a", 7).row("bb", 12345).lines());
  }

  @Test
  void refusesALineWithMissingCells() {
    assertThrows(IllegalArgumentException.class, () -> Table.ofFields().row("only one"));
  }
}
