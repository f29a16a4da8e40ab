package org.razorfs.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The tables of SPEC.md, for tests that hold the text and the code together. */
final class SpecTables {
  private static final Pattern UNESCAPED_PIPE = Pattern.compile("(?<!\\\\)\\|");

  /**
   * One table.
   *
   * @param section the heading above it, without the number signs
   * @param columns the first row
   * @param rows the others, each as long as the first
   */
  record Table(String section, List<String> columns, List<List<String>> rows) {
    boolean hasColumns(String... names) {
      return columns.equals(List.of(names));
    }
  }

  private SpecTables() {}

  static List<Table> read() {
    List<String> lines;
    try {
      lines = Files.readAllLines(path(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Table> tables = new ArrayList<>();
    String section = "";
    boolean inTable = false;
    for (String line : lines) {
      if (line.startsWith("#")) {
        section = line.replaceFirst("#+ *", "");
      }
      if (!line.startsWith("|")) {
        inTable = false;
      } else if (!inTable) {
        inTable = true;
        tables.add(new Table(section, cells(line), new ArrayList<>()));
      } else if (!line.startsWith("|---")) {
        tables.get(tables.size() - 1).rows().add(cells(line));
      }
    }
    return tables;
  }

  /** The specification lies in the module's folder, in which Maven runs the tests. */
  static Path path() {
    Path here = Path.of("SPEC.md");
    return Files.exists(here) ? here : Path.of("format", "SPEC.md");
  }

  private static List<String> cells(String line) {
    String[] parts = UNESCAPED_PIPE.split(line, -1);
    List<String> cells = new ArrayList<>();
    for (int i = 1; i < parts.length - 1; i++) {
      cells.add(parts[i].trim());
    }
    return cells;
  }
}
