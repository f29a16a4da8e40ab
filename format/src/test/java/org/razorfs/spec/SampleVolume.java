package org.razorfs.spec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.BlockDevice;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.AtimeMode;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.volume.XattrMode;

/** Makes a volume in which everything occurs that the format knows, by operations of the engine. */
final class SampleVolume {
  static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_700_000_000, 7), ZoneOffset.UTC);

  private final Random random;
  private final Volume volume;

  private SampleVolume(Volume volume, long seed) {
    this.volume = volume;
    this.random = new Random(seed);
  }

  static void format(BlockDevice device, int nodeSize, CompressionPolicy compression)
      throws IOException {
    Formatter.format(
        device,
        new FormatOptions(
            "sample", new UUID(7, nodeSize), device.size() / 8, compression, nodeSize),
        CLOCK);
  }

  static VolumeOptions options() {
    return VolumeOptions.builder().manual().atime(AtimeMode.NOATIME).clock(CLOCK).build();
  }

  /**
   * Formats and fills a volume, and leaves it closed, or as after a power failure with the second
   * half of the operations in the journal only.
   */
  static void make(BlockDevice device, int nodeSize, CompressionPolicy compression, boolean clean)
      throws IOException {
    format(device, nodeSize, compression);
    Volume volume = Volume.open(device, options());
    SampleVolume sample = new SampleVolume(volume, nodeSize);
    sample.fill();
    volume.checkpoint();
    sample.change();
    volume.sync();
    if (clean) {
      volume.close();
    } else {
      volume.abandon();
    }
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private Attributes file(long directory, String name, byte[] content) throws IOException {
    Attributes file =
        volume.create(directory, bytes(name), FileType.REGULAR | 0644, new Owner(1000, 100), 0);
    volume.write(file.inode(), 0, ByteBuffer.wrap(content));
    return file;
  }

  private long directory(long parent, String name) throws IOException {
    return volume.mkdir(parent, bytes(name), 0755, Owner.ROOT).inode();
  }

  private byte[] text(int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] =
          (byte) ("the quick brown fox ".charAt(i % 20) ^ (random.nextInt(150) == 0 ? 1 : 0));
    }
    return content;
  }

  private byte[] noise(int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return content;
  }

  private void fill() throws IOException {
    long root = Volume.ROOT;
    long data = directory(root, "data");
    file(data, "large text", text(300_000));
    file(data, "noise", noise(8_000));
    file(data, "empty", new byte[0]);
    file(data, "tiny", text(60));
    file(data, "to be punched", text(300_000));
    file(data, "to be overwritten", text(300_000));
    file(data, "to be shortened", text(150_000));
    file(data, "to be removed", text(150_000));
    Attributes sparse = file(data, "sparse", text(10));
    volume.write(sparse.inode(), 50_000_000, ByteBuffer.wrap(text(3000)));
    Attributes huge = file(data, "huge", text(10));
    volume.change(huge.inode(), new AttributeChange().size(Long.MAX_VALUE - 5));
    Attributes promised = file(data, "promised", text(5000));
    volume.fallocate(promised.inode(), FallocateMode.ALLOCATE, 4096, 100_000);
    volume.fallocate(promised.inode(), FallocateMode.KEEP_SIZE, 200_000, 50_000);
    Attributes log = file(data, "log", text(100));
    for (int i = 0; i < 5; i++) {
      volume.write(log.inode(), 100 + 300L * i, ByteBuffer.wrap(text(300)));
      volume.fsync(log.inode(), true);
    }
    long many = directory(root, "many");
    for (int i = 0; i < 300; i++) {
      file(many, "file-" + i, text(200 + random.nextInt(700)));
    }
    long deep = root;
    for (int i = 0; i < 12; i++) {
      deep = directory(deep, "same name");
    }
    file(deep, "same name", text(1000));
    types(directory(root, "types"));
    attributes(directory(root, "attributes"));
    names(directory(root, "names"));
  }

  private void types(long types) throws IOException {
    volume.symlink(types, bytes("short link"), bytes("../data/tiny"), Owner.ROOT);
    byte[] target = new byte[4095];
    Arrays.fill(target, (byte) 'x');
    volume.symlink(types, bytes("long link"), target, new Owner(1, 2));
    volume.create(types, bytes("fifo"), FileType.FIFO | 0600, Owner.ROOT, 0);
    volume.create(types, bytes("socket"), FileType.SOCKET | 0777, Owner.ROOT, 0);
    volume.create(types, bytes("tty"), FileType.CHARACTER | 0620, Owner.ROOT, 4 << 8 | 64);
    volume.create(types, bytes("disk"), FileType.BLOCK | 0660, Owner.ROOT, 259 << 8 | 1 << 20);
    Attributes set = file(types, "setuid", text(500));
    volume.change(set.inode(), new AttributeChange().mode(07755));
    volume.link(set.inode(), types, bytes("second name"));
    volume.link(set.inode(), Volume.ROOT, bytes("third name"));
    // Two inodes without names that are in use: one that had a name, one that never had.
    Attributes open = file(types, "unlinked", text(2000));
    volume.setXattr(open.inode(), bytes("user.of nobody"), text(10), XattrMode.SET);
    volume.retain(open.inode());
    volume.unlink(types, bytes("unlinked"));
    volume.retain(volume.tmpfile(types, 0600, Owner.ROOT).inode());
  }

  private void attributes(long directory) throws IOException {
    long inode = file(directory, "all", text(10)).inode();
    volume.change(
        inode,
        new AttributeChange()
            .uid(-2)
            .gid(Integer.MIN_VALUE)
            .atime(new Timestamp(-123_456_789_012L, 999_999_999))
            .mtime(new Timestamp(1L << 40, 1)));
    volume.setXattr(inode, bytes("user.empty"), new byte[0], XattrMode.SET);
    volume.setXattr(inode, bytes("user.small"), bytes("value"), XattrMode.SET);
    volume.setXattr(inode, bytes("trusted.large"), text(30_000), XattrMode.SET);
    volume.setXattr(inode, bytes("security.selinux"), bytes("label\0"), XattrMode.SET);
    volume.setXattr(directory, bytes("system.posix_acl_default"), noise(44), XattrMode.SET);
    volume.setXattr(directory, bytes("user.small"), bytes("of a directory"), XattrMode.SET);
    long flagged = file(directory, "flagged", text(10)).inode();
    volume.change(flagged, new AttributeChange().flags(InodeRecord.NODUMP | InodeRecord.IMMUTABLE));
  }

  private void names(long directory) throws IOException {
    byte[] longest = new byte[255];
    Arrays.fill(longest, (byte) 'n');
    byte[] odd = {(byte) 0xff, 1, '\n', ' ', '\\', (byte) 0xc3};
    for (byte[] name : new byte[][] {longest, odd, {'.', '.', '.'}, {(byte) 128}}) {
      long inode = volume.create(directory, name, FileType.REGULAR, Owner.ROOT, 0).inode();
      volume.write(inode, 0, ByteBuffer.wrap(text(300)));
    }
  }

  private long inode(String path) throws IOException {
    long inode = Volume.ROOT;
    for (String name : path.split("/")) {
      inode = volume.lookup(inode, bytes(name)).inode();
    }
    return inode;
  }

  private void change() throws IOException {
    long data = inode("data");
    volume.fallocate(inode("data/to be punched"), FallocateMode.PUNCH_HOLE, 100_000, 50_000);
    volume.fallocate(inode("data/to be punched"), FallocateMode.ZERO_RANGE, 300_000, 5_000);
    long overwritten = inode("data/to be overwritten");
    for (int i = 0; i < 20; i++) {
      volume.write(overwritten, random.nextInt(290_000), ByteBuffer.wrap(text(5000)));
      volume.fsync(overwritten, false);
    }
    volume.change(inode("data/to be shortened"), new AttributeChange().size(100_001));
    volume.unlink(data, bytes("to be removed"));
    Attributes copy = volume.create(data, bytes("clone"), FileType.REGULAR | 0600, Owner.ROOT, 0);
    volume.copyRange(inode("data/large text"), 1000, copy.inode(), 0, 200_000);
    volume.copyRange(inode("data/noise"), 0, copy.inode(), 500_000, 8_000);
    long many = inode("many");
    for (int i = 0; i < 300; i += 3) {
      volume.unlink(many, bytes("file-" + i));
    }
    long moved = directory(Volume.ROOT, "moved");
    for (int i = 1; i < 300; i += 9) {
      volume.rename(
          many, bytes("file-" + i), moved, bytes("file-" + i), RenameMode.REPLACE, Owner.ROOT);
    }
    volume.rename(
        Volume.ROOT, bytes("same name"), moved, bytes("tower"), RenameMode.REPLACE, Owner.ROOT);
    volume.rename(
        Volume.ROOT, bytes("data"), moved, bytes("tower"), RenameMode.EXCHANGE, Owner.ROOT);
    volume.rename(
        many, bytes("file-2"), many, bytes("moved away"), RenameMode.WHITEOUT, Owner.ROOT);
    for (int i = 0; i < 40; i++) {
      file(moved, "new-" + i, i % 5 == 0 ? noise(900) : text(1500));
    }
    long all = inode("attributes/all");
    volume.setXattr(all, bytes("user.small"), bytes("another value"), XattrMode.REPLACE);
    volume.removeXattr(all, bytes("user.empty"));
    volume.setXattr(all, bytes("trusted.large"), text(9_000), XattrMode.SET);
    volume.rmdir(directoryMade("gone"), bytes("sub"));
  }

  private long directoryMade(String name) throws IOException {
    long inode = directory(Volume.ROOT, name);
    directory(inode, "sub");
    return inode;
  }
}
