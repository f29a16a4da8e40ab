package org.razorfs.volume;

import java.util.UUID;
import org.razorfs.compress.CompressionPolicy;

/**
 * What mkfs decides.
 *
 * @param label up to 64 bytes of UTF-8
 * @param uuid the volume's identity
 * @param journalSize bytes of the journal ring, or 0 for a size that suits the volume
 * @param compression how data is compressed unless a mount says otherwise
 * @param nodeSize bytes of a tree node
 */
public record FormatOptions(
    String label, UUID uuid, long journalSize, CompressionPolicy compression, int nodeSize) {
  /** No label, a random UUID, everything else as it suits. */
  public static FormatOptions defaults() {
    return new FormatOptions(
        "", UUID.randomUUID(), 0, CompressionPolicy.AUTO, org.razorfs.layout.Geometry.DEFAULT_NODE);
  }
}
