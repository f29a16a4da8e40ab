package org.razorfs.tx;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.block.Superblocks;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Run;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.TreeMerge;
import org.razorfs.tx.Changes.Change;
import org.razorfs.wire.SipHash;

/**
 * Writes one checkpoint, spec §7.2: the frozen epoch merged into new nodes at free places, a flush,
 * the other superblock slot, a flush. Nothing that the last checkpoint reaches is touched, so a
 * crash anywhere leaves that one and its journal whole.
 */
final class CheckpointWriter {
  private final BlockDevice device;
  private final NodeStore store;
  private final MetadataRoom room;
  private final SipHash hash;
  private final Clock clock;

  CheckpointWriter(
      BlockDevice device, NodeStore store, MetadataRoom room, SipHash hash, Clock clock) {
    this.device = device;
    this.store = store;
    this.room = room;
    this.hash = hash;
    this.clock = clock;
  }

  /**
   * What a checkpoint records beside the trees.
   *
   * @param journalEpoch the epoch of the records that follow
   * @param journalTail where they begin
   * @param nextTransaction their first transaction id
   * @param nextSequence their first sequence number
   * @param clean whether the volume is being closed
   * @param errors whether damage was met
   * @param opening whether the volume is being opened, which counts as a mount
   */
  record State(
      long journalEpoch,
      long journalTail,
      long nextTransaction,
      long nextSequence,
      boolean clean,
      boolean errors,
      boolean opening) {}

  /**
   * A written checkpoint.
   *
   * @param superblock what is on the device now
   * @param allocated the space that the epoch put to use, nodes included
   * @param released the space that the epoch's transactions gave back
   * @param freedChunks the space of shared chunks that lost their last reference
   * @param freedNodes the space of nodes that the new trees do not reach
   * @param removedNames names that went out of use
   * @param dwindledChunks addresses of packs that may have lost content, and have little
   */
  record Written(
      Superblock superblock,
      List<Run> allocated,
      List<Run> released,
      List<Run> freedChunks,
      List<Run> freedNodes,
      List<Epoch.NameDelta> removedNames,
      List<Long> dwindledChunks) {}

  /** Writes the checkpoint that holds {@code epoch}, whose transactions have all been applied. */
  Written write(View view, Epoch epoch, State state, Counters counters) throws IOException {
    Superblock old = view.superblock();
    long generation = old.generation() + 1;
    Map<TreeId, TreeRoot> roots = new EnumMap<>(old.roots());
    List<Run> allocated = new ArrayList<>(epoch.allocated());
    List<Run> freedChunks = List.of();
    List<Run> freedNodes = new ArrayList<>();
    List<Run> spares = old.spares();
    List<Epoch.NameDelta> removedNames = List.of();
    List<Long> dwindledChunks = List.of();
    long freeUnits = old.totals().freeUnits();
    long freedStored = 0;
    if (!epoch.isEmpty()) {
      int nodeSize = old.identity().nodeSize();
      List<Run> nodes = new ArrayList<>();
      NodeWriter writer =
          new NodeWriter(
              device,
              store.cache(),
              length -> {
                long address = takeNode(length);
                nodes.add(new Run(address, length));
                return address;
              },
              old.identity().uuid(),
              generation);
      StringChanges strings = new StringChanges(epoch, view.tree(TreeId.STRINGS), hash);
      ChunkChanges chunks = new ChunkChanges(epoch, view.tree(TreeId.CHUNKS));
      merge(
          TreeId.INODES,
          new InodeChanges(epoch, Geometry.maxValue(nodeSize)),
          roots,
          nodeSize,
          writer,
          freedNodes);
      merge(TreeId.STRINGS, strings.iterator(), roots, nodeSize, writer, freedNodes);
      merge(TreeId.CHUNKS, chunks.iterator(), roots, nodeSize, writer, freedNodes);
      writer.finish();
      allocated.addAll(nodes);
      freedChunks = chunks.freed();
      removedNames = strings.removed();
      freedStored = chunks.freedStored();
      dwindledChunks = chunks.dwindled();

      FreeSpace free =
          new FreeSpace(
              view.tree(TreeId.FREE),
              store,
              this::takeNode,
              room::giveBack,
              nodeSize,
              old.identity().volumeSize());
      for (Run run : allocated) {
        free.use(run);
      }
      for (List<Run> runs : List.of(epoch.released(), freedChunks, freedNodes)) {
        for (Run run : runs) {
          free.free(run);
        }
      }
      roots.put(TreeId.FREE, free.write(device, old.identity().uuid(), generation));
      allocated.addAll(free.taken());
      freedNodes.addAll(free.replaced());
      spares = free.spares();
      freeUnits += free.freeUnits();
    }
    // Also where there are no nodes: the backup of the checkpoint before has to be durable before
    // its slot's successor is, or a crash in the next recovery could leave it three behind.
    device.flush();
    Superblock.VolumeTotals totals = old.totals();
    long now = clock.instant().getEpochSecond();
    Superblock next =
        new Superblock(
            old.identity(),
            Superblock.slotAddress(generation),
            generation,
            state.clean,
            old.errors() || state.errors,
            state.journalEpoch,
            state.journalTail,
            state.nextTransaction,
            state.nextSequence,
            counters.inode().get(),
            counters.string().get(),
            counters.generation().get(),
            new Superblock.VolumeTotals(
                    freeUnits,
                    totals.reservedUnits() + epoch.reservedUnits(),
                    totals.inodes() + epoch.inodeChange(),
                    totals.logicalBytes() + epoch.logicalBytes(),
                    totals.storedBytes() + epoch.storedBytes() - freedStored)
                .legal(old.identity().volumeSize(), counters.inode().get()),
            spares,
            state.opening ? now : old.mountedAt(),
            now,
            old.mountCount() + (state.opening ? 1 : 0),
            Map.copyOf(roots));
    Superblocks.write(device, next);
    device.flush();
    Superblocks.writeBackup(device, next);
    return new Written(
        next, allocated, epoch.released(), freedChunks, freedNodes, removedNames, dwindledChunks);
  }

  /** Writes a superblock that differs from the last in nothing but that damage was met. */
  void mark(Superblock last) throws IOException {
    if (last.errors()) {
      return;
    }
    Superblock next = last.damaged();
    device.flush(); // As in a checkpoint, for the last backup's sake.
    Superblocks.write(device, next);
    device.flush();
    Superblocks.writeBackup(device, next);
  }

  private long takeNode(int length) throws IOException {
    long address = room.take(length);
    if (address < 0) {
      throw new FsException(Fault.NO_SPACE, "more nodes to write than were reserved");
    }
    return address;
  }

  private void merge(
      TreeId tree,
      Iterator<Change> changes,
      Map<TreeId, TreeRoot> roots,
      int nodeSize,
      NodeWriter writer,
      List<Run> released)
      throws IOException {
    TreeRoot root =
        new TreeMerge(tree, nodeSize, store, TreeMerge.Mode.ABSORB)
            .apply(
                roots.get(tree),
                new Changes(changes),
                writer,
                (node, level) -> released.add(new Run(node.address(), node.length())));
    roots.put(tree, root);
  }
}
