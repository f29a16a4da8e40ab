package org.razorfs.mount;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.layout.FileType;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.AtimeMode;
import org.razorfs.volume.ErrorPolicy;
import org.razorfs.volume.VolumeOptions;

/**
 * What {@code -o} says, each option by its name in mount(8) or docs/mount-options.md.
 *
 * <p>An option given twice counts as given last. Unknown ones are refused by name.
 */
public final class MountOptions {
  /** For mount(8) and systemd; they mean nothing to a file system. */
  private static final Set<String> IGNORED =
      Set.of(
          "defaults",
          "auto",
          "noauto",
          "user",
          "nouser",
          "users",
          "nousers",
          "group",
          "owner",
          "nofail",
          "_netdev",
          "async",
          "nodiratime",
          "diratime",
          "lazytime",
          "nolazytime");

  /** What the mount table shows of a mount beyond its options, and mount(8) gives to remount it. */
  private static final Set<String> SHOWN =
      Set.of("user_id", "group_id", "rootmode", "max_read", "blksize", "fd");

  private static final String SUBTYPE = "razorfs";
  private static final long MIB = 1L << 20;
  private static final long KNOWN_INODES = 2_000_000;
  private boolean remount;

  private boolean readOnly;
  private boolean suid;
  private boolean dev;
  private boolean exec = true;
  private Boolean allowOther;
  private boolean defaultPermissions;
  private OptionalInt uid = OptionalInt.empty();
  private OptionalInt gid = OptionalInt.empty();
  private OptionalInt umask = OptionalInt.empty();
  private String fsname;
  private boolean writebackCache;
  private OnOffAuto ioUring = OnOffAuto.AUTO;
  private OnOffAuto idlePoll = OnOffAuto.AUTO;
  private BigDecimal attributeTimeout = BigDecimal.ZERO;
  private long cacheMib;
  private long dirtyMib;
  private long stringTableMib;
  private int inodeCacheEntries;
  private long knownInodes = KNOWN_INODES;
  private final VolumeOptions.Builder volume = VolumeOptions.builder();

  private MountOptions() {
    VolumeOptions defaults = VolumeOptions.defaults();
    cacheMib = defaults.maxCacheBytes() / MIB;
    dirtyMib = defaults.maxDirtyBytes() / MIB;
    stringTableMib = defaults.maxStringTableBytes() / MIB;
    inodeCacheEntries = defaults.maxInodeCacheEntries();
  }

  /**
   * Reads lists of options separated by commas.
   *
   * @throws IllegalArgumentException naming the option that is unknown or has a wrong value
   */
  public static MountOptions parse(List<String> lists) {
    MountOptions options = new MountOptions();
    List<String> all = lists.stream().flatMap(list -> split(list).stream()).toList();
    options.remount = all.contains("remount");
    for (String option : all) {
      options.set(option);
    }
    return options;
  }

