package org.razorfs.bench.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.JsonText;

/**
 * A folder with {@code tree.tar}, {@code file.bin} and what is known of them.
 *
 * @param folder where they lie
 * @param source where the tree came from, for people
 * @param files how many the tree has
 * @param treeBytes what they hold
 * @param tarBytes the size of the tar
 * @param fileBytes the size of the large file
 */
public record Input(
    Path folder, String source, long files, long treeBytes, long tarBytes, long fileBytes) {
  /** The description beside the data. */
  static final String DESCRIPTION = "input.json";

  /** The tree, in a folder {@code tree}. */
  public Path tar() {
    return folder.resolve("tree.tar");
  }

  /** The large file: text, with a part in the middle that cannot be compressed. */
  public Path file() {
    return folder.resolve("file.bin");
  }

  /** The fields of the description. */
  public JsonDocument document() {
    return describe(JsonDocument.object());
  }

  /** Adds the fields to a document. */
  public JsonDocument describe(JsonDocument document) {
    return document
        .put("source", source)
        .put("files", files)
        .put("tree_bytes", treeBytes)
        .put("tar_bytes", tarBytes)
        .put("file_bytes", fileBytes);
  }

  /**
   * Opens what {@link InputMaker} has made.
   *
   * @throws CommandFailure when the folder holds none, or not all of it
   */
  public static Input open(Path folder) throws IOException {
    Path description = folder.resolve(DESCRIPTION);
    if (!Files.isReadable(description)) {
      throw new CommandFailure(
          1, folder + ": holds no input; make one with: razorfs-bench data " + folder);
    }
    Map<String, Object> fields = JsonText.parse(Files.readString(description));
    Input input =
        new Input(
            folder,
            String.valueOf(fields.get("source")),
            number(fields, "files"),
            number(fields, "tree_bytes"),
            number(fields, "tar_bytes"),
            number(fields, "file_bytes"));
    if (Files.size(input.tar()) != input.tarBytes()
        || Files.size(input.file()) != input.fileBytes()) {
      throw new CommandFailure(
          1, folder + ": is incomplete or was changed; make it anew with razorfs-bench data");
    }
    return input;
  }

  private static long number(Map<String, Object> fields, String name) throws IOException {
    if (fields.get(name) instanceof Long number) {
      return number;
    }
    throw new CommandFailure(1, DESCRIPTION + ": has no number " + name);
  }
}
