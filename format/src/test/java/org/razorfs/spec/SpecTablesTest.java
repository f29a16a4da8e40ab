package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.razorfs.journal.Transaction;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Node;
import org.razorfs.layout.Operation;
import org.razorfs.layout.PointerCheck;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.wire.Bytes;
import org.razorfs.wire.SipHash;

/** The specification and the code drifting apart. */
class SpecTablesTest {
  private static final Pattern ID = Pattern.compile("INV-[A-Z]+-[0-9]+");

  private final List<SpecTables.Table> tables = SpecTables.read();

  @Test
  void invariantsAreTheSameInSpecAndCode() {
    List<List<String>> code = new ArrayList<>();
    for (Invariant invariant : Invariant.values()) {
      code.add(
          List.of(
              invariant.id(),
              invariant.scope().name().substring(0, 1),
              invariant.reaction().name().toLowerCase(Locale.ROOT),
              invariant.text()));
    }
    List<List<String>> spec = new ArrayList<>();
    for (SpecTables.Table table : tables) {
      if (table.hasColumns("id", "scope", "reaction", "rule")) {
        spec.addAll(table.rows());
      }
    }
    assertEquals(String.join("\n", texts(code)), String.join("\n", texts(spec)));
  }

  private static List<String> texts(List<List<String>> rows) {
    return rows.stream().map(row -> String.join(" | ", row)).toList();
  }

  @Test
  void everyInvariantThatTextOrSourcesNameExists() throws IOException {
    Set<String> known = new TreeSet<>();
    for (Invariant invariant : Invariant.values()) {
      known.add(invariant.id());
    }
    Map<String, String> unknown = new TreeMap<>();
    List<Path> files = new ArrayList<>(List.of(SpecTables.path()));
    Path sources = SpecTables.path().resolveSibling("src/main/java");
    try (Stream<Path> all = Files.walk(sources)) {
      all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
    }
    for (Path file : files) {
      Matcher matcher = ID.matcher(Files.readString(file, StandardCharsets.UTF_8));
      while (matcher.find()) {
        if (!known.contains(matcher.group())) {
          unknown.put(matcher.group(), file.toString());
        }
      }
    }
    assertEquals(Map.of(), unknown);
  }

  @Test
  void fieldsOfEveryStructureFollowEachOtherWithoutGaps() {
    int checked = 0;
    for (SpecTables.Table table : tables) {
      if (!table
          .columns()
          .subList(0, Math.min(2, table.columns().size()))
          .equals(List.of("offset", "size"))) {
        continue;
      }
      long end = -1;
      for (List<String> row : table.rows()) {
        if (!row.get(0).matches("[0-9]+")) {
          break;
        }
        long offset = Long.parseLong(row.get(0));
        assertTrue(end == -1 || end == offset, table.section() + ": " + row);
        if (!row.get(1).matches("[0-9]+")) {
          break;
        }
        long size = Long.parseLong(row.get(1));
        assertEquals(size(row.get(2), size), size, table.section() + ": " + row);
        end = offset + size;
        checked++;
      }
    }
    assertTrue(checked > 100, "fields found: " + checked);
  }

  /** The bytes of a field's type. */
  private static long size(String type, long stated) {
    Matcher array = Pattern.compile("(\\w+)\\[(\\d+)]").matcher(type);
    if (array.matches()) {
      return Long.parseLong(array.group(2)) * size(array.group(1), stated);
    }
    return switch (type) {
      case "u8", "char" -> 1;
      case "u16" -> 2;
      case "u32", "i32" -> 4;
      case "u64", "i64" -> 8;
      case "timestamp" -> 12;
      case "run" -> 16;
      case "pointer" -> BlockPointer.SIZE;
      case "root" -> TreeRoot.SIZE;
      default -> throw new AssertionError("type " + type);
    };
  }

  @Test
  void sizesOfStructuresAreThoseOfTheCode() {
    assertEquals(Geometry.SUPERBLOCK, end("4.1 Superblock", "magic"));
    assertEquals(BlockPointer.SIZE, end("4.2 Block pointer", "address"));
    assertEquals(TreeRoot.SIZE, end("4.3 Tree root", "pointer"));
    assertEquals(12, end("4.4 Timestamp", "seconds"));
    assertEquals(Node.HEADER, end("5.1 Nodes", "magic"));
    assertEquals(Node.INNER_ENTRY, table("5.1 Nodes", "hi", 1));
    assertEquals(Node.LEAF_ENTRY, table("5.1 Nodes", "hi", 0));
    assertEquals(InodeRecord.SIZE, end("5.3 Inode", "mode"));
    assertEquals(DirentRecord.SIZE, end("5.4 Directory entry", "inode"));
    assertEquals(JournalRecord.HEADER, end("6.2 Journal record", "magic"));
  }

  private long end(String section, String firstField) {
    return table(section, firstField, 0);
  }

  /** The end of the last sized field in the n-th table of a section that begins with a field. */
  private long table(String section, String firstField, int n) {
    int seen = 0;
    for (SpecTables.Table table : tables) {
      if (table.section().equals(section)
          && table.columns().size() > 3
          && table.rows().get(0).get(3).equals(firstField)
          && seen++ == n) {
        long end = 0;
        for (List<String> row : table.rows()) {
          if (row.get(0).matches("[0-9]+") && row.get(1).matches("[0-9]+")) {
            end = Long.parseLong(row.get(0)) + Long.parseLong(row.get(1));
          }
        }
        return end;
      }
    }
    throw new AssertionError(section + " has no table of " + firstField);
  }

