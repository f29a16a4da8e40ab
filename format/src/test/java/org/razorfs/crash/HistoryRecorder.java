package org.razorfs.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.razorfs.crash.FileHistory.Kind;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.model.posix.KeptOpen;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.ModelNode;
import org.razorfs.model.posix.Op;
import org.razorfs.model.posix.Outcome;
import org.razorfs.model.posix.PosixModel;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.VolumeOptions;

/**
 * Runs a workload on a recorded device and beside it on the model, and writes down after each
 * operation what a crash must not take away. Fails where volume and model disagree.
 */
public final class HistoryRecorder {
  private final PosixModel model = new PosixModel();
  private final Map<Long, FileHistory> byModel = new HashMap<>();
  private final RecordingDevice device;
  private final VolumeDriver driver;
  private final History history;
  private final boolean faultsExpected;
  private final MemoryDevice image;
  private boolean usable;
  private int operation;

  private HistoryRecorder(
      Workload workload,
      UnaryOperator<BlockDevice> between,
      VolumeOptions options,
      boolean faultsExpected)
      throws IOException {
    this.faultsExpected = faultsExpected;
    image = workload.image().format();
    try (VolumeDriver prelude = new VolumeDriver(new KeptOpen(image), workload.image().options())) {
      for (Op op : workload.prelude()) {
        Outcome outcome = prelude.apply(op);
        Outcome expected = model.apply(op);
        if (!outcome.matches(expected)) {
          throw new AssertionError(
              workload.name() + " prelude: " + op + " gave " + outcome + ", not " + expected);
        }
        track(op, new HashMap<>(), -1);
      }
    }
    history = new History(workload, image.fork(), !faultsExpected);
    device = new RecordingDevice(image);
    driver = open(between.apply(device), options);
    usable = driver != null;
    observe();
    history.synced(0);
  }

  /** A driver, or null where the volume can't even be opened. */
  private VolumeDriver open(BlockDevice under, VolumeOptions options) throws IOException {
    try {
      return new VolumeDriver(new KeptOpen(under), options);
    } catch (FsException e) {
      if (isFromBelow(e.fault()) && faultsExpected) {
        return null;
      }
      throw e;
    }
  }

  /** Runs it. */
  public static History record(Workload workload) throws IOException {
    return record(workload, device -> device);
  }

  /** Runs it with something between the volume and the device that is recorded. */
  public static History record(Workload workload, UnaryOperator<BlockDevice> between)
      throws IOException {
    HistoryRecorder recorder =
        new HistoryRecorder(workload, between, workload.image().options(), false);
    recorder.run(workload.operations());
    return recorder.history;
  }

  /**
   * Runs it where the device or the allocator fail now and then. Operations that fail with a fault
   * of that kind must have changed nothing; all others must do what the model does.
   */
  public static History recordFaults(
      Workload workload, UnaryOperator<BlockDevice> between, VolumeOptions options)
      throws IOException {
    HistoryRecorder recorder = new HistoryRecorder(workload, between, options, true);
    recorder.run(workload.operations());
    return recorder.history;
  }

  private void run(List<Op> operations) throws IOException {
    for (Op op : operations) {
      if (usable && model.isSpecified(op)) {
        step(op);
      }
    }
    if (usable) {
      checkContents();
    }
    device.mark(new History.Begin(operation));
    boolean closed = usable && close();
    history.add(new Op.Reopen());
    if (closed) {
      history.synced(operation + 1);
    }
    device.mark(new History.End(operation++));
    history.add(history.namespace(operation - 1), files(history.namespace(operation - 1)));
    history.finish(device.events(), image);
  }

  private boolean close() throws IOException {
    try {
      driver.close();
      return true;
    } catch (FsException e) {
      if (faultsExpected && isFromBelow(e.fault())) {
        return false;
      }
      throw e;
    }
  }

  /** Whether a fault comes from the device or the allocator, and not from the operation itself. */
  private boolean isFromBelow(Fault fault) {
    return fault == Fault.NO_SPACE
        || (faultsExpected
            && (fault == Fault.IO_ERROR || fault == Fault.READ_ONLY || fault == Fault.SHUT_DOWN));
  }

  private void step(Op op) throws IOException {
    Map<String, ModelNode> before = new HashMap<>();
    if (op instanceof Op.Rename rename) {
      before.put("from", model.find(rename.from()));
      before.put("to", model.find(rename.to()));
    }
    device.mark(new History.Begin(operation));
    Outcome outcome = driver.apply(op);
    device.mark(new History.End(operation));
    history.add(op);
    if (!faultsExpected && outcome.faults().contains(Fault.NO_SPACE) && !mayNeedSpace(op)) {
      throw new AssertionError(where(op) + " found no space");
    }
    if (outcome.faults().stream().noneMatch(this::isFromBelow)) {
      Outcome expected = model.apply(op(op, outcome));
      if (!outcome.matches(expected)) {
        throw new AssertionError(where(op) + " gave " + outcome + ", and the model " + expected);
      }
      if (outcome.succeeded()) {
        track(op, before, operation);
      }
    }
    operation++;
    observe();
    // Where it fails the volume is neither open nor closed.
    usable &= outcome.succeeded() || !(op instanceof Op.Reopen);
  }

