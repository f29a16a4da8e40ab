package org.razorfs.journal;

import java.util.List;

/**
 * What a {@link Journal} has done since it was opened; each number is right, but they may be
 * moments apart. Times are nanoseconds, summed over all threads.
 *
 * @param transactions transactions appended
 * @param records records appended, with PAD and COMMIT
 * @param batches batches closed
 * @param bytesWritten bytes given to the device
 * @param paddingBytes of the ring's bytes, those in PAD and COMMIT records and in skipped places
 * @param writes how often the device was written to (two for a batch across the ring's end)
 * @param flushes flushes of the device
 * @param commits calls of commit that had to wait or to flush
 * @param commitsAtOnce calls of commit that found everything durable
 * @param groups at index i: flushes that made from 2^i to 2^(i+1)-1 commits return
 * @param commitNanos time in commit
 * @param writeNanos time in writes of the device
 * @param flushNanos time in flushes of the device
 * @param reserveWaits reservations that had to wait for space
 * @param reserveNanos time that they waited
 * @param lockWaits how often the append lock was held by another thread
 * @param lockNanos time that threads waited for it
 */
public record JournalStatistics(
    long transactions,
    long records,
    long batches,
    long bytesWritten,
    long paddingBytes,
    long writes,
    long flushes,
    long commits,
    long commitsAtOnce,
    List<Long> groups,
    long commitNanos,
    long writeNanos,
    long flushNanos,
    long reserveWaits,
    long reserveNanos,
    long lockWaits,
    long lockNanos) {}
