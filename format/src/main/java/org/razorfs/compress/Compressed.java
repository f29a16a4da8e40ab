package org.razorfs.compress;

/**
 * What became of a chunk.
 *
 * @param codec how it is to be stored; {@link Codec#NONE} means the source's own bytes, and the
 *     target buffer is then meaningless
 * @param level the level it was compressed with; 0 for codecs without levels
 * @param storedLength bytes to store
 */
public record Compressed(Codec codec, int level, int storedLength) {}
