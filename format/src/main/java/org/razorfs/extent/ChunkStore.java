package org.razorfs.extent;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.razorfs.alloc.Allocator;
import org.razorfs.alloc.Run;
import org.razorfs.compress.ChunkCodec;
import org.razorfs.compress.Codec;
import org.razorfs.compress.Compressed;
import org.razorfs.compress.Compressor;
import org.razorfs.compress.Effort;
import org.razorfs.compress.StreamHint;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.HostRoom;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;

/**
 * Chunks of file data on the device, spec §5.5: compresses and writes them to fresh space, reads
 * them through a cache of bounded size and verifies every byte that comes from the device.
 */
public final class ChunkStore {
  private final BlockDevice device;
  private final Allocator allocator;
  private final HostRoom host;
  private final ChunkCodec codec;
  private final Compressor compressor;
  private final BufferPool pool;
  private final Consumer<IOException> writeFailed;
  private final Cache<Key, ChunkBuffer> cache;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /**
   * A chunk's identity: its place may be used again, with another birth. Not always: a writer may
   * learn the birth just before a checkpoint frees a chunk of the same birth, and get its place
   * just after; hence the CRC.
   */
  private record Key(long address, long birth, int crc) {}

  /**
   * @param cacheBytes the limit of decompressed chunks that are kept
   * @param writeFailed is told when the device has failed to take data; nothing is written on then
   */
  public ChunkStore(
      BlockDevice device,
      Allocator allocator,
      HostRoom host,
      ChunkCodec codec,
      Compressor compressor,
      BufferPool pool,
      long cacheBytes,
      Consumer<IOException> writeFailed) {
    this.device = device;
    this.allocator = allocator;
    this.host = host;
    this.codec = codec;
    this.compressor = compressor;
    this.pool = pool;
    this.writeFailed = writeFailed;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher((Key key, ChunkBuffer chunk) -> chunk.capacity())
            .executor(Runnable::run)
            .removalListener((Key key, ChunkBuffer chunk, RemovalCause cause) -> chunk.letGo())
            .build();
  }

  /** Chunks found in the cache. */
  public long hits() {
    return hits.sum();
  }

  /** Chunks read from the device. */
  public long misses() {
    return misses.sum();
  }

  /**
   * Copies a part of an extent's bytes.
   *
   * @param skip where in the extent to start
   * @param count how many bytes
   * @throws CorruptImageException where the stored bytes are not those that were written
   */
  public void read(ExtentRecord.Chunk extent, int skip, int count, ByteBuffer target)
      throws IOException {
    ChunkBuffer chunk = load(extent);
    try {
      chunk.copy(extent.skip() + skip, count, target);
    } finally {
      chunk.letGo();
    }
  }

  /** Whether an extent is a chunk of one file that was compressed in haste. */
  public boolean wasWrittenInHaste(ExtentRecord extent) {
    return extent instanceof ExtentRecord.Chunk chunk
        && !chunk.shared()
        && Codec.ofId(chunk.codec()).filter(compressor::wasInHaste).isPresent();
  }

  /** Brings an extent's chunk into the cache. */
  public void prefetch(ExtentRecord.Chunk extent) throws IOException {
    load(extent).letGo();
  }

  /** The chunk, held once for the caller. */
  private ChunkBuffer load(ExtentRecord.Chunk extent) throws IOException {
    Key key = new Key(extent.address(), extent.birth(), extent.crc());
    ChunkBuffer cached = cache.getIfPresent(key);
    if (cached != null && cached.hold()) {
      hits.increment();
      check(cached.length() == extent.logical(), extent, "another logical length");
      return cached;
    }
    misses.increment();
    ChunkBuffer loaded = readChunk(extent);
    loaded.hold();
    cache.put(key, loaded);
    return loaded;
  }

  private ChunkBuffer readChunk(ExtentRecord.Chunk extent) throws IOException {
    check(extent.address() + extent.stored() <= device.size(), extent, "outside the image");
    Codec how =
        Codec.ofId(extent.codec())
            .orElseThrow(
                () ->
                    new CorruptImageException(
                        location(extent), "a known codec", "" + extent.codec()));
    ByteBuffer stored = pool.take(extent.stored());
    ByteBuffer data = null;
    boolean done = false;
    try {
      stored.limit(extent.stored());
      device.read(extent.address(), stored);
      stored.flip();
      verify(extent, stored);
      if (how == Codec.NONE) {
        check(extent.stored() == extent.logical(), extent, "raw with two lengths");
        data = stored;
        stored = null;
      } else {
        data = pool.take(extent.logical());
        data.limit(extent.logical());
        codec.decompress(how, stored, data, extent.logical());
      }
      done = true;
      return new ChunkBuffer(pool, data, extent.logical());
    } finally {
      if (stored != null) {
        pool.give(stored);
      }
      if (!done && data != null) {
        pool.give(data);
      }
    }
  }

