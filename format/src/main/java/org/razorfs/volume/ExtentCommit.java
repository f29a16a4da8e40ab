package org.razorfs.volume;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.razorfs.extent.ChunkStore;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/** Lets files refer to what was stored for them, together with the size that it brings. */
final class ExtentCommit {
  /** Where the room in the trees comes from that a commit takes. */
  enum Room {
    /** It was reserved when the data was taken in. */
    RESERVED,
    /** It is asked for, and a checkpoint made where there is none. */
    ASKED_FOR,
    /** It is asked for, and where there is none the commit is refused. */
    AT_HAND
  }

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final DirtyFiles dirtyFiles;
  private final DataRoom room;
  private final Cooling cooling;

  ExtentCommit(
      Transactions transactions,
      ChunkStore chunks,
      DirtyFiles dirtyFiles,
      DataRoom room,
      Cooling cooling) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.dirtyFiles = dirtyFiles;
    this.room = room;
    this.cooling = cooling;
  }

  /**
   * Lets the files refer to what was stored for them. Pieces that were truncated meanwhile count as
   * far as they are left.
   *
   * @param files in ascending order of their numbers; locked here
   * @param pack the chunk that the pieces share, or null where each has its own
   */
  void commit(
      List<InodeHandle> files, List<StoredPiece> pieces, ExtentRecord.Chunk pack, Room taken)
      throws IOException {
    files.forEach(file -> file.lock().writeLock().lock());
    try {
      Transaction transaction = transactions.begin(Operation.EXTENTS, files.get(0).number());
      switch (taken) {
        case RESERVED -> transaction.freeing();
        case AT_HAND -> transaction.optional();
        case ASKED_FOR -> {}
      }
      List<InodeRecord> records = new ArrayList<>();
      PackReferences references = pack == null ? null : new PackReferences();
      boolean built = false;
      try {
        int next = 0;
        for (InodeHandle file : files) {
          int first = next;
          while (next < pieces.size() && pieces.get(next).file() == file) {
            next++;
          }
          records.add(refer(transaction, file, pieces.subList(first, next), references));
        }
        if (references != null && !references.isEmpty()) {
          references.share(transaction, pack);
        }
        built = true;
      } finally {
        if (!built) {
          transactions.abort(transaction);
          pieces.forEach(piece -> releaseOutside(transaction, piece));
          if (pack != null && !transaction.allocates(pack.address())) {
            chunks.discard(List.of(pack));
          }
        }
      }
      if (references != null && references.isEmpty()) {
        chunks.discard(List.of(pack));
      }
      transactions.commit(transaction);
      for (int i = 0; i < files.size(); i++) {
        committed(files.get(i), records.get(i));
      }
    } finally {
      files.forEach(file -> file.lock().writeLock().unlock());
    }
  }

  /** Gives back the space of what was stored for a piece. */
  void discard(StoredPiece piece) {
    for (ExtentRecord extent : piece.extents()) {
      if (extent instanceof ExtentRecord.Chunk chunk) {
        chunks.discard(List.of(chunk));
      }
    }
  }

  /** After an abort, which gives back only what the transaction had come to know of. */
  private void releaseOutside(Transaction transaction, StoredPiece piece) {
    for (ExtentRecord extent : piece.extents()) {
      if (extent instanceof ExtentRecord.Chunk chunk
          && !chunk.shared()
          && !transaction.allocates(chunk.address())) {
        chunks.discard(List.of(chunk));
      }
    }
  }

  /** Puts a file's pieces into its extents; returns the record it will have. */
  private InodeRecord refer(
      Transaction transaction,
      InodeHandle file,
      List<StoredPiece> pieces,
      PackReferences references)
      throws IOException {
    FileData data = file.data();
    data.storing().values().forEach(chunk -> transaction.settles(chunk.claim()));
    InodeRecord before = file.record();
    if (before == null) {
      if (references == null) {
        pieces.forEach(this::discard);
      }
      return null;
    }
    ExtentEditor editor = new ExtentEditor(transactions.metadata(), transaction, file.number());
    // Piece by piece: what lies between them may be a thousand times as much.
    for (StoredPiece piece : pieces) {
      editor.load(piece.offset(), FileData.start(piece.chunk()) + piece.to());
    }
    for (StoredPiece piece : pieces) {
      long at = piece.offset();
      DirtyChunk live = data.storing().get(piece.chunk());
      for (Iterator<ExtentRecord> extents = piece.extents().iterator(); extents.hasNext(); ) {
        ExtentRecord extent = extents.next();
        if (!place(transaction, editor, file, at, extent, live, references)) {
          extents.remove();
        }
        at += extent.length();
      }
    }
    long units = editor.finish();
    room.promise(transaction, editor.reservedUnits(), 0);
    InodeRecord.Editor after = before.edit().units(before.units() + units);
    if (data.isPending()) {
      after.size(coveredSize(data, before.size())).mtime(data.mtime()).ctime(data.ctime());
    }
    InodeRecord record = after.done();
    transaction.touchInode(file.number(), before, record);
    if (references == null) {
      noteImprovable(file, pieces, before.size() > 0);
    }
    return record;
  }

  /** What is written in parts of windows, or in haste, may be worth merging later. */
  private void noteImprovable(InodeHandle file, List<StoredPiece> pieces, boolean parts) {
    long first = -1;
    long last = -1;
    for (StoredPiece piece : pieces) {
      boolean part = parts && piece.to() - piece.from() < Geometry.MAX_CHUNK;
      if (part || piece.extents().stream().anyMatch(chunks::wasWrittenInHaste)) {
        first = first < 0 ? piece.chunk() : first;
        last = piece.chunk();
      }
    }
    if (first >= 0) {
      cooling.note(file.number(), first, last);
    }
  }

  /** Adds what is left of one stored extent to the file; false where nothing is. */
  private boolean place(
      Transaction transaction,
      ExtentEditor editor,
      InodeHandle file,
      long at,
      ExtentRecord extent,
      DirtyChunk live,
      PackReferences references) {
    int base = (int) (at % Geometry.MAX_CHUNK);
    List<ExtentRecord> parts = new ArrayList<>(1);
    List<Long> offsets = new ArrayList<>(1);
    for (int range = 0; live != null && range < live.ranges(); range++) {
      int from = Math.max(base, live.start(range));
      int to = (int) Math.min(base + extent.length(), live.end(range));
      if (from < to) {
        parts.add(extent.slice(from - base, to - from));
        offsets.add(at + from - base);
      }
    }
    if (extent instanceof ExtentRecord.Chunk chunk && references == null) {
      if (parts.isEmpty()) {
        chunks.discard(List.of(chunk));
        return false;
      }
      transaction.allocate(chunk.address(), (int) Geometry.roundUp(chunk.stored()));
      transaction.totals(0, 0, chunk.stored());
      if (parts.size() > 1) {
        long sum = parts.stream().mapToLong(ExtentRecord::length).sum();
        transaction.referChunk(chunk.address(), chunk.stored(), parts.size(), sum);
        parts.replaceAll(part -> ((ExtentRecord.Chunk) part).shared(true));
      }
    }
    for (int i = 0; i < parts.size(); i++) {
      ExtentRecord part = parts.get(i);
      long offset = offsets.get(i);
      editor.clear(offset, offset + part.length());
      editor.add(offset, part);
      if (references != null && part instanceof ExtentRecord.Chunk) {
        references.add(file.number(), offset, part.length());
      }
    }
    return !parts.isEmpty();
  }

  /**
   * The size that the stored data justifies: no further than the first byte that still waits. What
   * waits before the end of the stored data was written after it, and does not count: else that
   * data would lie beyond the size, to come up again when the file grows after a crash.
   */
  private static long coveredSize(FileData data, long before) {
    long recorded = before;
    for (Map.Entry<Long, DirtyChunk> entry : data.storing().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      if (!chunk.isEmpty()) {
        long end = FileData.start(entry.getKey()) + chunk.end(chunk.ranges() - 1);
        recorded = Math.max(recorded, Math.min(data.size(), end));
      }
    }
    for (Map.Entry<Long, DirtyChunk> entry :
        data.dirty().tailMap(FileData.chunk(recorded), true).entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        long start = FileData.start(entry.getKey()) + chunk.start(range);
        if (start >= recorded) {
          return Math.min(data.size(), Math.max(recorded, start));
        }
        long end = FileData.start(entry.getKey()) + chunk.end(range);
        if (end > recorded) {
          return recorded;
        }
      }
    }
    return data.size();
  }

  /** Under the write lock, after the commit. */
  private void committed(InodeHandle file, InodeRecord record) {
    FileData data = file.data();
    data.storing().values().forEach(dirtyFiles::close);
    data.storing().clear();
    if (record != null) {
      file.record(record);
      if (data.dirty().isEmpty() && data.isPending() && record.size() == data.size()) {
        data.settled();
      }
    }
    dirtyFiles.removeIfClean(file, data);
  }
}
