package org.razorfs.mount.devfuse.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.StatFs;

class StructsTest {
  private static final Attributes NODE =
      new Attributes(
          0x0002030405060708L,
          0x1112131415161718L,
          0060644,
          3,
          1000,
          -2,
          0x12a34b5cL,
          0x2122232425262728L,
          0x31323334L,
          0x30,
          new Timestamp(-2, 5),
          new Timestamp(0x41424344L, 999_999_999),
          new Timestamp(0x0102030405L, 6),
          new Timestamp(7, 8),
          false);
  private static final int STALE_BYTES = 0xa5;

  private final Map<String, byte[]> goldens = Goldens.replies();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
  private final Reply reply = new Reply(buffer);

  /** What a reply holds behind its header; the buffer was full of other bytes before. */
  private String written(Consumer<Reply> writer) {
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, (byte) STALE_BYTES);
    }
    reply.begin(1);
    writer.accept(reply);
    return data(reply.finish());
  }

  private static String data(ByteBuffer whole) {
    byte[] bytes = new byte[whole.remaining()];
    whole.get(bytes);
    return HexFormat.of().formatHex(bytes, Reply.HEADER, bytes.length);
  }

  private void assertGolden(String name, Consumer<Reply> writer) {
    assertEquals(HexFormat.of().formatHex(goldens.get(name)), written(writer), name);
  }

  @Test
  void structuresLieAsTheKernelReadsThem() {
    assertGolden("entry", to -> Structs.entry(to, NODE, Validity.LONG));
    assertGolden("noentry", Structs::noEntry);
    assertGolden("attr", to -> Structs.attributes(to, NODE, Validity.SHORT));
    assertGolden("statx", to -> Structs.statx(to, NODE, Validity.LONG));
    assertGolden(
        "statfs",
        to -> Structs.statfs(to, new StatFs(2000 * 512, 1000 * 512, 900 * 512, 7, 255, 0, 0)));
    assertGolden("open", to -> Structs.open(to, 0x0102030405060708L, 0x2a));
    assertGolden("write", to -> Structs.written(to, 0x01020304));
    assertGolden("ioctl", to -> Structs.ioctl(to, 0x01020304));
  }

  @Test
  void aFailureHasNothingButAHeader() {
    reply.begin(0x1112131415161718L);
    reply.u64(1).u64(2);
    assertFalse(reply.hasFailed());
    reply.fail(2);
    assertTrue(reply.hasFailed());
    byte[] header = goldens.get("header");
    ByteBuffer whole = reply.finish();
    byte[] bytes = new byte[whole.remaining()];
    whole.get(bytes);
    header[0] = Reply.HEADER; // the golden one is of a reply with four bytes
    assertEquals(HexFormat.of().formatHex(header), HexFormat.of().formatHex(bytes));
    reply.begin(3);
    assertFalse(reply.hasFailed());
    assertEquals("", data(reply.finish()));
  }

  @Test
  void entriesOfAListingLieAsTheKernelReadsThem() {
    assertGolden(
        "dirent",
        to ->
            new Listing(to, 100, false)
                .add("file1".getBytes(StandardCharsets.US_ASCII), NODE.inode(), 8, 0x0102030405L));
  }

  @Test
  void aListingTakesNoEntryThatWouldNotFit() {
    for (int most = 0; most < 100; most++) {
      reply.begin(1);
      Listing listing = new Listing(reply, most, false);
      int entries = 0;
      while (listing.add(new byte[3], 9, 8, entries + 1)) {
        entries++;
      }
      assertEquals(most / 32, entries, "room of " + most);
      assertEquals(entries * 32, reply.size());
    }
    reply.begin(1);
    Listing large = new Listing(reply, Integer.MAX_VALUE, true);
    int entries = 0;
    while (large.add(new byte[255], 9, 8, entries + 1)) {
      entries++;
    }
    assertEquals((4096 - Reply.HEADER) / (128 + 24 + 256 + 1 & ~7), entries);
  }

  @Test
  void attributesAreFilledInForAllButDotsAndWhatHasGoneOrCannotBeRead() {
    reply.begin(1);
    Listing listing = new Listing(reply, 4000, true);
    byte[] name = "file1".getBytes(StandardCharsets.US_ASCII);
    assertTrue(listing.add(new byte[] {'.'}, 1, 4, 1));
    assertTrue(listing.add(name, 55, 8, 2));
    assertTrue(listing.add(name, 56, 8, 3));
    assertTrue(listing.add(name, NODE.inode(), 8, 0x0102030405L));
    List<Long> asked = new ArrayList<>();
    listing.complete(
        1,
        inode -> {
          asked.add(inode);
          if (inode == 56) {
            throw FsException.of(Fault.IO_ERROR, "unreadable");
          }
          return inode == 55 ? null : NODE;
        },
        attributes -> Validity.LONG);
    assertEquals(List.of(55L, 56L, NODE.inode()), asked);
    String data = data(reply.finish());
    String empty = "00".repeat(128);
    String entry = HexFormat.of().formatHex(goldens.get("entry"));
    String dirent = HexFormat.of().formatHex(goldens.get("dirent"));
    assertEquals(2 * (128 + 32) * 4, data.length());
    assertEquals(empty, data.substring(0, 256));
    assertEquals(empty, data.substring(320, 576));
    assertEquals(empty, data.substring(640, 896));
    assertEquals(entry + dirent, data.substring(960));
  }

  @Test
  void theRootHasTheGenerationThatTheKernelGaveIt() {
    Attributes root =
        new Attributes(
            1,
            77,
            040755,
            2,
            0,
            0,
            0,
            0,
            0,
            0,
            Timestamp.EPOCH,
            Timestamp.EPOCH,
            Timestamp.EPOCH,
            Timestamp.EPOCH,
            false);
    assertEquals(
        "0000000000000000",
        written(to -> Structs.entry(to, root, Validity.LONG)).substring(16, 32));
  }
}
