package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.device.RecordingDevice.Event;
import org.razorfs.layout.FileType;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.Volume;

/** A crash after which recovery by the specification and recovery by the library differ. */
class SpecRecoveryTest {
  private static final int SIZE = 4 << 20;

  private final RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
  private Random random;

  private static byte[] name(int number) {
    return SampleVolume.bytes("name-" + number);
  }

  /** Small operations, so many that the journal, as short as it can be, wraps several times. */
  private void run(long seed, int steps) throws IOException {
    random = new Random(seed);
    Formatter.format(
        device,
        new FormatOptions("", new UUID(1, seed), 64 << 10, CompressionPolicy.AUTO, 8192),
        SampleVolume.CLOCK);
    Volume volume = Volume.open(device, SampleVolume.options());
    for (int step = 0; step < steps; step++) {
      step(volume);
    }
    volume.abandon();
  }

  private void step(Volume volume) throws IOException {
    byte[] name = name(random.nextInt(40));
    Attributes found = volume.lookup(Volume.ROOT, name);
    if (found == null) {
      found = volume.create(Volume.ROOT, name, FileType.REGULAR | 0644, Owner.ROOT, 0);
    }
    switch (random.nextInt(8)) {
      case 0 -> volume.unlink(Volume.ROOT, name);
      case 1 -> {
        byte[] to = name(random.nextInt(40));
        volume.rename(Volume.ROOT, name, Volume.ROOT, to, RenameMode.REPLACE, Owner.ROOT);
      }
      case 2 -> volume.change(found.inode(), new AttributeChange().size(random.nextInt(30_000)));
      case 3 -> volume.change(found.inode(), new AttributeChange().mode(random.nextInt(512)));
      case 4 -> volume.sync();
      default -> {
        byte[] content = new byte[random.nextInt(10) == 0 ? 20_000 : 1 + random.nextInt(3000)];
        random.nextBytes(content);
        volume.write(found.inode(), random.nextInt(20_000), ByteBuffer.wrap(content));
        if (random.nextBoolean()) {
          volume.fsync(found.inode(), false);
        }
      }
    }
  }

  /** The image after a crash at an event: what was not flushed is lost, whole or torn at random. */
  private static byte[] crash(List<Event> events, int at, Random random) throws IOException {
    int flushed = at;
    while (flushed > 0 && !(events.get(flushed - 1) instanceof RecordingDevice.Flush)) {
      flushed--;
    }
    MemoryDevice image = new MemoryDevice(SIZE);
    List<Event> survivors = new ArrayList<>(events.subList(0, flushed));
    for (Event event : events.subList(flushed, at)) {
      int fate = random.nextInt(4);
      if (fate == 0 && event instanceof RecordingDevice.Write write) {
        int torn = random.nextInt(write.data().length + 1);
        byte[] part = Arrays.copyOf(write.data(), torn);
        survivors.add(new RecordingDevice.Write(write.position(), part));
      } else if (fate > 1) {
        survivors.add(event);
      }
    }
    RecordingDevice.replay(survivors, image);
    return SpecReaderTest.bytes(image);
  }

  /** What the specification says that a reader sees; the number of transactions replayed. */
  private static int agree(byte[] bytes, String what) throws IOException {
    SpecImage image = new SpecImage(bytes);
    SpecJournal journal = new SpecJournal(image);
    journal.replay();
    journal.settle();
    assertEquals(List.of(), new SpecVerifier(image, journal).verify(), what);
    String listing = Entry.listing(new SpecReader(image).list());
    assertEquals(listing, SpecReaderTest.library(bytes), what);
    return journal.transactions;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyCrashIsRecoveredTheSame(long seed) throws IOException {
    run(seed, 700);
    List<Event> events = device.events();
    long lsn = new SpecImage(SpecReaderTest.bytes(device)).superblock.getLong(184);
    assertTrue(lsn > 3 * (64 << 10), "the journal wrapped less than three times: " + lsn);
    int replayed = 0;
    int start = 0; // Formatting is done with its second flush.
    for (int flushes = 0; flushes < 2; start++) {
      flushes += events.get(start) instanceof RecordingDevice.Flush ? 1 : 0;
    }
    for (int round = 0; round < 60; round++) {
      int at = start + random.nextInt(events.size() - start + 1);
      replayed += agree(crash(events, at, random), "seed " + seed + ", event " + at);
    }
    assertTrue(replayed > 400, "transactions replayed: " + replayed);
  }

  @Test
  void damagedJournalIsCutAtTheSamePlace() throws IOException {
    run(7, 300);
    byte[] bytes = SpecReaderTest.bytes(device);
    assertTrue(agree(bytes.clone(), "undamaged") > 0);
    long tail = new SpecImage(bytes).superblock.getLong(184) % (64 << 10);
    for (int round = 0; round < 100; round++) {
      byte[] damaged = bytes.clone();
      long distance = random.nextInt(random.nextBoolean() ? 2000 : 64 << 10);
      int at = (int) (65536 + (tail + distance) % (64 << 10));
      damaged[at] = (byte) (damaged[at] ^ (1 << random.nextInt(8)));
      agree(damaged, "round " + round);
    }
  }
}
