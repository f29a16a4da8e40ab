package org.razorfs.mount.daemon;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.razorfs.compress.CompressionStatistics;
import org.razorfs.journal.JournalStatistics;
import org.razorfs.mount.handler.LookupCounts;
import org.razorfs.tools.JsonDocument;
import org.razorfs.volume.Compaction;
import org.razorfs.volume.StatFs;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeInfo;
import org.razorfs.volume.VolumeStatistics;

/** What a daemon tells about its volume and itself. */
final class Metrics {
  private static final double NANOS = 1e9;

  private Metrics() {}

  /** Everything that is counted. */
  static JsonDocument of(Volume volume, LookupCounts lookups) {
    VolumeStatistics statistics = volume.statistics();
    return space(JsonDocument.of("metrics", 1), volume)
        .put("chunk_hits", statistics.chunkHits())
        .put("chunk_misses", statistics.chunkMisses())
        .put("dirty_bytes", statistics.dirtyBytes())
        .put("inodes_in_memory", statistics.inodesInMemory())
        .put("inode_evictions", statistics.inodeEvictions())
        .put("known_inodes", lookups.size())
        .put("inode_lock_waits", statistics.inodeLockWaits())
        .put("inode_lock_seconds", statistics.inodeLockNanos() / NANOS)
        .put("checkpoint_waits", statistics.checkpointWaits())
        .put("buffer_bytes", statistics.bufferBytes())
        .put("compression", compression(statistics.compression()))
        .put("journal", journal(statistics.journal()))
        .put("compaction", put(JsonDocument.object(), statistics.compaction()))
        .put("memory", memory());
  }

  /** Adds what compaction has done. */
  static JsonDocument put(JsonDocument document, Compaction compaction) {
    return document
        .put("windows", compaction.windows())
        .put("extents_before", compaction.extentsBefore())
        .put("extents_after", compaction.extentsAfter())
        .put("packs", compaction.packs())
        .put("rewritten_bytes", compaction.bytesRewritten())
        .put("freed_bytes", compaction.bytesFreed());
  }

  private static List<JsonDocument> compression(CompressionStatistics.Snapshot snapshot) {
    List<JsonDocument> contents = new ArrayList<>();
    snapshot
        .byContent()
        .forEach(
            (content, sums) ->
                contents.add(
                    JsonDocument.object()
                        .put("content", content.name().toLowerCase(Locale.ROOT))
                        .put("chunks", sums.chunks())
                        .put("raw_chunks", sums.rawChunks())
                        .put("skipped_chunks", sums.skippedChunks())
                        .put("logical_bytes", sums.logicalBytes())
                        .put("stored_bytes", sums.storedBytes())));
    return contents;
  }

  private static JsonDocument journal(JournalStatistics journal) {
    if (journal == null) {
      return null;
    }
    return JsonDocument.object()
        .put("transactions", journal.transactions())
        .put("bytes_written", journal.bytesWritten())
        .put("writes", journal.writes())
        .put("flushes", journal.flushes())
        .put("commits", journal.commits())
        .put("flush_seconds", journal.flushNanos() / NANOS)
        .put("lock_waits", journal.lockWaits())
        .put("lock_seconds", journal.lockNanos() / NANOS);
  }

  /** Adds what the volume is and how full. */
  static JsonDocument space(JsonDocument document, Volume volume) {
    VolumeInfo info = volume.info();
    StatFs space = volume.statfs();
    return document
        .put("uuid", info.uuid())
        .put("label", info.label())
        .put("total_bytes", space.totalBytes())
        .put("free_bytes", space.freeBytes())
        .put("available_bytes", space.availableBytes())
        .put("inodes", space.inodes())
        .put("logical_bytes", space.logicalBytes())
        .put("stored_bytes", space.storedBytes());
  }

  /** What the process uses. */
  static JsonDocument memory() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return JsonDocument.object()
        .put("heap_used_bytes", heap.getUsed())
        .put("heap_limit_bytes", heap.getMax())
        .put("direct_used_bytes", direct);
  }
}
