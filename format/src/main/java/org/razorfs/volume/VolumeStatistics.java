package org.razorfs.volume;

import org.razorfs.compress.CompressionStatistics;
import org.razorfs.journal.JournalStatistics;

/**
 * What an open volume has done so far.
 *
 * @param journal commits and flushes, or null where the volume is read-only
 * @param compression what was compressed, and how well
 * @param chunkHits chunks of file data found in the cache
 * @param chunkMisses chunks read from the device
 * @param dirtyBytes memory of data that waits to be stored
 * @param inodesInMemory handles of inodes
 * @param inodeEvictions handles dropped for want of room
 * @param inodeLockWaits how often a thread had to wait for an inode's lock
 * @param inodeLockNanos for how long, summed over all threads
 * @param checkpointWaits how often changes, too fast or without room, waited for a checkpoint
 * @param bufferBytes direct memory in use
 * @param compaction what was rewritten to take less space or fewer extents
 */
public record VolumeStatistics(
    JournalStatistics journal,
    CompressionStatistics.Snapshot compression,
    long chunkHits,
    long chunkMisses,
    long dirtyBytes,
    int inodesInMemory,
    long inodeEvictions,
    long inodeLockWaits,
    long inodeLockNanos,
    long checkpointWaits,
    long bufferBytes,
    Compaction compaction) {}
