package org.razorfs.strings;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;
import org.razorfs.wire.Name;
import org.razorfs.wire.SipHash;

/**
 * String table, spec §5.6: names and their ids, each distinct name once. A cache of bounded size
 * answers for the names in use; a name that a transaction is about to use is pinned until the
 * transaction ends, so that two transactions never give one name two ids.
 */
public final class StringTable {
  private static final int STRIPES = 64;
  private static final int ENTRY_OVERHEAD = 120;

  private final Metadata metadata;
  private final SipHash hash;
  private final AtomicLong nextId;
  private final Object[] stripes = new Object[STRIPES];
  private final ConcurrentHashMap<Name, Pin> pins = new ConcurrentHashMap<>();
  private final Cache<Name, Long> idByName;
  private final Cache<Long, byte[]> nameById;

  /** A name that transactions under way refer to; guarded by its stripe. */
  private static final class Pin {
    final long id;
    int holders;

    Pin(long id) {
      this.id = id;
    }
  }

  /**
   * @param nextId the id for the next new name; shared with the checkpoint, which stores it
   * @param cacheBytes the limit of the cache
   */
  public StringTable(Metadata metadata, SipHash hash, AtomicLong nextId, long cacheBytes) {
    this.metadata = metadata;
    this.hash = hash;
    this.nextId = nextId;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Object();
    }
    idByName =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes / 2)
            .weigher((Name name, Long id) -> ENTRY_OVERHEAD + name.bytes().length)
            .executor(Runnable::run)
            .build();
    nameById =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes / 2)
            .weigher((Long id, byte[] name) -> ENTRY_OVERHEAD + name.length)
            .executor(Runnable::run)
            .build();
  }

  /** Throws where {@code name} can't be a file's name. */
  public static void check(byte[] name) throws FsException {
    if (name.length > Geometry.MAX_NAME) {
      throw FsException.of(Fault.NAME_TOO_LONG, "a name of " + name.length + " bytes");
    }
    if (name.length == 0) {
      throw FsException.of(Fault.NO_SUCH_ENTRY, "the empty name");
    }
    if (name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'))) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "the name of a directory itself or its parent");
    }
    for (byte b : name) {
      if (b == '/' || b == 0) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "a name with '/' or NUL in it");
      }
    }
  }

  /** The id of a name, or 0 where nothing on the volume has that name. */
  public long find(byte[] text) throws IOException {
    Name name = new Name(text);
    Long cached = idByName.getIfPresent(name);
    if (cached != null) {
      return cached;
    }
    long id = metadata.nameId(name, hash.hash(text));
    if (id != 0) {
      // Only under the stripe, and after another look: a checkpoint may just have removed the name.
      synchronized (stripe(name)) {
        if (metadata.nameId(name, hash.hash(text)) == id) {
          idByName.put(name, id);
        }
      }
    }
    return id;
  }

  /**
   * The id of a name, new where the name is; pinned until {@code transaction} ends, and referred to
   * by one more when it commits.
   */
  public long intern(byte[] text, Transaction transaction) throws IOException {
    Name name = new Name(text.clone());
    long id;
    synchronized (stripe(name)) {
      Pin pin = pins.get(name);
      if (pin == null) {
        pin = new Pin(findOrCreate(name));
        pins.put(name, pin);
      }
      pin.holders++;
      id = pin.id;
    }
    transaction.atEnd(() -> unpin(name));
    transaction.referName(id, name.bytes(), 1);
    return id;
  }

  /** Takes one reference to a name away when {@code transaction} commits. */
  public void release(long id, Transaction transaction) throws IOException {
    transaction.referName(id, name(id), -1);
  }

  /** The name with an id; not to be changed. */
  public byte[] name(long id) throws IOException {
    byte[] name = nameById.getIfPresent(id);
    if (name == null) {
      name = metadata.name(id);
      nameById.put(id, name);
    }
    return name;
  }

  /** Forgets a name that a checkpoint has removed; called after the new trees are in use. */
  public void removed(long id, Name name) {
    synchronized (stripe(name)) {
      Long cached = idByName.getIfPresent(name);
      if (cached != null && cached == id) {
        idByName.invalidate(name);
      }
    }
    nameById.invalidate(id);
  }

  private long findOrCreate(Name name) throws IOException {
    Long cached = idByName.getIfPresent(name);
    if (cached != null) {
      return cached;
    }
    long id = metadata.nameId(name, hash.hash(name.bytes()));
    if (id == 0) {
      // Not cached: the epoch will answer for it, and most new names are not asked for again soon.
      return nextId.getAndIncrement();
    }
    idByName.put(name, id);
    return id;
  }

  private void unpin(Name name) {
    synchronized (stripe(name)) {
      Pin pin = pins.get(name);
      if (--pin.holders == 0) {
        pins.remove(name);
      }
    }
  }

  private Object stripe(Name name) {
    return stripes[(name.hashCode() * 0x9e3779b9) >>> 26];
  }
}
