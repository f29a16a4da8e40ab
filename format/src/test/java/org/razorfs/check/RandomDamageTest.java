package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.wire.Bytes;

/** Damage at random: whatever an image holds, a check ends with a report. */
class RandomDamageTest {
  private static final CheckOptions OPTIONS = new CheckOptions(true, 20, 1 << 20);

  private static final List<TreeId> TREES = List.of(TreeId.values());

  private static CheckReport check(MemoryDevice image) {
    return Checker.check(image, OPTIONS, CheckListener.NONE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void flippedBytesNeverThrow(boolean journal) throws IOException {
    MemoryDevice image = journal ? SampleImage.withJournal(8192) : SampleImage.make(8192);
    Random random = new Random(3);
    long from = 0;
    long to = new ImageEditor(image).superblock().identity().dataStart() + 600_000;
    for (int i = 0; i < 600; i++) {
      MemoryDevice damaged = image.fork();
      for (int k = random.nextInt(3); k >= 0; k--) {
        long at = from + (long) (random.nextDouble() * (to - from));
        ByteBuffer one = ByteBuffer.allocate(1);
        damaged.read(at, one);
        one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
        damaged.write(at, one.rewind());
      }
      check(damaged);
    }
  }

  /** Nothing gets past a CRC; so damage nodes and seal them again. */
  @Test
  void sealedNodesNeverThrow() throws IOException {
    ImageEditor sound = new ImageEditor(SampleImage.make(8192)).rebuild();
    Random random = new Random(4);
    for (int i = 0; i < 400; i++) {
      ImageEditor editor = new ImageEditor(sound.device());
      for (int k = random.nextInt(3); k >= 0; k--) {
        TreeId tree = TREES.get(random.nextInt(4));
        int height = editor.superblock().roots().get(tree).height();
        int[] path = new int[random.nextInt(height)];
        damage(editor, tree, random, path);
      }
      check(editor.device());
    }
  }

  private static void damage(ImageEditor editor, TreeId tree, Random random, int... path) {
    try {
      editor.node(tree, ImageEditor.Seal.PATH, bytes -> damage(bytes, random), path);
    } catch (IOException e) {
      assertNotNull(e.getMessage()); // The way there is damaged already, which will do.
    }
  }

  private static void damage(byte[] node, Random random) {
    int count = Bytes.u16(node, 6);
    int entry = node[5] == 0 ? Node.LEAF_ENTRY : Node.INNER_ENTRY;
    int limit = Math.min(node.length - Node.TRAILER, Node.HEADER + count * entry);
    int at =
        random.nextBoolean() || limit <= Node.HEADER
            ? random.nextInt(node.length - Node.TRAILER)
            : Node.HEADER + random.nextInt(limit - Node.HEADER);
    node[at] = (byte) random.nextInt();
  }

  @Test
  void sealedItemsNeverThrow() throws IOException {
    MemoryDevice image = SampleImage.make(16384);
    Random random = new Random(5);
    int found = 0;
    for (int i = 0; i < 300; i++) {
      ImageEditor editor = new ImageEditor(image);
      for (int k = random.nextInt(4); k >= 0; k--) {
        TreeId tree = TREES.get(random.nextInt(3));
        List<Map.Entry<ImageEditor.Key, byte[]>> items =
            new ArrayList<>(editor.items(tree).entrySet());
        if (items.isEmpty()) {
          continue;
        }
        var item = items.get(random.nextInt(items.size()));
        ImageEditor.Key key = item.getKey();
        switch (random.nextInt(4)) {
          case 0 -> editor.items(tree).remove(key);
          case 1 -> {
            editor.items(tree).remove(key);
            long lo = random.nextBoolean() ? random.nextLong() : key.lo() ^ 1L << random.nextInt(8);
            editor.items(tree).put(new ImageEditor.Key(key.hi(), lo), item.getValue());
          }
          default -> {
            if (item.getValue().length > 0) {
              editor.poke(tree, key, random.nextInt(item.getValue().length), random.nextInt());
            }
          }
        }
      }
      found += check(editor.rebuild().device()).isClean() ? 0 : 1;
    }
    // What changes nothing that a rule speaks of, such as a permission bit, is rare.
    assertTrue(found > 200, found + " found");
  }

  @Test
  void sealedSuperblocksNeverThrow() throws IOException {
    MemoryDevice image = SampleImage.make(8192);
    Random random = new Random(6);
    for (int i = 0; i < 500; i++) {
      ImageEditor editor = new ImageEditor(image);
      for (int k = random.nextInt(3); k >= 0; k--) {
        int at = 96 + random.nextInt(570 - 96);
        editor.superblock(bytes -> bytes[at] = (byte) random.nextInt());
      }
      check(editor.device());
    }
  }

  @Test
  void sealedJournalNeverThrows() throws IOException {
    MemoryDevice image = SampleImage.make(8192);
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      ImageEditor editor = new ImageEditor(image);
      byte[] redo = new byte[20 + random.nextInt(200)];
      random.nextBytes(redo);
      redo[0] = (byte) (1 + random.nextInt(15));
      Bytes.put64(redo, 1, random.nextInt(40));
      editor.journal(r -> r, redo);
      check(editor.device());
    }
  }

  @Test
  void everyReadThatFailsBecomesAFinding() throws IOException {
    MemoryDevice image = SampleImage.withJournal(8192);
    for (int i = 1; i < 40; i++) {
      FaultyDevice faulty = new FaultyDevice(image.fork());
      if (i % 2 == 0) {
        faulty.failOnce(FaultyDevice.Operation.READ, i);
      } else {
        faulty.failFrom(FaultyDevice.Operation.READ, i);
      }
      CheckReport report = Checker.check(faulty, OPTIONS, CheckListener.NONE);
      if (faulty.failures() == 0) {
        assertTrue(i > 10, i + " reads");
        return;
      }
      assertTrue(report.counts().containsKey(Problem.UNREADABLE), () -> "" + report.findings());
    }
  }
}
