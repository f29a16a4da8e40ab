package org.razorfs.spec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The invariants of scope V in section 9 of SPEC.md, without any class of the library: what must
 * hold between the structures of a whole volume, of its trees alone or with the journal replayed.
 */
final class SpecVerifier {
  private final SpecImage image;
  private final SpecJournal journal;
  private final NavigableMap<ItemKey, byte[]> inodes;
  private final List<String> violations = new ArrayList<>();
  private final TreeMap<Long, Integer> nameUses = new TreeMap<>();

  /** Of each chunk: references, live bytes, and whether they say that it is shared. */
  private final TreeMap<Long, long[]> chunkUses = new TreeMap<>();

  private final TreeMap<Long, byte[]> chunkDescriptions = new TreeMap<>();
  private long reserved;
  private long logical;

  /**
   * @param journal what was replayed and settled, or null when the trees are as stored
   */
  SpecVerifier(SpecImage image, SpecJournal journal) {
    this.image = image;
    this.journal = journal;
    this.inodes = image.trees.get(SpecImage.INODES);
  }

  List<String> verify() {
    TreeMap<Long, ByteBuffer> records = new TreeMap<>();
    inodes.forEach(
        (key, value) -> {
          if (key.type() == 1) {
            records.put(key.object(), SpecImage.reader(value));
          }
        });
    names(records);
    TreeSet<Long> generations = new TreeSet<>();
    records.forEach((number, inode) -> extents(number, inode, generations));
    strings();
    chunks();
    space();
    totals(records.size());
    return violations;
  }

  private void check(boolean holds, String violation) {
    if (!holds) {
      violations.add(violation);
    }
  }

  private byte[] name(long id) {
    byte[] value = image.trees.get(SpecImage.STRINGS).get(ItemKey.of(0, 6, id));
    return value == null ? null : Arrays.copyOfRange(value, 4, value.length);
  }

  private void names(NavigableMap<Long, ByteBuffer> records) {
    TreeMap<Long, Integer> links = new TreeMap<>();
    TreeMap<Long, Long> entries = new TreeMap<>();
    TreeSet<Long> orphans = new TreeSet<>();
    TreeSet<Long> attributed = new TreeSet<>();
    inodes.forEach(
        (key, value) -> {
          long object = key.object();
          switch (key.type()) {
            case 2 -> {
              attributed.add(object);
              if ((key.lo() & 255) == 0) {
                nameUses.merge(key.lo() >>> 8, 1, Integer::sum);
              }
              check(name(key.lo() >>> 8) != null, "INV-XAT-2 " + key);
            }
            case 3 -> {
              long child = SpecImage.reader(value).getLong();
              nameUses.merge(key.lo(), 1, Integer::sum);
              entries.merge(object, 1L, Long::sum);
              ByteBuffer inode = records.get(child);
              check(isName(name(key.lo())), "INV-DIR-4 " + key);
              check(inode != null && inode.getInt(0) >>> 12 == value[8], "INV-DIR-3 " + key);
              if (inode != null) {
                links.merge(child, 1, Integer::sum);
                if (value[8] == 4) {
                  links.merge(object, 1, Integer::sum); // what ".." would be
                  check(inode.getLong(24) == object, "INV-DIR-5 " + key);
                }
              }
            }
            case 5 -> orphans.add(key.lo());
            default -> {}
          }
          check(key.type() == 5 || records.containsKey(object), "INV-INO-14 " + key);
        });
    records.forEach(
        (number, inode) -> {
          boolean directory = inode.getInt(0) >>> 12 == 4;
          boolean nameless = number != 1 && !links.containsKey(number);
          int count = links.getOrDefault(number, 0);
          if (directory && (number == 1 || count > 0)) {
            count += number == 1 ? 2 : 1;
          }
          check(inode.getInt(12) == count, "INV-INO-8 inode " + number + ": " + count);
          check(!nameless || orphans.contains(number), "INV-INO-8 inode " + number);
          if (directory) {
            check(inode.getLong(16) == entries.getOrDefault(number, 0L), "INV-INO-9 " + number);
          } else {
            check(!entries.containsKey(number), "INV-DIR-2 " + number);
          }
          boolean flagged = (inode.getInt(48) & 0x40000000) != 0;
          check(flagged || !attributed.contains(number), "INV-INO-11 " + number);
        });
    check(records.containsKey(1L) && records.get(1L).getLong(24) == 1, "INV-INO-10");
    orphans.forEach(number -> check(records.containsKey(number), "INV-ORP-2 " + number));
  }

