package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.wire.Name;

/** The longest file, the oddest names, the largest directory. */
@Tag("slow")
class ExtremesTest {
  private static final long LARGEST = Long.MAX_VALUE;

  @TempDir private Path folder;
  private BlockDevice device;
  private Volume volume;

  @BeforeEach
  void make() throws IOException {
    device =
        FileDevice.create(folder.resolve("image"), 2L << 30, false, FileDeviceOptions.readWrite());
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    volume = Volume.open(device, options());
  }

  @AfterEach
  void close() throws IOException {
    volume.close();
    assertEquals(
        List.of(), Checker.check(device, CheckOptions.full(), CheckListener.NONE).findings());
    device.close();
  }

  private static VolumeOptions options() {
    return VolumeOptions.builder()
        .maxCacheBytes(16 << 20)
        .maxDirtyBytes(16 << 20)
        .maxStringTableBytes(4 << 20)
        .maxInodeCacheEntries(10_000)
        .build();
  }

  private void reopen() throws IOException {
    volume.close();
    volume = Volume.open(device, options());
  }

  private long create(String name) throws IOException {
    return volume.create(Volume.ROOT, bytes(name), 0644, Owner.ROOT, 0).inode();
  }

  private static byte[] bytes(String name) {
    return name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void put(long inode, long offset, int length) throws IOException {
    assertEquals(length, volume.write(inode, offset, ByteBuffer.wrap(text(offset, length))));
  }

  private static byte[] text(long offset, int length) {
    return Content.bytes(1, Content.Texture.TEXT, offset, length);
  }

  private void assertData(long inode, long offset, int length) throws IOException {
    assertArrayEquals(
        text(offset, length), VolumeDriver.read(volume, inode, offset, length), "at " + offset);
  }

  private void assertZeros(long inode, long offset, int length) throws IOException {
    assertArrayEquals(
        new byte[length], VolumeDriver.read(volume, inode, offset, length), "at " + offset);
  }

  @Test
  void aFileReachesToTheLastByteThatAnOffsetCanName() throws IOException {
    long inode = create("vast");
    long[] offsets = {0, 1L << 40, (1L << 53) + 1, 1L << 62, LARGEST - 5000};
    for (long offset : offsets) {
      put(inode, offset, 5000);
    }
    for (int round = 0; round < 2; round++) {
      assertEquals(LARGEST, volume.attributes(inode).size());
      for (int i = 0; i < offsets.length; i++) {
        assertData(inode, offsets[i], 5000);
        if (i > 0) {
          long hole = offsets[i - 1] + 5000;
          assertZeros(inode, hole, 3000);
          assertZeros(inode, offsets[i] - 3000, 3000);
          long from = volume.seekHole(inode, offsets[i - 1]);
          long to = volume.seekData(inode, from);
          assertTrue(from >= hole && from < to && to <= offsets[i], from + " to " + to);
          assertZeros(inode, from, 100);
        }
      }
      assertEquals(0, volume.read(inode, LARGEST, ByteBuffer.allocate(10)));
      assertEquals(10, volume.read(inode, LARGEST - 10, ByteBuffer.allocate(4096)));
      reopen();
    }
    FsException tooFar = assertThrows(FsException.class, () -> put(inode, LARGEST - 10, 11));
    assertEquals(Fault.FILE_TOO_BIG, tooFar.fault());
    volume.fallocate(inode, FallocateMode.PUNCH_HOLE, 1L << 39, LARGEST - (1L << 39) - 2500);
    reopen();
    assertZeros(inode, 1L << 62, 5000);
    assertZeros(inode, LARGEST - 5000, 2500);
    assertData(inode, LARGEST - 2500, 2500);
    volume.change(inode, new AttributeChange().size(3000));
    volume.change(inode, new AttributeChange().size(LARGEST));
    reopen();
    assertData(inode, 0, 3000);
    assertZeros(inode, 3000, 5000);
    assertZeros(inode, LARGEST - 5000, 5000);
    assertEquals(LARGEST, volume.attributes(inode).size());
  }

  @Test
  void severalFilesOfThatLengthDoNotOverflowTheTotals() throws IOException {
    List<Long> inodes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long inode = create("vast-" + i);
      put(inode, LARGEST - 100, 100);
      volume.change(inode, new AttributeChange().size(LARGEST));
      inodes.add(inode);
    }
    reopen();
    for (int i = 0; i < 5; i++) {
      assertData(inodes.get(i), LARGEST - 100, 100);
      volume.unlink(Volume.ROOT, bytes("vast-" + i));
    }
  }

