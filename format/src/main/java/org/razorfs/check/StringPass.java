package org.razorfs.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.Tree;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.SipHash;

/**
 * Pass 6, spec §5.6. Checks that each string is in the index once, under its hash, that no two are
 * the same, and that each has as many references as it has uses. Its first half takes the items of
 * STRINGS from pass 3 and learns every name's id, which passes 4 and 5 need; its second needs the
 * uses that these have counted. The string index can be freed afterwards.
 */
final class StringPass implements ItemVisitor {
  private static final String NAME = "strings";

  /** Strings before one with the same hash that it is compared with. */
  private static final int NEIGHBOURS = 8;

  private static final List<String> NAMESPACES =
      List.of("user.", "trusted.", "security.", "system.");

  private final Subject subject;
  private final Reporter reporter;
  private final SipHash hash;
  private final StringIndex strings = new StringIndex();
  private final long[] sameHash = new long[NEIGHBOURS];
  private int sameHashes;
  private long lastHash;
  private boolean indexWhole = true;

  StringPass(Subject subject) {
    this.subject = subject;
    this.reporter = subject.reporter();
    var identity = subject.superblock().identity();
    this.hash = new SipHash(identity.hashKey0(), identity.hashKey1());
  }

  /** The names, complete once all items have been taken. */
  StringIndex strings() {
    return strings;
  }

  @Override
  public void item(Node leaf, int index, boolean sound) throws CorruptImageException {
    long hi = leaf.hi(index);
    long lo = leaf.lo(index);
    if (Keys.type(hi) == Keys.STRING) {
      if (sound) {
        string(lo, record(leaf.array(), leaf.valueAt(index), leaf.valueLength(index), lo));
      } else {
        strings.incomplete();
      }
    } else if (sound) {
      indexed(hi, lo);
    } else {
      indexWhole = false;
    }
  }

  @Override
  public void lost(KeyRange keys) {
    strings.incomplete();
    indexWhole = false;
  }

  @Override
  public void end() {
    if (!indexWhole || !strings.isWhole()) {
      return;
    }
    for (int i = 0; i < strings.size(); i++) {
      if (!strings.has(i, StringIndex.INDEXED)) {
        reporter.add(
            Invariant.STR_3, "string " + strings.id(i), "expected an index entry, got none");
      }
    }
  }

  private static StringRecord record(byte[] bytes, int from, int length, long id)
      throws CorruptImageException {
    return StringRecord.decode(new ByteSource(bytes, from, length, "string", id));
  }

  private void string(long id, StringRecord string) {
    byte[] name = string.name();
    int flags =
        (isFileName(name) ? StringIndex.FILE_NAME : 0)
            | (isAttributeName(name) ? StringIndex.ATTRIBUTE_NAME : 0);
    strings.add(id, string.references(), hash.hash(name), name.length, flags);
  }

  private static boolean isFileName(byte[] name) {
    for (byte b : name) {
      if (b == '/') {
        return false;
      }
    }
    return !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
  }

  private static boolean isAttributeName(byte[] name) {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    for (String namespace : NAMESPACES) {
      if (text.startsWith(namespace) && text.length() > namespace.length()) {
        return true;
      }
    }
    return false;
  }

  /** An index entry; all strings have been met, since their keys are lower. */
  private void indexed(long hi, long id) {
    int string = strings.indexOf(id);
    if (string < 0) {
      if (strings.isWhole()) {
        reporter.add(Invariant.STR_3, location(hi, id), "expected string " + id + ", got none");
      }
      return;
    }
    if (!strings.hasHash(string, hi)) {
      reporter.add(
          Invariant.STR_3, location(hi, id), "expected an entry under the string's own hash");
      return;
    }
    strings.set(string, StringIndex.INDEXED);
    sameHashes = hi == lastHash ? sameHashes : 0;
    lastHash = hi;
    for (int i = 0; i < Math.min(sameHashes, NEIGHBOURS); i++) {
      compare(id, sameHash[i]);
    }
    sameHash[sameHashes++ % NEIGHBOURS] = id;
  }

  private void compare(long one, long two) {
    try {
      Tree tree =
          new Tree(
              TreeId.STRINGS, subject.superblock().roots().get(TreeId.STRINGS), subject.store());
      if (Arrays.equals(name(tree, one), name(tree, two))) {
        reporter.add(Invariant.STR_4, "string " + one, "has the same bytes as string " + two);
      }
    } catch (IOException e) {
      reporter.add(e, Invariant.STR_1, "string " + one);
    }
  }

  private static byte[] name(Tree tree, long id) throws IOException {
    byte[] value = tree.get(Keys.hi(0, Keys.STRING), id);
    return value == null ? new byte[0] : record(value, 0, value.length, id).name();
  }

  private static String location(long hi, long id) {
    return "item " + Keys.toString(hi, id);
  }

  /**
   * Compares references with uses.
   *
   * @param complete whether all uses could be counted
   */
  void run(boolean complete) {
    int size = strings.size();
    subject.listener().progress(NAME, 0, size);
    for (int i = 0; i < size; i++) {
      int surplus = strings.surplus(i);
      if (surplus < 0 || (surplus > 0 && complete)) {
        reporter.add(
            Invariant.STR_5,
            "string " + strings.id(i),
            surplus > 0
                ? surplus + " references more than uses"
                : -surplus + " uses more than references");
      }
    }
    subject.listener().progress(NAME, size, size);
  }
}