  private static void verify(ExtentRecord.Chunk extent, ByteBuffer stored)
      throws CorruptImageException {
    int crc = crc(stored);
    if (crc != extent.crc()) {
      throw new CorruptImageException(
          location(extent), "crc " + Integer.toHexString(extent.crc()), Integer.toHexString(crc));
    }
  }

  private static void check(boolean holds, ExtentRecord.Chunk extent, String problem)
      throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(location(extent), "a sound chunk extent", problem);
    }
  }

  private static String location(ExtentRecord.Chunk extent) {
    return "chunk at " + extent.address();
  }

  private static int crc(ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /**
   * Compresses data and writes it to fresh space, which the caller's reservation covers. It becomes
   * one chunk, or several where no run of free space is long enough. Not flushed; on failure no
   * space stays taken.
   *
   * @param data at most {@link Geometry#MAX_CHUNK} bytes; position and limit stay
   * @param fileOffset where in its file it starts, or -1 for a mixture of files
   * @param birth the generation of the checkpoint to come
   * @return the chunks in order, each as the extent that covers all of it
   */
  public List<ExtentRecord.Chunk> write(
      ByteBuffer data, long fileOffset, StreamHint hint, Effort effort, long birth)
      throws IOException {
    List<ExtentRecord.Chunk> chunks = new ArrayList<>(1);
    boolean done = false;
    try {
      write(data.slice(), fileOffset, hint, effort, birth, chunks);
      done = true;
    } finally {
      if (!done) {
        discard(chunks);
      }
    }
    return chunks;
  }

  /**
   * Where the host has refused space, asks whether it has some again.
   *
   * @param length bytes that are to be stored; no more are asked for than a chunk has
   * @return false where it has not
   */
  public boolean isHostGiving(long length) throws IOException {
    if (!host.isRefusing()) {
      return true;
    }
    int wanted = (int) Math.min(Math.max(length, Geometry.UNIT), Geometry.MAX_CHUNK);
    long units = Geometry.units(wanted);
    if (!allocator.reserve(units)) {
      return true; // The volume itself is about full, which is its own business.
    }
    try {
      Run run = allocator.allocateUpTo(wanted, Geometry.UNIT);
      if (run != null) {
        try {
          if (!host.allocate(run.address(), run.length())) {
            return false;
          }
        } finally {
          allocator.releaseNow(run.address(), run.length());
          allocator.moveBack(run.address()); // For who asked; what the host gave may be all it has.
        }
      }
      host.given();
      return true;
    } finally {
      allocator.unreserve(units);
    }
  }

  /** Throws where the host has refused space and still has none for so many bytes. */
  public void requireHostSpace(long length) throws IOException {
    if (!isHostGiving(length)) {
      throw host.noSpace("no space on the host");
    }
  }

  /** Gives the space of chunks back that no transaction has come to refer to. */
  public void discard(List<ExtentRecord.Chunk> chunks) {
    for (ExtentRecord.Chunk chunk : chunks) {
      discard(chunk.address(), chunk.stored());
    }
  }

  private void discard(long address, int size) {
    allocator.releaseNow(address, (int) Geometry.roundUp(size));
    if (host.isRefusing()) {
      allocator.moveBack(address); // What the host has given for it serves the next attempt.
    }
  }

  private void write(
      ByteBuffer data,
      long fileOffset,
      StreamHint hint,
      Effort effort,
      long birth,
      List<ExtentRecord.Chunk> chunks)
      throws IOException {
    int length = data.remaining();
    ByteBuffer target = pool.take(length);
    try {
      target.limit(length);
      Compressed result = compressor.compress(fileOffset, data.duplicate(), target, hint, effort);
      ByteBuffer stored = result.codec() == Codec.NONE ? data.duplicate() : target.flip();
      int size = stored.remaining();
      long address = allocator.allocate((int) Geometry.roundUp(size));
      if (address >= 0) {
        int crc = crc(stored);
        boolean done = false;
        try {
          device.write(address, stored);
          done = true;
          host.given();
        } catch (IOException e) {
          if (e instanceof FsException refusal && refusal.fault().isWantOfSpace()) {
            host.refused(refusal); // The caller has the data still, to be stored later.
          } else {
            writeFailed.accept(e);
          }
          throw e;
        } finally {
          if (!done) {
            discard(address, size);
          }
        }
        chunks.add(
            new ExtentRecord.Chunk(
                result.codec().id(), false, length, address, size, length, 0, crc, birth));
        return;
      }
    } finally {
      pool.give(target);
    }
    if (length <= Geometry.UNIT) {
      throw new FsException(Fault.NO_SPACE, "no free unit though one was reserved");
    }
    // Free space lies in pieces: two halves find room where the whole does not.
    int half = (int) Geometry.roundUp(length / 2);
    write(data.slice(0, half), fileOffset, hint, effort, birth, chunks);
    write(
        data.slice(half, length - half),
        fileOffset < 0 ? -1 : fileOffset + half,
        hint,
        effort,
        birth,
        chunks);
  }
}