  private static boolean isName(byte[] name) {
    if (name == null || name.length == 0 || name.length > 255) {
      return false;
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        return false;
      }
    }
    return !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
  }

  private void extents(long number, ByteBuffer inode, Set<Long> generations) {
    check(generations.add(inode.getLong(40)), "INV-INO-12 inode " + number);
    long end = 0;
    long units = 0;
    int type = inode.getInt(0) >>> 12;
    boolean orphan = inodes.containsKey(ItemKey.of(0, 5, number));
    for (Map.Entry<ItemKey, byte[]> entry :
        inodes.subMap(ItemKey.of(number, 4, 0), true, ItemKey.of(number, 4, -1), true).entrySet()) {
      String where = " inode " + number + " offset " + entry.getKey().lo();
      byte[] value = entry.getValue();
      ByteBuffer extent = SpecImage.reader(value);
      long offset = entry.getKey().lo();
      check(offset >= end, "INV-EXT-7" + where);
      check(type == 8 || type == 10, "INV-EXT-9" + where);
      long length = value[0] == 3 ? extent.getLong(8) : extent.getInt(4);
      end = offset + length;
      check(value[0] == 3 || orphan || end <= inode.getLong(16), "INV-EXT-8" + where);
      units += (length + 511) / 512;
      if (value[0] == 3) {
        reserved += (length + 511) / 512;
        continue;
      }
      logical += length;
      if (value[0] == 1) {
        chunk(extent, length, where);
      }
    }
    check(units == inode.getLong(32), "INV-INO-13 inode " + number + ": " + units);
  }

  private void chunk(ByteBuffer extent, long length, String where) {
    long[] use = chunkUses.computeIfAbsent(extent.getLong(8), a -> new long[4]);
    use[0]++;
    use[1] += length;
    use[2] += extent.getShort(2) & 1;
    use[3] = extent.getInt(16);
    ByteBuffer description = ByteBuffer.allocate(21);
    description.put(extent.get(1)).putInt(extent.getInt(16)).putInt(extent.getInt(20));
    description.putInt(extent.getInt(28)).putLong(extent.getLong(32));
    byte[] before = chunkDescriptions.putIfAbsent(extent.getLong(8), description.array());
    check(before == null || Arrays.equals(before, description.array()), "INV-EXT-12" + where);
    byte[] stored = image.copy(extent.getLong(8), extent.getInt(16));
    check(SpecImage.crc(stored) == extent.getInt(28), "INV-EXT-10" + where);
  }

  private void strings() {
    TreeMap<Long, String> texts = new TreeMap<>();
    int index = 0;
    ByteBuffer superblock = image.superblock;
    for (Map.Entry<ItemKey, byte[]> entry : image.trees.get(SpecImage.STRINGS).entrySet()) {
      ItemKey key = entry.getKey();
      if (key.type() == 6) {
        int references = SpecImage.reader(entry.getValue()).getInt();
        int uses = nameUses.getOrDefault(key.lo(), 0);
        check(references == uses, "INV-STR-5 string " + key.lo() + ": " + uses);
        texts.put(key.lo(), Entry.escape(name(key.lo())));
      } else if (journal == null) {
        byte[] name = name(key.lo());
        check(name != null, "INV-STR-3 string " + key.lo());
        if (name != null) {
          long hash = sipHash(superblock.getLong(232), superblock.getLong(240), name);
          check(key.hi() == ((hash & ~255L) | 7), "INV-STR-3 string " + key.lo());
          index++;
        }
      }
    }
    check(journal != null || index == texts.size(), "INV-STR-3");
    check(new TreeSet<>(texts.values()).size() == texts.size(), "INV-STR-4");
    nameUses.keySet().forEach(id -> check(texts.containsKey(id), "INV-DIR-4 string " + id));
  }

  private void chunks() {
    NavigableMap<ItemKey, byte[]> shared = image.trees.get(SpecImage.CHUNKS);
    chunkUses.forEach(
        (address, use) -> {
          byte[] value = shared.get(ItemKey.of(0, 8, address));
          if (value == null) {
            check(use[0] == 1 && use[2] == 0, "INV-EXT-11 chunk at " + address);
          } else {
            ByteBuffer counts = SpecImage.reader(value);
            check(use[2] == use[0], "INV-EXT-11 chunk at " + address);
            check(
                counts.getInt(0) == use[0] && counts.getLong(4) == use[1],
                "INV-CHK-2 chunk at " + address);
            check(counts.getInt(12) == use[3], "INV-CHK-3 chunk at " + address);
          }
        });
    shared.keySet().forEach(key -> check(chunkUses.containsKey(key.lo()), "INV-CHK-2 " + key));
  }

  /** INV-SEG-3 and INV-TREE-9: what is marked is what is used, and nothing is used twice. */
  private void space() {
    int units = (int) (image.volumeSize / 512);
    BitSet marked = new BitSet();
    for (Map.Entry<ItemKey, byte[]> entry : image.trees.get(SpecImage.FREE).entrySet()) {
      mark(marked, (int) entry.getKey().lo() * 8192, entry.getValue());
    }
    int beyond = marked.length() - units;
    check(beyond <= 0 || marked.nextClearBit(units) >= (units + 8191) / 8192 * 8192, "INV-SEG-2");
    if (marked.length() > units) {
      marked.clear(units, marked.length());
    }
    if (journal == null) {
      check(units - marked.cardinality() == image.superblock.getLong(248), "INV-SB-15 free units");
    }
    BitSet used = new BitSet();
    List<Area> all = new ArrayList<>(image.nodes);
    all.add(new Area(0, image.journalStart + image.journalLength, "superblocks and journal"));
    all.add(new Area(image.volumeSize - 4096, 4096, "backup superblock"));
    chunkUses.forEach((address, use) -> all.add(new Area(address, use[3], "chunk")));
    if (journal == null) {
      all.addAll(image.spares);
    } else {
      journal.allocated.forEach(run -> set(marked, run, true));
      journal.released.forEach(run -> set(marked, run, false));
      image.spares.forEach(run -> set(marked, run, false));
    }
    for (Area extent : all) {
      int from = (int) (extent.address() / 512);
      int to = (int) ((extent.address() + extent.length() + 511) / 512);
      check(used.get(from, to).isEmpty(), "INV-TREE-9 " + extent);
      used.set(from, to);
    }
    BitSet wrong = (BitSet) marked.clone();
    wrong.xor(used);
    check(wrong.isEmpty(), "INV-SEG-3 units " + wrong);
  }

  private void set(BitSet marked, Area run, boolean value) {
    int from = (int) (run.address() / 512);
    int to = (int) ((run.address() + run.length() + 511) / 512);
    check(value == marked.get(from, to).isEmpty(), "INV-SEG-3 " + run);
    marked.set(from, to, value);
  }

  private void mark(BitSet marked, int first, byte[] value) {
    ByteBuffer segment = SpecImage.reader(value);
    switch (value[0]) {
      case 0 -> marked.set(first, first + 8192);
      case 1 -> {
        for (int unit = 0; unit < 8192; unit++) {
          if ((value[4 + unit / 8] >> unit % 8 & 1) != 0) {
            marked.set(first + unit);
          }
        }
      }
      default -> {
        marked.set(first, first + 8192);
        for (int i = 0; i < segment.getShort(2); i++) {
          int from = first + segment.getShort(4 + 4 * i);
          marked.clear(from, from + segment.getShort(6 + 4 * i));
        }
      }
    }
  }

  private void totals(int count) {
    ByteBuffer superblock = image.superblock;
    long stored = chunkUses.values().stream().mapToLong(use -> use[3]).sum();
    long[] expected = {
      superblock.getLong(256),
      superblock.getLong(264),
      superblock.getLong(272),
      superblock.getLong(280)
    };
    if (journal != null) {
      expected[0] += journal.reservedUnits;
      expected[1] += journal.inodes;
      expected[2] += journal.logicalBytes;
      expected[3] += journal.storedBytes;
    }
    long[] actual = {reserved, count, logical, stored};
    check(
        Arrays.equals(expected, actual),
        "INV-SB-15 " + Arrays.toString(expected) + " but " + Arrays.toString(actual));
  }

  /** SipHash-2-4, from its definition. */
  static long sipHash(long k0, long k1, byte[] data) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    byte[] padded = Arrays.copyOf(data, data.length / 8 * 8 + 8);
    padded[padded.length - 1] = (byte) data.length;
    ByteBuffer words = SpecImage.reader(padded);
    while (words.hasRemaining()) {
      long m = words.getLong();
      v[3] ^= m;
      rounds(v, 2);
      v[0] ^= m;
    }
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void rounds(long[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[0] += v[1];
      v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
      v[0] = Long.rotateLeft(v[0], 32);
      v[2] += v[3];
      v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
      v[0] += v[3];
      v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
      v[2] += v[1];
      v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
      v[2] = Long.rotateLeft(v[2], 32);
    }
  }
}
