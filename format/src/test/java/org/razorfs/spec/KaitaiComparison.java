package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kaitai.struct.ByteBufferKaitaiStream;
import io.kaitai.struct.KaitaiStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.razorfs.fault.FsException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Node;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.Run;
import org.razorfs.layout.SegmentRecord;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Reads a whole image with the parser generated from razorfs.ksy and with the library, and compares
 * every field of every structure.
 */
final class KaitaiComparison {
  private final byte[] image;
  private final Parsed root;
  private int items;
  private int mutations;

  /** What was compared, so that tests can tell that it was not nothing. */
  record Counts(int items, int mutations) {}

  KaitaiComparison(Class<?> imageClass, byte[] image) {
    this.image = image;
    try {
      this.root =
          new Parsed(
              "image",
              imageClass
                  .getConstructor(KaitaiStream.class)
                  .newInstance(new ByteBufferKaitaiStream(image)));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** Compares the superblocks that are valid, and all that the newest of them reaches. */
  Counts compare() throws FsException {
    Superblock newest = null;
    Parsed parsedNewest = null;
    long backup = (image.length / 4096 - 1) * 4096L;
    for (Map.Entry<String, Long> place :
        Map.of("slot0", 0L, "slot1", Geometry.SLOT_1, "backup", backup).entrySet()) {
      byte[] bytes = slice(place.getValue(), Geometry.SUPERBLOCK);
      if (Superblock.hasMagic(bytes) && Superblock.isSealed(bytes)) {
        Superblock superblock = Superblock.decode(bytes, place.getValue());
        Parsed parsed = root.get(place.getKey());
        superblock(superblock, parsed);
        if (newest == null || superblock.generation() > newest.generation()) {
          newest = superblock;
          parsedNewest = parsed;
        }
      }
    }
    assertTrue(newest != null, "no superblock");
    for (TreeId tree : TreeId.values()) {
      TreeRoot treeRoot = newest.roots().get(tree);
      Parsed parsed = parsedNewest.get(rootName(tree)).get("root");
      assertEquals(treeRoot.isEmpty(), parsed.isNull());
      if (!treeRoot.isEmpty()) {
        node(treeRoot.pointer(), tree, treeRoot.height() - 1, newest.identity().uuid(), parsed);
      }
    }
    ring(newest, parsedNewest.get("ring"));
    return new Counts(items, mutations);
  }

  private static String rootName(TreeId tree) {
    return switch (tree) {
      case INODES -> "inodesRoot";
      case STRINGS -> "stringsRoot";
      case CHUNKS -> "chunksRoot";
      case FREE -> "freeRoot";
    };
  }

  private byte[] slice(long at, int length) {
    return Arrays.copyOfRange(image, (int) at, (int) at + length);
  }

  private static void superblock(Superblock expected, Parsed parsed) {
    Superblock.Identity identity = expected.identity();
    ByteSink uuid = new ByteSink(16);
    Superblock.putUuid(uuid, identity.uuid());
    parsed.get("uuid").assertBytes(uuid.toBytes());
    assertEquals(identity.label(), parsed.get("label").text());
    parsed.get("version").assertNumber(Superblock.VERSION);
    parsed.get("compat").assertNumber(identity.compat());
    parsed.get("roCompat").assertNumber(identity.roCompat());
    parsed.get("incompat").assertNumber(identity.incompat());
    parsed.get("generation").assertNumber(expected.generation());
    parsed.get("state").get("clean").assertNumber(expected.clean() ? 1L : 0L);
    parsed.get("state").get("errors").assertNumber(expected.errors() ? 1L : 0L);
    parsed.get("nodeSize").assertNumber(identity.nodeSize());
    parsed.get("address").assertNumber(expected.address());
    parsed.get("volumeSize").assertNumber(identity.volumeSize());
    parsed.get("journalStart").assertNumber(identity.journalStart());
    parsed.get("journalLength").assertNumber(identity.journalLength());
    parsed.get("journalEpoch").assertNumber(expected.journalEpoch());
    parsed.get("journalTail").assertNumber(expected.journalTail());
    parsed.get("nextTransaction").assertNumber(expected.nextTransaction());
    parsed.get("nextSequence").assertNumber(expected.nextSequence());
    parsed.get("nextInode").assertNumber(expected.nextInode());
    parsed.get("nextString").assertNumber(expected.nextString());
    parsed.get("nextGeneration").assertNumber(expected.nextGeneration());
    parsed.get("hashKey0").assertNumber(identity.hashKey0());
    parsed.get("hashKey1").assertNumber(identity.hashKey1());
    parsed.assertLike(expected.totals());
    parsed.get("madeAt").assertNumber(identity.madeAt());
    parsed.get("mountedAt").assertNumber(expected.mountedAt());
    parsed.get("writtenAt").assertNumber(expected.writtenAt());
    parsed.get("mountCount").assertNumber(expected.mountCount());
    parsed.get("codec").assertNumber(identity.codec());
    parsed.get("level").assertNumber(identity.level());
    parsed.get("spareCount").assertNumber(expected.spares().size());
    List<Parsed> spares = parsed.get("spares").list();
    for (int i = 0; i < spares.size(); i++) {
      boolean used = i < expected.spares().size();
      spares.get(i).assertLike(used ? expected.spares().get(i) : new Run(0, 0));
    }
    for (TreeId tree : TreeId.values()) {
      parsed.get(rootName(tree)).get("tree").assertNumber(tree.code());
      parsed.get(rootName(tree)).assertLike(expected.roots().get(tree));
    }
  }

  private void node(BlockPointer pointer, TreeId tree, int level, UUID uuid, Parsed parsed)
      throws FsException {
    Node node = Node.open(slice(pointer.address(), pointer.length()), pointer, tree, level, uuid);
    parsed.get("tree").assertNumber(tree.code());
    parsed.get("level").assertNumber(level);
    parsed.get("count").assertNumber(node.count());
    parsed.get("address").assertNumber(pointer.address());
    parsed.get("generation").assertNumber(pointer.birth());
    parsed.get("uuid").assertBytes(Arrays.copyOfRange(node.array(), 24, 40));
    parsed.get("length").assertNumber(pointer.length());
    parsed.get("crc").assertNumber(pointer.crc());
    List<Parsed> entries = parsed.get("entries").list();
    assertEquals(node.count(), entries.size());
    for (int i = 0; i < entries.size(); i++) {
      Parsed entry = entries.get(i);
      Parsed key = entry.get("key");
      key.get("type").assertNumber(Keys.type(node.hi(i)));
      key.get("object").assertNumber(Keys.object(node.hi(i)));
      key.get("lo").assertNumber(node.lo(i));
      if (node.isLeaf()) {
        entry.get("valueAt").assertNumber(node.valueAt(i));
        entry.get("valueLength").assertNumber(node.valueLength(i));
        value(Keys.type(node.hi(i)), node.lo(i), node.value(i), entry.get("value"));
        items++;
      } else {
        entry.get("child").assertLike(node.child(i));
        node(node.child(i), tree, level - 1, uuid, entry.get("node"));
      }
    }
  }

  private void value(int type, long lo, byte[] value, Parsed parsed) throws FsException {
    ByteSource source = new ByteSource(value, 0, value.length, parsed.path());
    switch (type) {
      case Keys.INODE -> inode(InodeRecord.decode(source), parsed);
      case Keys.XATTR -> {
        boolean first = (lo & 0xff) == 0;
        if (first) {
          parsed.get("total").assertNumber(source.u32());
        }
        parsed.get("content").assertBytes(source.bytes(source.remaining()));
      }
      case Keys.DIRENT -> parsed.assertLike(DirentRecord.decode(source));
      case Keys.EXTENT -> extent(ExtentRecord.decode(source), parsed);
      case Keys.STRING_HASH -> assertEquals(0, value.length);
      case Keys.ORPHAN -> orphan(OrphanRecord.decode(source), parsed);
      case Keys.STRING -> parsed.assertLike(StringRecord.decode(source));
      case Keys.CHUNK -> {
        ChunkRecord chunk = ChunkRecord.decode(source);
        parsed.get("references").assertNumber(chunk.references());
        parsed.get("live").assertNumber(chunk.live());
        parsed.get("stored").assertNumber(chunk.stored());
        owners(chunk.owners(), parsed);
      }
      case Keys.SEGMENT -> assertArrayEquals(SegmentRecord.decode(source), bits(parsed));
      default -> throw new AssertionError("type " + type);
    }
  }

  private static void inode(InodeRecord inode, Parsed parsed) {
    parsed.assertLike(inode);
    parsed.get("fileType").assertNumber(inode.mode() >>> 12);
    parsed.get("permissions").assertNumber(inode.mode() & 07777);
  }

  private static void owners(long[] owners, Parsed parsed) {
    parsed.get("ownerCount").assertNumber(owners.length / 2);
    List<Long> words = new ArrayList<>();
    for (Parsed owner : parsed.get("owners").list()) {
      words.add(owner.get("inode").number());
      words.add(owner.get("offset").number());
    }
    assertEquals(Arrays.stream(owners).boxed().toList(), words);
  }

  private void extent(ExtentRecord extent, Parsed parsed) {
    Parsed body = parsed.get("body");
    if (extent instanceof ExtentRecord.Chunk chunk) {
      parsed.get("kind").assertNumber(ExtentRecord.CHUNK);
      parsed.get("codec").assertNumber(chunk.codec());
      parsed.get("length").assertNumber(chunk.length());
      parsed.get("shared").assertNumber(chunk.shared() ? 1L : 0L);
      body.get("address").assertNumber(chunk.address());
      body.get("stored").assertNumber(chunk.stored());
      body.get("logical").assertNumber(chunk.logical());
      body.get("skip").assertNumber(chunk.skip());
      body.get("crc").assertNumber(chunk.crc());
      body.get("birth").assertNumber(chunk.birth());
      body.get("storedBytes").assertBytes(slice(chunk.address(), chunk.stored()));
    } else if (extent instanceof ExtentRecord.Inline inline) {
      parsed.get("kind").assertNumber(ExtentRecord.INLINE);
      parsed.get("length").assertNumber(inline.length());
      body.get("content").assertBytes(inline.bytes());
    } else {
      parsed.get("kind").assertNumber(ExtentRecord.RESERVED);
      body.get("reservedLength").assertNumber(extent.length());
    }
  }

  private static long[] bits(Parsed segment) {
    long[] used = new long[Geometry.SEGMENT_UNITS / 64];
    switch ((int) segment.get("form").number()) {
      case 0 -> Arrays.fill(used, -1);
      case 1 -> {
        byte[] bitmap = segment.get("bitmap").bytes();
        for (int i = 0; i < bitmap.length; i++) {
          used[i / 8] |= (bitmap[i] & 0xffL) << (i % 8 * 8);
        }
      }
      default -> {
        Arrays.fill(used, -1);
        for (Parsed run : segment.get("freeRuns").list()) {
          long first = run.get("first").number();
          for (long unit = first; unit < first + run.get("length").number(); unit++) {
            used[(int) unit / 64] &= ~(1L << unit);
          }
        }
      }
    }
    return used;
  }

  /** Compares the records from the tail on, as far as they are sealed and of this lap. */
  private void ring(Superblock superblock, Parsed parsed) throws FsException {
    long length = superblock.identity().journalLength();
    byte[] ring = slice(superblock.identity().journalStart(), (int) length);
    long tail = superblock.journalTail();
    long lsn = tail;
    List<Parsed> found = new ArrayList<>(parsed.get("fromTail").list());
    if (tail % length > 0) {
      found.addAll(parsed.get("fromStart").list());
    }
    found.removeIf(record -> record.get("belongs").number() == 0);
    int next = 0;
    while (lsn < tail + length) {
      if (length - lsn % length < JournalRecord.HEADER) {
        lsn += length - lsn % length;
        continue;
      }
      int at = (int) (lsn % length);
      JournalRecord record = JournalRecord.parse(ring, at, ring.length);
      if (record == null || record.lsn() != lsn || record.epoch() != superblock.journalEpoch()) {
        break;
      }
      Parsed other = found.get(next++);
      other.assertLike(record);
      if (record.operation() != Operation.COMMIT.code()
          && record.operation() != Operation.PAD.code()) {
        int undo = at + JournalRecord.HEADER;
        payload(ring, undo, record.undoSize(), other.get("undo"));
        payload(ring, undo + record.undoSize(), record.redoSize(), other.get("redo"));
      }
      lsn += record.size();
    }
  }

  private void payload(byte[] ring, int from, int length, Parsed parsed) throws FsException {
    ByteSource source = new ByteSource(ring, from, length, parsed.path());
    for (Parsed mutation : parsed.get("mutations").list()) {
      mutation(Mutation.decode(source), mutation);
      mutations++;
    }
    assertEquals(0, source.remaining());
  }

  private void mutation(Mutation expected, Parsed parsed) {
    Parsed body = parsed.get("body");
    ByteSink bytes = new ByteSink(16);
    expected.encode(bytes);
    parsed.get("kind").assertNumber(bytes.array()[0]);
    if (expected instanceof Mutation.PutInode m) {
      body.get("inode").assertNumber(m.inode());
      inode(m.value(), body.get("record"));
    } else if (expected instanceof Mutation.TouchInode m) {
      body.get("inode").assertNumber(m.inode());
      body.get("nlink").assertNumber(m.nlink());
      body.get("size").assertNumber(m.size());
      body.get("units").assertNumber(m.units());
      body.get("mtime").assertLike(m.mtime());
      body.get("ctime").assertLike(m.ctime());
    } else if (expected instanceof Mutation.PutDirent m) {
      body.get("directory").assertNumber(m.directory());
      body.get("name").assertNumber(m.name());
      body.get("entry").assertLike(m.value());
    } else if (expected instanceof Mutation.PutExtent m) {
      body.get("inode").assertNumber(m.inode());
      body.get("offset").assertNumber(m.offset());
      extentFields(m.value(), body.get("extent"));
    } else if (expected instanceof Mutation.SetXattr m) {
      body.get("inode").assertNumber(m.inode());
      body.get("name").assertNumber(m.name());
      body.get("length").assertNumber(m.value() == null ? -1 : m.value().length);
      if (m.value() == null) {
        assertTrue(body.get("value").isNull());
      } else {
        body.get("value").assertBytes(m.value());
      }
    } else if (expected instanceof Mutation.ChunkReference m) {
      body.get("address").assertNumber(m.address());
      body.get("stored").assertNumber(m.stored());
      body.get("change").assertNumber(m.change());
      body.get("live").assertNumber(m.live());
      owners(m.owners(), body);
    } else if (expected instanceof Mutation.Orphan m) {
      body.get("inode").assertNumber(m.inode());
      boolean range = m.value() != null && m.value().hasRange();
      body.get("present").assertNumber(range ? 2 : m.value() == null ? 0 : 1);
      orphan(range ? m.value() : OrphanRecord.PLAIN, body);
    } else {
      // DeleteInode, DeleteDirent, DeleteExtent, NameReference, Allocate, Release, Totals
      body.assertLike((Record) expected);
    }
  }

  private static void orphan(OrphanRecord expected, Parsed parsed) {
    if (expected.hasRange()) {
      parsed.get("range").assertLike(expected);
    } else {
      assertTrue(parsed.get("range").isNull());
    }
  }

  /** As {@link #extent}, but the chunk of a replayed extent may be gone by now. */
  private void extentFields(ExtentRecord extent, Parsed parsed) {
    boolean beyond =
        extent instanceof ExtentRecord.Chunk chunk
            && chunk.address() + chunk.stored() > image.length;
    if (!beyond) {
      extent(extent, parsed);
    }
  }
}
