package org.razorfs.volume;

/**
 * The space of a volume.
 *
 * @param totalBytes all that data and metadata can use
 * @param freeBytes what is not in use
 * @param availableBytes what can be written now, without what is held back or promised
 * @param inodes inodes in use
 * @param nameMax the longest name, in bytes
 * @param logicalBytes bytes of files that are in the journal or in chunks, holes not counted
 * @param storedBytes the bytes of the chunks; what is kept in the tree is not among them
 */
public record StatFs(
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long inodes,
    int nameMax,
    long logicalBytes,
    long storedBytes) {}
