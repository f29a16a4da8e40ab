package org.razorfs.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.UUID;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.FileType;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.volume.XattrMode;

/** Sound images in which everything that a check looks at occurs, under names that tests know. */
final class SampleImage {
  static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC);

  private final Volume volume;
  private final Random random = new Random(1);

  private SampleImage(Volume volume) {
    this.volume = volume;
  }

  static MemoryDevice fresh(long size, int nodeSize) throws IOException {
    MemoryDevice device = new MemoryDevice(size);
    Formatter.format(
        device,
        new FormatOptions("sample", new UUID(1, 2), 0, CompressionPolicy.AUTO, nodeSize),
        CLOCK);
    return device;
  }

  static VolumeOptions options() {
    return VolumeOptions.builder().manual().clock(CLOCK).build();
  }

  /** An image with an orphan, left behind after a checkpoint with nothing in the journal. */
  static MemoryDevice make(int nodeSize) throws IOException {
    MemoryDevice device = fresh((8 << 20) + 8192, nodeSize);
    Volume volume = Volume.open(device, options());
    SampleImage image = new SampleImage(volume);
    image.fill();
    volume.checkpoint();
    volume.abandon();
    return device;
  }

  /** The same, closed, so without the orphan. */
  static MemoryDevice closed(int nodeSize) throws IOException {
    MemoryDevice device = make(nodeSize);
    Volume.open(device, options()).close();
    return device;
  }

  /** The same with operations in the journal after the checkpoint. */
  static MemoryDevice withJournal(int nodeSize) throws IOException {
    MemoryDevice device = make(nodeSize);
    Volume volume = Volume.open(device, options());
    SampleImage image = new SampleImage(volume);
    image.file(Volume.ROOT, "late", image.text(3000));
    volume.sync();
    image.directory(Volume.ROOT, "late directory");
    volume.unlink(Volume.ROOT, bytes("small 3"));
    volume.sync();
    volume.abandon();
    return device;
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private void fill() throws IOException {
    long root = Volume.ROOT;
    long above = directory(root, "above");
    long below = directory(above, "below");
    file(below, "inside", text(2000));
    file(root, "text", text(300_000));
    file(root, "noise", noise(140_000));
    file(root, "empty", new byte[0]);
    for (int i = 0; i < 12; i++) {
      file(root, "small " + i, text(1500));
    }
    Attributes inline = file(root, "inline", text(700));
    volume.fsync(inline.inode(), false);
    volume.write(inline.inode(), 700, ByteBuffer.wrap(text(60)));
    volume.fsync(inline.inode(), false);
    Attributes sparse = file(root, "sparse", noise(5000));
    volume.write(sparse.inode(), 900_000, ByteBuffer.wrap(noise(5000)));
    Attributes promised = file(root, "promised", text(1000));
    volume.fallocate(promised.inode(), FallocateMode.KEEP_SIZE, 8192, 20_000);
    Attributes original = file(root, "original", noise(90_000));
    Attributes copy = file(root, "copy", new byte[0]);
    volume.copyRange(original.inode(), 0, copy.inode(), 0, 90_000);
    volume.symlink(root, bytes("link"), bytes("above/below"), Owner.ROOT);
    volume.create(root, bytes("fifo"), FileType.FIFO | 0600, Owner.ROOT, 0);
    volume.create(root, bytes("disk"), FileType.BLOCK | 0600, Owner.ROOT, 0x803);
    Attributes linked = file(root, "linked", text(100));
    volume.link(linked.inode(), above, bytes("linked again"));
    Attributes attributed = file(root, "attributed", text(10));
    volume.setXattr(attributed.inode(), bytes("user.short"), bytes("value"), XattrMode.SET);
    volume.setXattr(attributed.inode(), bytes("user.long"), noise(9000), XattrMode.SET);
    volume.change(attributed.inode(), new AttributeChange().mode(0640));
    for (int i = 0; i < 300; i++) {
      volume.create(
          below, bytes("one of many, with a name that is not short " + i), 0644, Owner.ROOT, 0);
    }
    Attributes orphan = file(root, "orphan", noise(3000));
    volume.retain(orphan.inode());
    volume.unlink(root, bytes("orphan"));
    volume.sync();
  }

  private Attributes file(long directory, String name, byte[] content) throws IOException {
    Attributes file = volume.create(directory, bytes(name), 0644, Owner.ROOT, 0);
    volume.write(file.inode(), 0, ByteBuffer.wrap(content));
    return file;
  }

  private long directory(long parent, String name) throws IOException {
    return volume.mkdir(parent, bytes(name), 0755, Owner.ROOT).inode();
  }

  private byte[] text(int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (random.nextInt(6) == 0 ? 'a' + random.nextInt(26) : 'e');
    }
    return content;
  }

  private byte[] noise(int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return content;
  }
}