  @Test
  void namesOfAnyBytesAreKeptAsTheyAre() throws IOException {
    SplittableRandom random = new SplittableRandom(255);
    Map<Name, Long> made = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      byte[] name = new byte[255];
      random.nextBytes(name);
      for (int at = 0; at < name.length; at++) {
        name[at] = name[at] == 0 || name[at] == '/' ? (byte) (1 + i % 46) : name[at];
      }
      made.put(new Name(name), volume.create(Volume.ROOT, name, 0600, Owner.ROOT, 0).inode());
      if (i % 4 == 0) {
        // Almost the same: another last byte, another case, no last byte.
        byte[] near = name.clone();
        near[254] = (byte) (near[254] == 'x' ? 'y' : 'x');
        byte[] shorter = Arrays.copyOf(name, 254);
        for (byte[] other : List.of(near, shorter)) {
          if (volume.lookup(Volume.ROOT, other) == null) {
            long inode = volume.create(Volume.ROOT, other, 0600, Owner.ROOT, 0).inode();
            made.put(new Name(other), inode);
          }
        }
      }
    }
    for (int b = 1; b < 256; b++) {
      byte[] name = {(byte) b};
      if (b != '/' && b != '.') {
        made.put(new Name(name), volume.create(Volume.ROOT, name, 0600, Owner.ROOT, 0).inode());
      }
    }
    reopen();
    Map<Name, Long> found = new HashMap<>();
    volume.readdir(
        Volume.ROOT,
        0,
        (name, inode, type, cookie) -> found.put(new Name(name.clone()), inode) == null);
    assertEquals(made, found);
    for (Map.Entry<Name, Long> each : made.entrySet()) {
      Attributes attributes = volume.lookup(Volume.ROOT, each.getKey().bytes());
      assertEquals(each.getValue(), attributes.inode());
    }
    for (String wrong : List.of("x".repeat(256), "a/b", "a\0b", "", ".", "..")) {
      assertThrows(FsException.class, () -> create(wrong), wrong);
    }
  }

  @Test
  void aLargeDirectoryListsEachEntryOnce() throws IOException {
    largeDirectory(30_000);
  }

  @Test
  @Tag("long")
  void aDirectoryOfAMillionListsEachEntryOnce() throws IOException {
    largeDirectory(1_000_000);
  }

  private static byte[] entry(int number) {
    return bytes("entry-" + number * 2654435761L % 4294967296L + "-" + number);
  }

  private void largeDirectory(int count) throws IOException {
    long directory = volume.mkdir(Volume.ROOT, bytes("large"), 0755, Owner.ROOT).inode();
    long[] inodes = new long[count];
    for (int i = 0; i < count; i++) {
      inodes[i] = volume.create(directory, entry(i), 0644, Owner.ROOT, 0).inode();
    }
    reopen();
    assertEquals(count, volume.attributes(directory).size());
    for (int i = 0; i < count; i += 17) {
      assertEquals(inodes[i], volume.lookup(directory, entry(i)).inode());
      assertNull(volume.lookup(directory, entry(count + i)));
    }
    assertListing(directory, inodes, i -> true, i -> {});
    // While it is listed, entries go that were listed or will be, and others come.
    int[] more = {count};
    assertListing(
        directory,
        inodes,
        i -> i % 3 != 0,
        page -> {
          int first = page * 300;
          for (int i = first; i < Math.min(first + 300, count); i += 3) {
            volume.unlink(directory, entry(i));
          }
          if (first < count) {
            volume.create(directory, entry(more[0]++), 0644, Owner.ROOT, 0);
          }
        });
    for (int i = (count + 299) / 300 * 300; i < count; i += 3) {
      volume.unlink(directory, entry(i));
    }
    reopen();
    for (int i = 0; i < more[0]; i++) {
      if (i % 3 != 0 || i >= count) {
        assertNotNull(volume.lookup(directory, entry(i)), "entry " + i);
        volume.unlink(directory, entry(i));
      } else if (volume.lookup(directory, entry(i)) != null) {
        volume.unlink(directory, entry(i));
      }
    }
    volume.rmdir(Volume.ROOT, bytes("large"));
  }

  private interface Numbers {
    boolean has(int number);
  }

  private interface BetweenPages {
    void page(int number) throws IOException;
  }

  /** Lists in pages; of the entries that stay, each must come exactly once. */
  private void assertListing(long directory, long[] inodes, Numbers stays, BetweenPages between)
      throws IOException {
    BitSet seen = new BitSet();
    long[] cookie = {0};
    int[] taken = new int[1];
    int page = 0;
    do {
      taken[0] = 0;
      volume.readdir(
          directory,
          cookie[0],
          (name, inode, type, next) -> {
            if (taken[0] == 256) {
              return false;
            }
            taken[0]++;
            cookie[0] = next;
            String text = new String(name, java.nio.charset.StandardCharsets.UTF_8);
            int number = Integer.parseInt(text.substring(text.lastIndexOf('-') + 1));
            assertEquals(false, seen.get(number), text + " comes twice");
            seen.set(number);
            if (number < inodes.length) {
              assertEquals(inodes[number], inode);
            }
            return true;
          });
      between.page(page++);
    } while (taken[0] > 0);
    for (int i = 0; i < inodes.length; i++) {
      if (stays.has(i)) {
        assertEquals(true, seen.get(i), "entry " + i + " is missing");
      }
    }
  }
}