  /** Splits at commas, save those behind a backslash, which goes away. */
  private static List<String> split(String list) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '\\' && i + 1 < list.length()) {
        part.append(list.charAt(++i));
      } else if (c == ',') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    parts.removeIf(String::isEmpty);
    return parts;
  }

  private void set(String option) {
    int equals = option.indexOf('=');
    String name = equals < 0 ? option : option.substring(0, equals);
    if (IGNORED.contains(option)
        || name.startsWith("x-")
        || name.startsWith("X-")
        || name.equals("comment")
        || option.equals("remount")
        || (remount && SHOWN.contains(name))) {
      return;
    }
    if (equals < 0 ? !setFlag(option) : !setValue(name, option.substring(equals + 1))) {
      throw new IllegalArgumentException(
          "unknown mount option '" + option + "'; razorfs mount --help lists the known ones");
    }
  }

  private boolean setFlag(String name) {
    switch (name) {
      case "ro" -> readOnly = true;
      case "rw" -> readOnly = false;
      case "suid" -> suid = true;
      case "nosuid" -> suid = false;
      case "dev" -> dev = true;
      case "nodev" -> dev = false;
      case "exec" -> exec = true;
      case "noexec" -> exec = false;
      case "allow_other" -> allowOther = true;
      case "noallow_other" -> allowOther = false;
      case "default_permissions" -> defaultPermissions = true;
      case "noatime" -> volume.atime(AtimeMode.NOATIME);
      case "relatime", "atime" -> volume.atime(AtimeMode.RELATIME);
      case "strictatime" -> volume.atime(AtimeMode.STRICTATIME);
      case "writeback_cache" -> writebackCache = true;
      case "nowriteback_cache" -> writebackCache = false;
      case "discard" -> volume.discard(true);
      case "nodiscard" -> volume.discard(false);
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean setValue(String name, String value) {
    switch (name) {
      case "uid" -> uid = OptionalInt.of(id(name, value));
      case "gid" -> gid = OptionalInt.of(id(name, value));
      case "umask" -> umask = OptionalInt.of(umask(value));
      case "fsname" -> fsname = value;
      case "subtype" -> {
        if (!value.equals(SUBTYPE)) {
          // By it all commands know their mounts.
          throw wrong(name, value, SUBTYPE);
        }
      }
      case "allow_other" -> {
        return false;
      }
      case "commit" -> volume.commitInterval(Duration.ofSeconds(number(name, value, 1, 3600)));
      case "compress" -> volume.compression(compression(value));
      case "errors" -> volume.errors(errors(value));
      case "max_cache_mb" -> cacheMib = number(name, value, 4, 1 << 20);
      case "max_dirty_mb" -> dirtyMib = number(name, value, 4, 1 << 20);
      case "max_string_table_mb" -> stringTableMib = number(name, value, 1, 1 << 20);
      case "max_inode_cache_entries" -> inodeCacheEntries = (int) number(name, value, 100, 1 << 30);
      case "max_known_inodes" -> knownInodes = number(name, value, 1000, 1 << 30);
      case "io_uring" -> ioUring = onOffAuto(name, value);
      case "idle_poll" -> idlePoll = onOffAuto(name, value);
      case "attr_timeout" -> attributeTimeout = seconds(name, value);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static IllegalArgumentException wrong(String name, String value, String expected) {
    return new IllegalArgumentException(
        "mount option " + name + "=" + value + ": the value has to be " + expected);
  }

  private static long number(String name, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw wrong(name, value, "a number from " + least + " to " + most);
  }

  /** Ids are unsigned 32-bit numbers but for the one that means none. */
  private static int id(String name, String value) {
    return (int) number(name, value, 0, 0xffff_fffeL);
  }

  private static int umask(String value) {
    try {
      int mask = Integer.parseInt(value, 8);
      if (mask >= 0 && mask <= 0777) {
        return mask;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw wrong("umask", value, "octal digits up to 777, such as 022");
  }

  private static BigDecimal seconds(String name, String value) {
    // No exponents: written out, a small one may have a thousand million digits.
    if (value.matches("[0-9]{1,5}([.][0-9]{1,9})?")) {
      BigDecimal seconds = new BigDecimal(value);
      if (seconds.compareTo(BigDecimal.valueOf(86_400)) <= 0) {
        return seconds;
      }
    }
    throw wrong(name, value, "seconds from 0 to 86400");
  }

  private static CompressionPolicy compression(String value) {
    try {
      return CompressionPolicy.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "mount option compress=" + value + ": " + e.getMessage(), e);
    }
  }

  private static OnOffAuto onOffAuto(String name, String value) {
    return switch (value) {
      case "auto" -> OnOffAuto.AUTO;
      case "on" -> OnOffAuto.ON;
      case "off" -> OnOffAuto.OFF;
      default -> throw wrong(name, value, "auto, on or off");
    };
  }

  private static ErrorPolicy errors(String value) {
    return switch (value) {
      case "remount-ro" -> ErrorPolicy.REMOUNT_RO;
      case "panic", "abort" -> ErrorPolicy.ABORT;
      default -> throw wrong("errors", value, "remount-ro or abort");
    };
  }

  /** How the volume is opened. */
  public VolumeOptions volumeOptions() {
    return volume
        .readOnly(readOnly)
        .maxCacheBytes(cacheMib * MIB)
        .maxDirtyBytes(dirtyMib * MIB)
        .maxStringTableBytes(stringTableMib * MIB)
        .maxInodeCacheEntries(inodeCacheEntries)
        .build();
  }

  /** How many inodes the kernel may know. */
  public long mostKnown() {
    return knownInodes;
  }

  /** Whether idle processors are to be kept from halting. */
  public OnOffAuto idlePoll() {
    return idlePoll;
  }

  /** Whether a mount that is there is to be changed. */
  public boolean remount() {
    return remount;
  }

  /** Whether nothing may be written. */
  public boolean readOnly() {
    return readOnly;
  }

  /** How owners and permissions are shown. */
  public Presentation presentation() {
    return new Presentation(uid, gid, umask);
  }

  /**
   * What the transport is to mount.
   *
   * @param directory the mount point
   * @param image the source unless {@code fsname=} says otherwise
   * @param root whether the superuser mounts, who lets everybody in by default
   */
  public MountRequest request(java.nio.file.Path directory, String image, boolean root) {
    boolean anybody = allowOther == null ? root : allowOther;
    return new MountRequest(
        directory,
        fsname == null ? image : fsname,
        fsname == null && isBlockDevice(java.nio.file.Path.of(image)),
        SUBTYPE,
        readOnly,
        suid,
        dev,
        exec,
        volumeOptions().atime(),
        anybody,
        // No permission holds the superuser back. Without checks the kernel saves a GETATTR before
        // each change of a directory, whose attributes it drops with each such change.
        !root || anybody || defaultPermissions,
        attributeTimeout,
        writebackCache,
        knownInodes,
        ioUring,
        idlePoll);
  }

  private static boolean isBlockDevice(java.nio.file.Path image) {
    try {
      int mode = (int) java.nio.file.Files.getAttribute(image, "unix:mode");
      return (mode & FileType.MASK) == FileType.BLOCK;
    } catch (java.io.IOException | UnsupportedOperationException e) {
      return false; // opening it says more
    }
  }
}
