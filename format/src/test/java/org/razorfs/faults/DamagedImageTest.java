package org.razorfs.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.Superblocks;
import org.razorfs.crash.DamageOracle;
import org.razorfs.crash.DamageOracle.Damage;
import org.razorfs.crash.History;
import org.razorfs.crash.HistoryRecorder;
import org.razorfs.crash.ScriptedWorkloads;
import org.razorfs.crash.TestImage;
import org.razorfs.crash.Workload;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.device.RecordingDevice.Write;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.Op;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.TreeWalk;

/**
 * Bytes that change while nobody looks, and writes that never arrive or arrive elsewhere: the
 * volume then gives right data or a named fault, and what it writes meanwhile spoils nothing.
 *
 * <p>Damage to the end of a journal looks like a crash before it was written; there, the state
 * without what is damaged is right too.
 */
@Tag("slow")
class DamagedImageTest {
  /** One damaged image of so many is also used. */
  private static final int USE_EVERY = 16;

  private History history;
  private DamageOracle oracle;
  private MemoryDevice image;
  private List<Write> writes;
  private boolean closed;
  private int count;
  private final List<String> problems = new ArrayList<>();

  @BeforeEach
  void record() throws IOException {
    history = HistoryRecorder.record(ScriptedWorkloads.named("everything"));
    oracle = new DamageOracle(history);
  }

  @AfterEach
  void closeOracle() {
    oracle.close();
  }

  /** The image as it was closed, or as it was left with a journal to replay. */
  private void take(boolean asClosed) throws IOException {
    closed = asClosed;
    writes = asClosed ? oracle.writes() : oracle.writesBeforeClosing();
    image = history.start().fork();
    RecordingDevice.replay(writes, image);
    assertEquals(null, judge(List.of(), oracle.all()), "without damage");
    count = 0;
  }

  private String judge(List<Damage> damages, int oldest) throws IOException {
    MemoryDevice device = image.fork();
    for (Damage damage : damages) {
      damage.inflict(device);
    }
    String problem = oracle.read(device.fork(), oldest);
    if (problem == null && count++ % USE_EVERY == 0) {
      problem = oracle.use(device, damages);
    }
    return problem;
  }

  private void damage(String what, Damage... damages) throws IOException {
    String problem = problems.size() > 10 ? null : judge(List.of(damages), oldest(damages));
    if (problem != null) {
      problems.add(what + ": " + problem);
    }
  }

  /** The oldest state that may be seen: the end of a journal can't be told from a crash. */
  private int oldest(Damage... damages) {
    if (closed) {
      return oracle.all();
    }
    long most = 0;
    Superblock.Identity identity = identity();
    for (Damage damage : damages) {
      long from = Math.max(identity.journalStart(), damage.position());
      long to = Math.min(identity.dataStart(), damage.position() + damage.after().length);
      most = Math.max(most, to - from);
    }
    // More than a sector can take more than the last batch away.
    return most > 512 ? oracle.atLastCheckpoint() : oracle.beforeLastSync();
  }

