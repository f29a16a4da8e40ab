package org.razorfs.layout;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.Bytes;

/**
 * Superblock, spec §4.1: the root of everything, as one checkpoint left it.
 *
 * @param identity what mkfs decided and nothing changes (but for the label)
 * @param address where this copy lies
 * @param generation grows by one with each superblock written
 * @param clean whether the volume was closed, so that the journal holds nothing to replay
 * @param errors whether damage was met since the last full check
 * @param journalEpoch the epoch that records must carry to count
 * @param journalTail the lsn from which to replay
 * @param nextTransaction the lowest transaction id never used
 * @param nextSequence the lowest record sequence never used
 * @param nextInode the lowest inode number never used
 * @param nextString the lowest string id never used
 * @param nextGeneration the lowest inode generation never used
 * @param totals what the volume holds
 * @param spares runs that the FREE tree marks as used though nothing lies there: what was left of
 *     the space taken beforehand for the FREE tree's own nodes
 * @param mountedAt when it was last opened for writing, seconds since 1970
 * @param writtenAt when this superblock was written, seconds since 1970
 * @param mountCount how often it was opened for writing
 * @param roots the trees
 */
public record Superblock(
    Identity identity,
    long address,
    long generation,
    boolean clean,
    boolean errors,
    long journalEpoch,
    long journalTail,
    long nextTransaction,
    long nextSequence,
    long nextInode,
    long nextString,
    long nextGeneration,
    VolumeTotals totals,
    List<Run> spares,
    long mountedAt,
    long writtenAt,
    int mountCount,
    Map<TreeId, TreeRoot> roots) {

  /** What mkfs decides. */
  public record Identity(
      UUID uuid,
      String label,
      long compat,
      long roCompat,
      long incompat,
      int nodeSize,
      long volumeSize,
      long journalStart,
      long journalLength,
      long hashKey0,
      long hashKey1,
      int codec,
      int level,
      long madeAt) {
    Identity withLabel(String newLabel) {
      return new Identity(
          uuid,
          newLabel,
          compat,
          roCompat,
          incompat,
          nodeSize,
          volumeSize,
          journalStart,
          journalLength,
          hashKey0,
          hashKey1,
          codec,
          level,
          madeAt);
    }

    /** The address of the backup superblock. */
    public long backupAddress() {
      return volumeSize - Geometry.SUPERBLOCK;
    }

    /** The first byte that the allocator may hand out. */
    public long dataStart() {
      return journalStart + journalLength;
    }
  }

  /**
   * What a volume holds.
   *
   * @param freeUnits units that are not in use
   * @param reservedUnits units that fallocate promised
   * @param inodes all inodes
   * @param logicalBytes file data before compression
   * @param storedBytes the same as stored
   */
  public record VolumeTotals(
      long freeUnits, long reservedUnits, long inodes, long logicalBytes, long storedBytes) {

    /**
     * The nearest to these that a superblock may state (INV-SB-10): counts that were wrong when
     * something was taken from them must not become such that no reader takes the superblock.
     */
    public VolumeTotals legal(long volumeSize, long nextInode) {
      long units = volumeSize / Geometry.UNIT;
      return new VolumeTotals(
          Math.min(units, Math.max(0, freeUnits)),
          Math.min(units, Math.max(0, reservedUnits)),
          Math.min(nextInode - 1, Math.max(1, inodes)),
          Math.max(0, logicalBytes),
          Math.min(volumeSize, Math.max(0, storedBytes)));
    }
  }

  /** The eight bytes at offset 0: a byte above 127, "RZF", CR LF, Ctrl-Z, LF. */
  public static final long MAGIC = 0x0a1a0a0d_465a5289L;

  public static final int VERSION = 1;
  public static final int LABEL_BYTES = 64;

  private static final int CRC_AT = Geometry.SUPERBLOCK - 4;
  private static final int CLEAN = 1;
  private static final int ERRORS = 2;

  /** The slot in which the superblock of a generation belongs. */
  public static long slotAddress(long generation) {
    return (generation & 1) == 0 ? 0 : Geometry.SLOT_1;
  }

  /** The same at another place. */
  public Superblock at(long newAddress) {
    return with(identity, newAddress, generation, errors);
  }

  /** The same as another generation, in its slot. */
  public Superblock next(long newGeneration) {
    return with(identity, slotAddress(newGeneration), newGeneration, errors);
  }

  /** The same with another label. */
  public Superblock withLabel(String label) {
    return with(identity.withLabel(label), address, generation, errors);
  }

  /** The next generation, which differs in nothing but that damage was met. */
  public Superblock damaged() {
    return with(identity, slotAddress(generation + 1), generation + 1, true);
  }

  private Superblock with(
      Identity newIdentity, long newAddress, long newGeneration, boolean newErrors) {
    return new Superblock(
        newIdentity,
        newAddress,
        newGeneration,
        clean,
        newErrors,
        journalEpoch,
        journalTail,
        nextTransaction,
        nextSequence,
        nextInode,
        nextString,
        nextGeneration,
        totals,
        spares,
        mountedAt,
        writtenAt,
        mountCount,
        roots);
  }

  /** The {@link Geometry#SUPERBLOCK} bytes of this. */
  public byte[] toBytes() {
    ByteSink sink = new ByteSink(Geometry.SUPERBLOCK);
    Identity id = identity;
    sink.u64(MAGIC).u16(VERSION).u16(0).u32(Geometry.SUPERBLOCK);
    putUuid(sink, id.uuid);
    byte[] label = id.label.getBytes(StandardCharsets.UTF_8);
    if (label.length > LABEL_BYTES) {
      throw new IllegalArgumentException("label is longer than " + LABEL_BYTES + " bytes");
    }
    if (spares.size() > Geometry.MAX_SPARES) {
      throw new IllegalArgumentException(spares.size() + " spare runs");
    }
    sink.bytes(label).zeros(LABEL_BYTES - label.length);
    sink.u64(id.compat).u64(id.roCompat).u64(id.incompat);
    sink.u64(generation).u32((clean ? CLEAN : 0) | (errors ? ERRORS : 0)).u32(id.nodeSize);
    sink.u64(address).u64(id.volumeSize).u32(Geometry.UNIT).u32(Geometry.SEGMENT);
    sink.u64(id.journalStart).u64(id.journalLength).u64(journalEpoch).u64(journalTail);
    sink.u64(nextTransaction).u64(nextSequence);
    sink.u64(nextInode).u64(nextString).u64(nextGeneration);
    sink.u64(id.hashKey0).u64(id.hashKey1);
    sink.u64(totals.freeUnits).u64(totals.reservedUnits).u64(totals.inodes);
    sink.u64(totals.logicalBytes).u64(totals.storedBytes);
    sink.u32(spares.size()).u32(0).u64(0);
    sink.u64(id.madeAt).u64(mountedAt).u64(writtenAt).u32(mountCount).u32(0);
    sink.u8(id.codec).u8(id.level).u16(0).u32(0);
    for (TreeId tree : TreeId.values()) {
      roots.get(tree).encode(sink);
    }
    for (Run spare : spares) {
      sink.u64(spare.address()).u64(spare.length());
    }
    sink.zeros(CRC_AT - sink.size());
    sink.u32(Bytes.crc32(sink.array(), 0, CRC_AT));
    return sink.toBytes();
  }

  /** Whether {@code bytes} start with the magic, sealed or not. */
  public static boolean hasMagic(byte[] bytes) {
    return bytes.length >= 8 && Bytes.i64(bytes, 0) == MAGIC;
  }

  /** Whether the CRC at the end of {@code bytes} is right. */
  public static boolean isSealed(byte[] bytes) {
    return Bytes.crc32(bytes, 0, CRC_AT) == Bytes.i32(bytes, CRC_AT);
  }

  /**
   * Decodes a superblock read from {@code address}; {@link SuperblockCheck} judges its content.
   *
   * @throws CorruptImageException where magic, CRC or address are not right (INV-SB-1, INV-SB-2)
   * @throws FsException {@code UNSUPPORTED_FORMAT} for a sound superblock of another version
   */
  public static Superblock decode(byte[] bytes, long address) throws FsException {
    String location = "superblock at " + address;
    if (!hasMagic(bytes) || bytes.length < Geometry.SUPERBLOCK) {
      throw new CorruptImageException(location, "the magic of RAZORFS", "other bytes");
    }
    if (!isSealed(bytes)) {
      throw new CorruptImageException(
          location,
          "crc " + Integer.toHexString(Bytes.crc32(bytes, 0, CRC_AT)),
          Integer.toHexString(Bytes.i32(bytes, CRC_AT)));
    }
    ByteSource source = new ByteSource(bytes, 8, CRC_AT - 8, location);
    int version = source.u16();
    if (version != VERSION) {
      throw new FsException(
          Fault.UNSUPPORTED_FORMAT,
          location + ": format version " + version + ", this software knows " + VERSION);
    }
    source.skip(2);
    expect(location, "superblock size", Geometry.SUPERBLOCK, source.u32());
    UUID uuid = getUuid(source);
    byte[] label = source.bytes(LABEL_BYTES);
    long compat = source.i64();
    long roCompat = source.i64();
    long incompat = source.i64();
    long generation = source.i64();
    int state = source.i32();
    int nodeSize = source.i32();
    expect(location, "address", address, source.i64());
    long volumeSize = source.i64();
    expect(location, "unit", Geometry.UNIT, source.u32());
    expect(location, "segment", Geometry.SEGMENT, source.u32());
    long journalStart = source.i64();
    long journalLength = source.i64();
    long journalEpoch = source.i64();
    long journalTail = source.i64();
    long nextTransaction = source.i64();
    long nextSequence = source.i64();
    long nextInode = source.i64();
    long nextString = source.i64();
    long nextGeneration = source.i64();
    long hashKey0 = source.i64();
    long hashKey1 = source.i64();
    VolumeTotals totals =
        new VolumeTotals(source.i64(), source.i64(), source.i64(), source.i64(), source.i64());
    int spareCount = source.i32();
    source.skip(12);
    long madeAt = source.i64();
    long mountedAt = source.i64();
    long writtenAt = source.i64();
    int mountCount = source.i32();
    source.skip(4);
    int codec = source.u8();
    int level = source.u8();
    source.skip(6);
    Map<TreeId, TreeRoot> roots = new EnumMap<>(TreeId.class);
    for (TreeId tree : TreeId.values()) {
      roots.put(tree, TreeRoot.decode(source));
    }
    if (spareCount < 0 || spareCount > Geometry.MAX_SPARES) {
      throw new CorruptImageException(
          location, "0.." + Geometry.MAX_SPARES + " spare runs", "" + spareCount);
    }
    List<Run> spares = new ArrayList<>();
    for (int i = 0; i < spareCount; i++) {
      spares.add(new Run(source.i64(), source.i64()));
    }
    Identity identity =
        new Identity(
            uuid,
            text(label),
            compat,
            roCompat,
            incompat,
            nodeSize,
            volumeSize,
            journalStart,
            journalLength,
            hashKey0,
            hashKey1,
            codec,
            level,
            madeAt);
    return new Superblock(
        identity,
        address,
        generation,
        (state & CLEAN) != 0,
        (state & ERRORS) != 0,
        journalEpoch,
        journalTail,
        nextTransaction,
        nextSequence,
        nextInode,
        nextString,
        nextGeneration,
        totals,
        spares,
        mountedAt,
        writtenAt,
        mountCount,
        Map.copyOf(roots));
  }

  /** Stores a UUID as its sixteen bytes in the order in which it is written. */
  public static void putUuid(ByteSink sink, UUID uuid) {
    sink.u64(Long.reverseBytes(uuid.getMostSignificantBits()));
    sink.u64(Long.reverseBytes(uuid.getLeastSignificantBits()));
  }

  private static UUID getUuid(ByteSource source) throws CorruptImageException {
    return new UUID(Long.reverseBytes(source.i64()), Long.reverseBytes(source.i64()));
  }

  private static String text(byte[] padded) {
    int length = padded.length;
    while (length > 0 && padded[length - 1] == 0) {
      length--;
    }
    try {
      // One byte for each malformed one, so that the label still fits when it is written again.
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .replaceWith("?")
          .decode(ByteBuffer.wrap(padded, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void expect(String location, String what, long expected, long actual)
      throws CorruptImageException {
    if (expected != actual) {
      throw new CorruptImageException(location, what + " " + expected, "" + actual);
    }
  }
}
