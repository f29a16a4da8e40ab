package org.razorfs.volume;

/**
 * What compaction has done.
 *
 * @param windows windows of files whose pieces were merged
 * @param extentsBefore the extents that they were in
 * @param extentsAfter the extents that they are in now
 * @param packs mostly dead packs whose content was moved to fuller ones
 * @param bytesRewritten bytes of files, decompressed
 * @param bytesFreed bytes of the volume that were taken before, less those that are taken now
 * @param complete whether everything was looked at; else there was no room to go on
 */
public record Compaction(
    long windows,
    long extentsBefore,
    long extentsAfter,
    long packs,
    long bytesRewritten,
    long bytesFreed,
    boolean complete) {}