  private Superblock.Identity identity() {
    try {
      return Superblocks.newest(image).identity();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Damage change(long position, byte[] after) throws IOException {
    return new Damage(position, bytes(position, after.length), after);
  }

  private byte[] bytes(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    image.read(position, bytes);
    return bytes.array();
  }

  private void done() {
    System.out.println("damaged images: " + oracle.counts());
    assertEquals(List.of(), problems);
  }

  private List<BlockPointer> nodes() throws IOException {
    Superblock superblock = Superblocks.newest(image);
    NodeStore store = new NodeStore(image, superblock.identity().uuid(), new NodeCache(1 << 20));
    List<BlockPointer> nodes = new ArrayList<>();
    for (TreeId tree : TreeId.values()) {
      new TreeWalk(tree, store)
          .walk(
              superblock.roots().get(tree),
              new TreeWalk.Visitor() {
                @Override
                public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
                  nodes.add(pointer);
                  return true;
                }

                @Override
                public void damaged(
                    BlockPointer pointer, int level, KeyRange keys, IOException problem) {
                  throw new AssertionError(problem);
                }
              });
    }
    return nodes;
  }

  private void flip(long position, SplittableRandom random) throws IOException {
    byte[] one = bytes(position, 1);
    one[0] ^= (byte) (1 + random.nextInt(255));
    damage("byte " + position + " becomes " + (one[0] & 0xff), change(position, one));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyFlippedByteOfATreeIsNoticed(boolean asClosed) throws IOException {
    take(asClosed);
    SplittableRandom random = new SplittableRandom(1);
    for (BlockPointer node : nodes()) {
      for (int i = 0; i < node.length(); i++) {
        flip(node.address() + i, random);
      }
    }
    done();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyFlippedByteOfSuperblocksAndJournalIsNoticedOrHarmless(boolean asClosed)
      throws IOException {
    take(asClosed);
    SplittableRandom random = new SplittableRandom(2);
    for (long slot : Superblocks.addresses(image)) {
      for (int i = 0; i < Geometry.SUPERBLOCK; i++) {
        flip(slot + i, random);
      }
    }
    for (long position : journalToReplay()) {
      flip(position, random);
    }
    done();
  }

  /** Where the journal was written since the last superblock; what is older nobody reads. */
  private Iterable<Long> journalToReplay() {
    TreeSet<Long> positions = new TreeSet<>();
    for (Write write : writes) {
      if (write.position() == 0 || write.position() == Geometry.SLOT_1) {
        positions.clear();
      } else if (write.position() >= Geometry.JOURNAL_START
          && write.position() < identity().dataStart()) {
        for (int i = 0; i < write.data().length; i++) {
          positions.add(write.position() + i);
        }
      }
    }
    return positions;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void someFlippedBytesOfDataAreNoticed(boolean asClosed) throws IOException {
    take(asClosed);
    SplittableRandom random = new SplittableRandom(3);
    for (long at = identity().dataStart(); at < identity().backupAddress(); at += 512) {
      flip(at + random.nextInt(512), random);
    }
    done();
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 8192, 65536})
  void zeroedBlocksAreNoticed(int length) throws IOException {
    for (boolean asClosed : new boolean[] {true, false}) {
      take(asClosed);
      for (long at = 0; at + length <= image.size(); at += length) {
        damage("zeros at " + at, change(at, new byte[length]));
      }
    }
    done();
  }

  /** For each write: it never arrived, and what was there before is there still. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void lostWritesAreNoticed(boolean asClosed) throws IOException {
    take(asClosed);
    MemoryDevice before = history.start().fork();
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      ByteBuffer old = ByteBuffer.allocate(write.data().length);
      before.read(write.position(), old);
      if (isLast(i)) {
        damage(
            "lost write " + i + " at " + write.position(), change(write.position(), old.array()));
      }
      before.write(write.position(), ByteBuffer.wrap(write.data()));
    }
    done();
  }

  /** Whether nothing was written over a write later. */
  private boolean isLast(int index) {
    Write write = writes.get(index);
    for (Write later : writes.subList(index + 1, writes.size())) {
      if (later.position() < write.position() + write.data().length
          && write.position() < later.position() + later.data().length) {
        return false;
      }
    }
    return true;
  }

  /** For each write: it arrived at the place of another one, where its own bytes are missing. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void misdirectedWritesAreNoticed(boolean asClosed) throws IOException {
    take(asClosed);
    SplittableRandom random = new SplittableRandom(4);
    MemoryDevice before = history.start().fork();
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      ByteBuffer old = ByteBuffer.allocate(write.data().length);
      before.read(write.position(), old);
      for (int k = 0; k < 4; k++) {
        long elsewhere = writes.get(random.nextInt(writes.size())).position();
        boolean apart = Math.abs(elsewhere - write.position()) >= write.data().length;
        if (apart && isLast(i) && elsewhere + write.data().length <= image.size()) {
          damage(
              "write " + i + " at " + elsewhere + " and not at " + write.position(),
              change(write.position(), old.array()),
              change(elsewhere, write.data()));
        }
      }
      before.write(write.position(), ByteBuffer.wrap(write.data()));
    }
    done();
  }

  /** Each node in the place of each other one: all have a right CRC, and none belongs there. */
  @Test
  void nodesThatChangePlacesAreNoticed() throws IOException {
    take(true);
    List<BlockPointer> nodes = nodes();
    for (BlockPointer one : nodes) {
      for (BlockPointer two : nodes) {
        if (!one.equals(two) && one.length() == two.length()) {
          damage(
              "node of " + one.address() + " at " + two.address(),
              change(two.address(), bytes(one.address(), one.length())));
        }
      }
    }
    done();
  }

  /** Every older node that was ever written to the place of a node of today. */
  @Test
  void olderNodesAreNoticed() throws IOException {
    List<Op> ops = new ArrayList<>(List.of(new Op.Create("/f", 0644, 0, 0)));
    for (int i = 0; i < 100; i++) {
      ops.add(new Op.Write("/f", 0, 3000, i, Content.Texture.TEXT));
      ops.add(new Op.Create("/f" + i, 0600, 0, 0));
      ops.add(new Op.Checkpoint());
    }
    TestImage least = new TestImage(512 << 10, 64 << 10, 8 << 10, 8 << 20);
    oracle.close();
    history = HistoryRecorder.record(new Workload("checkpoints", least, List.of(), ops));
    oracle = new DamageOracle(history);
    take(true);
    List<BlockPointer> nodes = nodes();
    int tried = 0;
    for (Write write : writes) {
      for (BlockPointer node : nodes) {
        long at = node.address() - write.position();
        if (at >= 0 && at + node.length() <= write.data().length) {
          byte[] old = new byte[node.length()];
          System.arraycopy(write.data(), (int) at, old, 0, old.length);
          if (!java.util.Arrays.equals(old, bytes(node.address(), node.length()))) {
            damage("older node at " + node.address(), change(node.address(), old));
            tried++;
          }
        }
      }
    }
    assertTrue(tried > 0, "no node is where another one was");
    assertEquals(tried, oracle.noticed());
    done();
  }
}