  /** A full volume may refuse what adds to it, and nothing else. */
  private static boolean mayNeedSpace(Op op) {
    return !(op instanceof Op.Unlink
        || op instanceof Op.Rmdir
        || op instanceof Op.Close
        || op instanceof Op.Fsync
        || op instanceof Op.Sync
        || op instanceof Op.Checkpoint
        || op instanceof Op.Compact
        || op instanceof Op.Reopen
        || op instanceof Op.Read
        || op instanceof Op.Stat
        || op instanceof Op.ReadDirectory
        || op instanceof Op.Readlink
        || op instanceof Op.GetXattr
        || op instanceof Op.ListXattr);
  }

  /** What was done: of a copy that met a fault perhaps only the beginning. */
  private Op op(Op op, Outcome outcome) {
    return faultsExpected && op instanceof Op.CopyRange o && outcome.value() instanceof Long done
        ? new Op.CopyRange(o.from(), o.fromOffset(), o.to(), o.toOffset(), done)
        : op;
  }

  private String where(Op op) {
    return history.workload().name() + " operation " + operation + ": " + op;
  }

  private FileHistory fileOf(ModelNode node) {
    return byModel.computeIfAbsent(node.id(), id -> new FileHistory());
  }

  private void track(Op op, Map<String, ModelNode> before, int number) {
    if (op instanceof Op.Write o) {
      changed(o.target(), Kind.WRITE, 0, 0, number);
    } else if (op instanceof Op.Truncate o) {
      changed(o.target(), Kind.CUT, o.size(), 0, number);
    } else if (op instanceof Op.CopyRange o) {
      changed(o.to(), Kind.WRITE, 0, 0, number);
    } else if (op instanceof Op.Allocate o) {
      switch (o.mode()) {
        case ALLOCATE, KEEP_SIZE -> changed(o.target(), Kind.WRITE, 0, 0, number);
        default -> changed(o.target(), Kind.ZERO, o.offset(), o.length(), number);
      }
    } else if (op instanceof Op.Fsync o) {
      ModelNode node = model.find(o.target());
      if (number >= 0 && node.isFile()) {
        fileOf(node).synced(number + 1);
      }
      if (number >= 0) {
        history.orderedSynced(number + 1);
      }
    } else if (op instanceof Op.Sync
        || op instanceof Op.Checkpoint
        || op instanceof Op.Compact
        || op instanceof Op.Reopen) {
      if (number >= 0) {
        history.synced(number + 1);
      }
    } else if (op instanceof Op.Rename o && o.mode() == RenameMode.REPLACE) {
      ModelNode from = before.get("from");
      ModelNode to = before.get("to");
      if (to != null && to.isFile() && from != null && from.isFile() && from != to) {
        fileOf(from).replaced(number);
      }
    }
  }

  private void changed(String target, Kind kind, long offset, long length, int number) {
    ModelNode node = model.find(target);
    fileOf(node).changed(number, kind, offset, length, node.data().copy());
  }

  /** Takes the namespace down, and who is who in it. */
  private void observe() throws IOException {
    if (faultsExpected) {
      history.add(model.listing(), files(model.listing()));
      return;
    }
    Listing listing = driver.listing();
    List<String> differences = Listing.structureDifferences(model.listing(), listing);
    if (!differences.isEmpty()) {
      throw new AssertionError(
          history.workload().name()
              + " after "
              + operation
              + " operations, the last "
              + (operation == 0 ? "none" : history.operations().get(operation - 1))
              + ": "
              + differences);
    }
    Map<String, FileHistory> files = files(listing);
    files.forEach(
        (path, file) -> {
          Listing.Entry entry = listing.entries().get(path);
          file.times(operation, entry.mtime(), entry.ctime());
        });
    for (String handle : model.handles()) {
      ModelNode node = model.find(handle);
      if (node.isFile()) {
        Attributes open = driver.volume().attributes(driver.resolve(handle));
        fileOf(node).times(operation, open.mtime(), open.ctime());
      }
    }
    history.add(listing, files);
  }

  private Map<String, FileHistory> files(Listing listing) {
    Map<String, FileHistory> files = new HashMap<>();
    listing
        .entries()
        .forEach(
            (path, entry) -> {
              if (entry.isFile()) {
                files.put(path, fileOf(model.find(path)));
              }
            });
    return files;
  }

  private void checkContents() throws IOException {
    List<String> targets = new ArrayList<>(model.paths());
    targets.addAll(model.handles());
    for (String target : targets) {
      ModelNode node = model.find(target);
      if (node.isFile()) {
        int length = (int) Math.min(node.data().size(), 4 << 20);
        Outcome read = driver.apply(new Op.Read(target, 0, length));
        if (faultsExpected && !read.succeeded()) {
          continue;
        }
        byte[] actual = ((ByteBuffer) read.value()).array();
        if (!java.util.Arrays.equals(node.data().read(0, length), actual)) {
          throw new AssertionError(
              history.workload().name() + ": " + target + " does not hold what was written");
        }
      }
    }
  }
}
