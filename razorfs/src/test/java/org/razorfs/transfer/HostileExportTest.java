package org.razorfs.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.check.ImageEditor;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Images whose every CRC is right, and whose folders are no tree: exporting them ends. */
class HostileExportTest {
  private static final String WHY =
      ": is a folder that has its place elsewhere; check the image with razorfsck";

  private final MemoryDevice device = new MemoryDevice(16L << 20);

  @BeforeEach
  void make() throws IOException {
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    try (Volume volume = Volume.open(device, VolumeOptions.builder().manual().build())) {
      long outer = folder(volume, Volume.ROOT, "outer");
      folder(volume, outer, "inner");
      for (String name : List.of("again", "twin")) {
        volume.create(Volume.ROOT, name.getBytes(UTF_8), FileType.REGULAR, Owner.ROOT, 0);
      }
    }
  }

  private static long folder(Volume volume, long parent, String name) throws IOException {
    return volume.mkdir(parent, name.getBytes(UTF_8), 0755, Owner.ROOT).inode();
  }

  private static void link(ImageEditor editor, long directory, String name, long to)
      throws IOException {
    DirentRecord entry = new DirentRecord(to, FileType.code(FileType.DIRECTORY));
    editor.put(directory, editor.name(name), entry);
  }

  /** What is left out. */
  private static List<String> export(ImageEditor editor, String from) throws IOException {
    List<String> left = new ArrayList<>();
    TransferListener listener =
        new TransferListener() {
          @Override
          public void advanced(Tally done) {
            assertTrue(done.directories() < 10, "it goes round");
          }

          @Override
          public void left(String path, String why) {
            left.add(path + ": " + why);
          }
        };
    try (Volume volume =
        Volume.open(editor.rebuild().device(), VolumeOptions.builder().readOnly(true).build())) {
      Tally tally = new Exporter(volume, listener).run(from, OutputStream.nullOutputStream());
      assertEquals(left.size(), tally.left());
      assertTrue(tally.directories() >= 1, "all was left out");
    }
    left.sort(null);
    return left;
  }

  @Test
  void foldersWithinThemselves() throws IOException {
    ImageEditor editor = new ImageEditor(device);
    long outer = editor.inodeNamed("outer");
    long inner = editor.inodeNamed("inner");
    link(editor, inner, "again", outer);
    link(editor, inner, "twin", inner);
    link(editor, Volume.ROOT, "again", Volume.ROOT);
    assertEquals(
        List.of("./again" + WHY, "./outer/inner/again" + WHY, "./outer/inner/twin" + WHY),
        export(editor, "/"));
  }

  /** What is above then says that it has its place there. */
  @Test
  void foldersWithinThemselvesAroundTheOneThatIsExported() throws IOException {
    ImageEditor editor = new ImageEditor(device);
    long outer = editor.inodeNamed("outer");
    long inner = editor.inodeNamed("inner");
    link(editor, inner, "again", outer);
    editor.inode(outer, inode -> inode.link(inner));
    assertEquals(List.of("./inner/again" + WHY), export(editor, "/outer"));
    assertEquals(1, export(new ImageEditor(editor.device()), "/").size());
  }

  /** Which doubles all that is below, once on each level. */
  @Test
  void foldersOfSeveralNames() throws IOException {
    ImageEditor editor = new ImageEditor(device);
    link(editor, Volume.ROOT, "twin", editor.inodeNamed("outer"));
    link(editor, editor.inodeNamed("outer"), "again", editor.inodeNamed("inner"));
    List<String> left = export(editor, "/");
    assertEquals(2, left.size(), left.toString());
  }
}
