package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** Transactions of one row in SQLite with its defaults: a rollback journal, fsynced each time. */
final class SqliteWorkload {
  /** Runs the statements of a file, one transaction each, as sqlite3 does. */
  private static final String PYTHON =
      """
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1], isolation_level=None)
      for line in sys.stdin: db.execute(line)
      db.close()
      """;

  private SqliteWorkload() {}

  static List<Workload> all() {
    return List.of(
        new Workload(
            "sqlite", "sqlite, one-row transactions", Unit.SECONDS, false, SqliteWorkload::run));
  }

  private static Figure run(Site site) throws IOException {
    Path database = site.at("database");
    List<String> words;
    if (site.host().find("sqlite3").isPresent()) {
      words = List.of("sqlite3", database.toString());
    } else if (pythonHasIt(site)) {
      words = List.of("python3", "-c", PYTHON, database.toString());
    } else {
      throw new UnavailableException(
          "neither sqlite3 nor python3 with its sqlite3 is installed (Debian: sqlite3)");
    }
    Path statements =
        site.prepared().once("statements", folder -> write(folder, site.plan().transactions()));
    for (String suffix : List.of("", "-journal", "-wal", "-shm")) {
      Files.deleteIfExists(site.at("database" + suffix));
    }
    Path create = statements.resolve("create.sql");
    site.commands().run(words, Commands.Invocation.PLAIN.reading(create));
    Path insert = statements.resolve("insert.sql");
    return new Figure(
        site.seconds(() -> site.commands().run(words, Commands.Invocation.PLAIN.reading(insert))),
        words.get(0));
  }

  private static boolean pythonHasIt(Site site) {
    try {
      site.commands().run("python3", "-c", "import sqlite3");
      return true;
    } catch (IOException e) {
      return false; // no python3, or one without it
    }
  }

  private static void write(Path folder, int transactions) throws IOException {
    Files.writeString(
        folder.resolve("create.sql"),
        "CREATE TABLE entry (id INTEGER PRIMARY KEY, name TEXT, size INTEGER);\n");
    StringBuilder statements = new StringBuilder();
    for (int i = 0; i < transactions; i++) {
      statements
          .append("INSERT INTO entry (name, size) VALUES ('the name of entry ")
          .append(i)
          .append("', ")
          .append(i * 37)
          .append(");\n");
    }
    Files.writeString(folder.resolve("insert.sql"), statements);
  }
}