  @Test
  void numbersOfTypesOperationsAndMutationsAreThoseOfTheCode() {
    assertEquals(constants(Keys.class), named("5.2 Keys", "type"));
    Map<String, String> operations = new TreeMap<>();
    for (Operation operation : Operation.values()) {
      operations.put(operation.name(), "" + operation.code());
    }
    assertEquals(operations, named("6.2 Journal record", "operation"));
    Map<String, String> mutations = constants(Mutation.class);
    assertEquals(mutations, named("6.3 Mutations", "kind"));
    Map<String, String> trees = new TreeMap<>();
    for (TreeId tree : TreeId.values()) {
      trees.put(tree.name(), "" + tree.code());
    }
    for (SpecTables.Table table : tables) {
      if (table.hasColumns("tree", "id", "holds", "spec")) {
        Map<String, String> spec = new TreeMap<>();
        table.rows().forEach(row -> spec.put(row.get(0), row.get(1)));
        assertEquals(trees, spec);
      }
    }
  }

  /** The int constants of a class. */
  private static Map<String, String> constants(Class<?> type) {
    Map<String, String> found = new TreeMap<>();
    for (Field field : type.getDeclaredFields()) {
      if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
        try {
          found.put(field.getName(), "" + field.getInt(null));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    return found;
  }

  private Map<String, String> named(String section, String numberColumn) {
    Map<String, String> found = new TreeMap<>();
    for (SpecTables.Table table : tables) {
      if (table.section().equals(section)
          && table.columns().get(0).equals(numberColumn)
          && table.columns().get(1).equals("name")) {
        table.rows().forEach(row -> found.put(row.get(1), row.get(0)));
      }
    }
    assertFalse(found.isEmpty(), section);
    return found;
  }

  @Test
  void limitsAreThoseOfTheCode() {
    assertEquals(32L * Geometry.MAX_NODE, Geometry.minVolume(Geometry.MAX_NODE));
    String object = "2^" + Long.numberOfTrailingZeros(Geometry.MAX_OBJECT) + " − 1";
    Map<String, String> code = new TreeMap<>();
    code.put("volume size", kib(Geometry.MIN_VOLUME) + ", and 32 nodes.." + tib());
    code.put("journal length", kib(Geometry.MIN_JOURNAL) + "..1 GiB");
    code.put(
        "node size",
        kib(Geometry.MIN_NODE)
            + ".."
            + kib(Geometry.MAX_NODE)
            + " (default "
            + kib(Geometry.DEFAULT_NODE)
            + ")");
    code.put("height of a tree", "0.." + PointerCheck.MAX_HEIGHT);
    code.put("inode number", "1.." + object);
    code.put("string id", "1.." + object);
    code.put("file name", "1 byte.." + Geometry.MAX_NAME + " bytes");
    code.put("attribute name", "1 byte.." + Geometry.MAX_NAME + " bytes");
    code.put("target of a symbolic link", "1 byte.." + Geometry.MAX_SYMLINK + " bytes");
    code.put("attributes of one inode", "0.." + Geometry.MAX_XATTRS + " bytes");
    code.put(
        "payload of a journal record",
        "0.." + mib(JournalRecord.MAX_PAYLOAD) + " each of undo and redo");
    code.put("records of one transaction", "1.." + mib(Transaction.MAX_SIZE));
    code.put("spare runs of a superblock", "0.." + Geometry.MAX_SPARES);
    assertEquals(1 << 30, Geometry.MAX_JOURNAL);
    Map<String, String> spec = new TreeMap<>();
    for (SpecTables.Table table : tables) {
      if (table.hasColumns("limit", "least", "most")) {
        table
            .rows()
            .forEach(
                row ->
                    spec.put(
                        row.get(0),
                        row.get(1) + ".." + row.get(2).replaceAll(", (no|names) .*", "")));
      }
    }
    spec.keySet().retainAll(code.keySet());
    assertEquals(code, spec);
  }

  private static String kib(long bytes) {
    return (bytes >> 10) + " KiB";
  }

  private static String mib(long bytes) {
    return (bytes >> 20) + " MiB";
  }

  private static String tib() {
    return (Geometry.MAX_VOLUME >> 40) + " TiB";
  }

  @Test
  void testVectorsAreRight() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0xCBF43926, Bytes.crc32(digits, 0, digits.length));
    assertEquals(0, Bytes.crc32(digits, 0, 0));
    byte[] key = new byte[16];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) i;
    }
    SipHash hash = new SipHash(Bytes.i64(key, 0), Bytes.i64(key, 8));
    assertEquals(0xA129CA6149BE45E5L, hash.hash(Arrays.copyOf(key, 15)));
    assertEquals(0x726FDB47DD0E0E31L, hash.hash(new byte[0]));
    assertEquals(0xA129CA6149BE4507L, Keys.hashHi(0xA129CA6149BE45E5L));
    assertEquals(32768, Superblock.slotAddress(1));
    assertEquals(0, Superblock.slotAddress(2));
    assertEquals(2666, Geometry.maxValue(8192));
    assertEquals(5397, Geometry.maxValue(16384));
    assertEquals(10858, Geometry.maxValue(32768));
    assertEquals(21781, Geometry.maxValue(65536));
  }
}
