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
 * @param owner of the root directory
 */
public record FormatOptions(
    String label,
    UUID uuid,
    long journalSize,
    CompressionPolicy compression,
    int nodeSize,
    Owner owner) {
  /** With a root directory that belongs to the superuser. */
  public FormatOptions(
      String label, UUID uuid, long journalSize, CompressionPolicy compression, int nodeSize) {
    this(label, uuid, journalSize, compression, nodeSize, new Owner(0, 0));
  }

  /** No label, a random UUID, everything else as it suits. */
  public static FormatOptions defaults() {
    return new FormatOptions(
        "", UUID.randomUUID(), 0, CompressionPolicy.AUTO, org.razorfs.layout.Geometry.DEFAULT_NODE);
  }
}
