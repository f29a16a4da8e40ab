package org.razorfs.spec;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import net.jpountz.lz4.LZ4Factory;

/**
 * Lists a volume as section 8 of SPEC.md tells, without any class of the library; what comes out
 * must be what the library shows.
 */
final class SpecReader {
  private final SpecImage image;
  private final NavigableMap<ItemKey, byte[]> items;
  private final List<Entry> entries = new ArrayList<>();

  SpecReader(SpecImage image) {
    this.image = image;
    this.items = image.trees.get(SpecImage.INODES);
  }

  List<Entry> list() {
    add("/", 1);
    return entries;
  }

  private byte[] name(long id) {
    byte[] value = image.trees.get(SpecImage.STRINGS).get(ItemKey.of(0, 6, id));
    return Arrays.copyOfRange(value, 4, value.length);
  }

  private void add(String path, long number) {
    ByteBuffer inode = SpecImage.reader(items.get(ItemKey.of(number, 1, 0)));
    int mode = inode.getInt(0);
    int type = mode >>> 12;
    long size = inode.getLong(16);
    String content = "";
    if (type == 10) {
      byte[] target = new byte[(int) size];
      read(number, 0, target);
      content = Entry.value(target);
    } else if (type == 8 && size <= Entry.MAX_CONTENT) {
      content = content(number, size);
    }
    StringBuilder times = new StringBuilder();
    for (int at = 52; at < 100; at += 12) {
      times.append('[').append(inode.getLong(at)).append('.');
      times.append(inode.getInt(at + 8)).append(']');
    }
    entries.add(
        new Entry(
            path,
            number,
            inode.getLong(40),
            mode,
            inode.getInt(12),
            inode.getInt(4),
            inode.getInt(8),
            type == 2 || type == 6 ? inode.getLong(24) : 0,
            size,
            inode.getInt(48) & ~0x40000000,
            times.toString(),
            content,
            xattrs(number)));
    if (type == 4) {
      String prefix = path.equals("/") ? "/" : path + "/";
      for (Map.Entry<ItemKey, byte[]> entry : of(number, 3).entrySet()) {
        long child = SpecImage.reader(entry.getValue()).getLong();
        add(prefix + Entry.escape(name(entry.getKey().lo())), child);
      }
    }
  }

  /** All items of an object and type. */
  private Map<ItemKey, byte[]> of(long object, int type) {
    return items.subMap(ItemKey.of(object, type, 0), true, ItemKey.of(object, type, -1), true);
  }

  private Map<String, String> xattrs(long number) {
    TreeMap<Long, ByteBuffer> values = new TreeMap<>();
    for (Map.Entry<ItemKey, byte[]> piece : of(number, 2).entrySet()) {
      byte[] bytes = piece.getValue();
      long id = piece.getKey().lo() >>> 8;
      if ((piece.getKey().lo() & 255) == 0) {
        values.put(id, ByteBuffer.allocate(SpecImage.reader(bytes).getInt()));
        bytes = Arrays.copyOfRange(bytes, 4, bytes.length);
      }
      values.get(id).put(bytes);
    }
    Map<String, String> xattrs = new TreeMap<>();
    values.forEach(
        (id, value) -> {
          SpecImage.require(!value.hasRemaining(), "INV-XAT-1");
          xattrs.put(Entry.escape(name(id)), Entry.value(whole(value)));
        });
    return xattrs;
  }

  private static byte[] whole(ByteBuffer value) {
    byte[] bytes = new byte[value.capacity()];
    value.get(0, bytes);
    return bytes;
  }

  private String content(long number, long size) {
    CRC32 crc = new CRC32();
    byte[] window = new byte[1 << 20];
    for (long at = 0; at < size; at += window.length) {
      Arrays.fill(window, (byte) 0);
      read(number, at, window);
      crc.update(window, 0, (int) Math.min(window.length, size - at));
    }
    return Entry.crc(crc);
  }

  /** Copies what the file has in a window; holes stay as they are. */
  private void read(long number, long from, byte[] window) {
    for (Map.Entry<ItemKey, byte[]> entry : of(number, 4).entrySet()) {
      long offset = entry.getKey().lo();
      byte[] value = entry.getValue();
      ByteBuffer extent = SpecImage.reader(value);
      long length = value[0] == 3 ? extent.getLong(8) : extent.getInt(4);
      long begin = Math.max(offset, from);
      long end = Math.min(offset + length, from + window.length);
      if (begin < end && value[0] != 3) {
        byte[] data = value[0] == 2 ? value : decompress(extent);
        int skip = value[0] == 2 ? 8 : extent.getInt(24);
        System.arraycopy(
            data, (int) (skip + begin - offset), window, (int) (begin - from), (int) (end - begin));
      }
    }
    byte[] orphan = items.get(ItemKey.of(0, 5, number));
    if (orphan != null && orphan.length > 0 && (orphan[0] & 1) != 0) {
      long begin = Math.max(SpecImage.reader(orphan).getLong(1), from);
      long end = Math.min(SpecImage.reader(orphan).getLong(9), from + window.length);
      if (begin < end) {
        Arrays.fill(window, (int) (begin - from), (int) (end - from), (byte) 0);
      }
    }
  }

  private byte[] decompress(ByteBuffer extent) {
    byte[] stored = image.copy(extent.getLong(8), extent.getInt(16));
    SpecImage.require(SpecImage.crc(stored) == extent.getInt(28), "INV-EXT-10");
    byte[] logical = new byte[extent.getInt(20)];
    int length =
        switch (extent.get(1)) {
          case 0 -> {
            System.arraycopy(stored, 0, logical, 0, stored.length);
            yield stored.length;
          }
          case 1 -> (int) Zstd.decompress(logical, stored);
          case 2 -> LZ4Factory.safeInstance().safeDecompressor().decompress(stored, logical);
          case 3 -> inflate(stored, logical);
          default -> -1;
        };
    SpecImage.require(length == logical.length, "INV-EXT-10");
    return logical;
  }

  private static int inflate(byte[] stored, byte[] logical) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(stored);
      return inflater.inflate(logical);
    } catch (DataFormatException e) {
      throw new AssertionError(e);
    } finally {
      inflater.end();
    }
  }
}
