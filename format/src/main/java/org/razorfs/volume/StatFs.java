package org.razorfs.volume;

/**
 * The space of a volume.
 *
 * @param totalBytes all that data and metadata can use
 * @param freeBytes what is not in use
 * @param availableBytes what can be written now, without what is held back or promised
 * @param inodes inodes in use
 * @param nameMax the longest name, in bytes
 */
public record StatFs(
    long totalBytes, long freeBytes, long availableBytes, long inodes, int nameMax) {}
