package org.razorfs.tools;

import java.util.ArrayList;
import java.util.List;

/** Lines of cells for people, each column as wide as its widest cell. */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final List<Boolean> rightAligned;

  private Table(List<Boolean> rightAligned) {
    this.rightAligned = rightAligned;
  }

  /** Two columns, a name and what it stands for. */
  public static Table ofFields() {
    return new Table(List.of(false, false));
  }

  /**
   * Columns under headings.
   *
   * @param headings one for each column; those that start with {@code >} are aligned to the right
   */
  public static Table ofColumns(String... headings) {
    Table table = new Table(List.of(headings).stream().map(h -> h.startsWith(">")).toList());
    return table.row(
        (Object[])
            List.of(headings).stream()
                .map(h -> h.startsWith(">") ? h.substring(1) : h)
                .toArray(String[]::new));
  }

  /** Adds a line; a null cell is empty. */
  public Table row(Object... cells) {
    if (cells.length != rightAligned.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + rightAligned.size() + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell == null ? "" : Messages.printable(cell.toString()));
    }
    rows.add(row);
    return this;
  }

  /** The lines, without spaces at their ends. */
  public List<String> lines() {
    int[] widths = new int[rightAligned.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - width(row.get(i)));
      line.append(i == 0 ? "" : "  ");
      if (rightAligned.get(i)) {
        line.append(padding).append(row.get(i));
      } else {
        line.append(row.get(i)).append(padding);
      }
    }
    return line.toString().stripTrailing();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
