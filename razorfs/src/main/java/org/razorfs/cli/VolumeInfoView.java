package org.razorfs.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Sizes;
import org.razorfs.tools.Table;
import org.razorfs.volume.VolumeInfo;

/**
 * How what a superblock tells is shown.
 *
 * @param image the image's path as the user gave it
 * @param info what its superblock tells
 */
record VolumeInfoView(Path image, VolumeInfo info) {

  /** The fields as a document of that kind. */
  JsonDocument document(String kind) {
    return JsonDocument.of(kind, 1)
        .put("image", image.toString())
        .put("uuid", info.uuid())
        .put("label", info.label())
        .put("size_bytes", info.size())
        .put("node_bytes", info.nodeSize())
        .put("journal_bytes", info.journalSize())
        .put("compression", info.compression())
        .put("clean", info.clean())
        .put("errors", info.errors())
        .put("generation", info.generation())
        .put("compat_features", info.compat())
        .put("ro_compat_features", info.roCompat())
        .put("incompat_features", info.incompat())
        .put("made", info.made())
        .put("mounted", never(info.mounted()) ? null : info.mounted())
        .put("written", info.written())
        .put("mount_count", info.mountCount())
        .put("free_bytes", info.freeBytes())
        .put("inodes", info.inodes())
        .put("logical_bytes", info.logicalBytes())
        .put("stored_bytes", info.storedBytes());
  }

  /** The fields for people. */
  Table table() {
    return Table.ofFields()
        .row("image:", image)
        .row("uuid:", info.uuid())
        .row("label:", info.label().isEmpty() ? "none" : info.label())
        .row("size:", Sizes.format(info.size()))
        .row("free:", Sizes.format(info.freeBytes()))
        .row("journal:", Sizes.format(info.journalSize()))
        .row("node size:", Sizes.format(info.nodeSize()))
        .row("compression:", info.compression())
        .row("files:", info.inodes())
        .row("data:", data())
        .row("state:", state())
        .row("made:", info.made())
        .row("mounted:", never(info.mounted()) ? "never" : mounted())
        .row("written:", info.written());
  }

  private String mounted() {
    return info.mounted()
        + " ("
        + info.mountCount()
        + (info.mountCount() == 1 ? " time)" : " times)");
  }

  private String data() {
    if (info.storedBytes() == 0) {
      return Sizes.format(info.logicalBytes());
    }
    return String.format(
        Locale.ROOT,
        "%s, stored in %s (%.2fx)",
        Sizes.format(info.logicalBytes()),
        Sizes.format(info.storedBytes()),
        (double) info.logicalBytes() / info.storedBytes());
  }

  private String state() {
    String state = info.clean() ? "clean" : "mounted, or not closed; the next mount recovers it";
    return info.errors() ? state + "; damage was met, run razorfsck" : state;
  }

  private static boolean never(Instant time) {
    return time.getEpochSecond() == 0;
  }
}
