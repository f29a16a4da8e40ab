package org.razorfs.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * An image as SPEC.md describes it, read without any class of the library (sections 3 to 5): the
 * newest superblock and all items of the four trees. Everything is held in memory and every rule
 * that a broken one would hide behind is checked on the way.
 */
final class SpecImage {
  static final int INODES = 1;
  static final int STRINGS = 2;
  static final int CHUNKS = 3;
  static final int FREE = 4;

  final byte[] bytes;
  final ByteBuffer superblock;
  final long generation;
  final int nodeSize;
  final long volumeSize;
  final long journalStart;
  final long journalLength;
  final byte[] uuid;

  /** The items of each tree, by its id. */
  final List<NavigableMap<ItemKey, byte[]>> trees = new ArrayList<>();

  /** Where the nodes of the trees and the spare runs lie. */
  final List<Area> nodes = new ArrayList<>();

  final List<Area> spares = new ArrayList<>();

  SpecImage(byte[] bytes) {
    this.bytes = bytes;
    ByteBuffer newest = null;
    long backup = bytes.length / 4096 * 4096L - 4096;
    for (long address : new long[] {0, 32768, backup}) {
      ByteBuffer copy = slice(address, 4096);
      if (isSuperblock(copy, address)
          && (newest == null || copy.getLong(120) > newest.getLong(120))) {
        newest = copy;
      }
    }
    require(newest != null, "no superblock");
    superblock = newest;
    generation = newest.getLong(120);
    nodeSize = newest.getInt(132);
    volumeSize = newest.getLong(144);
    journalStart = newest.getLong(160);
    journalLength = newest.getLong(168);
    uuid = new byte[16];
    newest.get(16, uuid);
    require(newest.getLong(112) == 0, "incompat features");
    trees.add(null);
    for (int tree = INODES; tree <= FREE; tree++) {
      trees.add(readTree(tree));
    }
    for (int i = 0; i < newest.getInt(288); i++) {
      spares.add(new Area(newest.getLong(568 + 16 * i), newest.getLong(576 + 16 * i), "spare"));
    }
  }

  static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  static int crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** A copy of some bytes. */
  byte[] copy(long address, int length) {
    return Arrays.copyOfRange(bytes, (int) address, Math.addExact((int) address, length));
  }

  /** The same for reading. */
  ByteBuffer slice(long address, int length) {
    return reader(copy(address, length));
  }

  private static boolean isSuperblock(ByteBuffer copy, long address) {
    byte[] sealed = new byte[4092];
    copy.get(0, sealed);
    return copy.getLong(0) == 0x0A1A0A0D465A5289L
        && crc(sealed) == copy.getInt(4092)
        && copy.getShort(8) == 1
        && copy.getLong(136) == address;
  }

  private NavigableMap<ItemKey, byte[]> readTree(int tree) {
    int at = 344 + 56 * (tree - 1);
    NavigableMap<ItemKey, byte[]> items = new TreeMap<>();
    long[] counts = new long[2]; // nodes, bytes
    int height = superblock.getInt(at + 48);
    require(height >= 0 && height <= 12, "height " + height);
    if (height > 0) {
      readNode(tree, height - 1, superblock, at, generation, null, null, items, counts);
    }
    require(counts[0] == superblock.getLong(at + 24), "INV-TREE-5 nodes of tree " + tree);
    require(items.size() == superblock.getLong(at + 32), "INV-TREE-5 items of tree " + tree);
    require(counts[1] == superblock.getLong(at + 40), "INV-TREE-5 bytes of tree " + tree);
    return items;
  }

  private void readNode(
      int tree,
      int level,
      ByteBuffer parent,
      int pointer,
      long parentBirth,
      ItemKey first,
      ItemKey beyond,
      SortedMap<ItemKey, byte[]> items,
      long[] counts) {
    long address = parent.getLong(pointer);
    long birth = parent.getLong(pointer + 8);
    int length = parent.getInt(pointer + 16);
    String where = "node at " + address;
    require(address % 512 == 0 && length % 512 == 0 && length <= nodeSize, where + " INV-PTR-1");
    require(birth >= 1 && birth <= parentBirth, where + " INV-NODE-8");
    byte[] content = copy(address, length);
    ByteBuffer node = reader(content);
    int crcAt = length - 4;
    require(crc(Arrays.copyOf(content, crcAt)) == node.getInt(crcAt), where + " INV-NODE-1");
    require(node.getInt(0) == 0x444E5A52 && node.getInt(40) == length, where + " INV-NODE-2");
    require(node.getInt(crcAt) == parent.getInt(pointer + 20), where + " INV-NODE-2");
    require(node.getLong(8) == address && node.getLong(16) == birth, where + " INV-NODE-3");
    require(Arrays.equals(uuid, Arrays.copyOfRange(content, 24, 40)), where + " INV-NODE-3");
    require(node.get(4) == tree && node.get(5) == level, where + " INV-NODE-4");
    nodes.add(new Area(address, length, where));
    counts[0]++;
    counts[1] += length;
    int count = node.getShort(6) & 0xffff;
    int entry = level == 0 ? 20 : 40;
    int values = 48 + count * entry;
    require(count > 0 && values <= crcAt, where + " INV-NODE-5");
    int valueAt = values;
    ItemKey last = null;
    for (int i = 0; i < count; i++) {
      int at = 48 + i * entry;
      ItemKey key = new ItemKey(node.getLong(at), node.getLong(at + 8));
      require(
          last == null ? first == null || key.equals(first) : last.compareTo(key) < 0,
          where + (last == null ? " INV-TREE-3" : " INV-NODE-5"));
      require(beyond == null || key.compareTo(beyond) < 0, where + " INV-TREE-4");
      last = key;
      if (level == 0) {
        int from = node.getShort(at + 16) & 0xffff;
        int size = node.getShort(at + 18) & 0xffff;
        require(from == valueAt && from + size <= crcAt, where + " INV-NODE-7");
        require(size <= nodeSize / 3 - 64, where + " INV-TREE-7");
        valueAt += size;
        items.put(key, Arrays.copyOfRange(content, from, from + size));
      } else {
        ItemKey next =
            i + 1 < count ? new ItemKey(node.getLong(at + 40), node.getLong(at + 48)) : beyond;
        readNode(tree, level - 1, node, at + 16, birth, key, next, items, counts);
      }
    }
    for (int i = valueAt; i < crcAt; i++) {
      require(node.get(i) == 0, where + " INV-NODE-7");
    }
  }

  /** A value for reading. */
  static ByteBuffer reader(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
  }
}
