package org.razorfs.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Node;

/**
 * Verified tree nodes in memory, bounded by bytes, found by address.
 *
 * <p>Addresses are reused, so a hit must also agree with the pointer's birth generation and CRC; a
 * node that does not agree is as good as absent. Hits take no lock and allocate nothing.
 *
 * <p>The table is set-associative: an address can be in {@value #WAYS} neighbouring slots only,
 * whose tags lie side by side. Eviction is a clock that gives every use a further round, up to
 * three, so that a scan over leaves does not push out the inner nodes that all lookups share.
 */
public final class NodeCache {
  /** What a cached node costs beyond its stored bytes: objects, headers and its share of slots. */
  public static final int OVERHEAD = 128;

  private static final int WAYS = 8;
  private static final int STRIPES = 64;
  private static final int MOST_USES = 3;
  private static final int BYTES_PER_SLOT = 2048;
  private static final int MOST_SETS = 1 << 24;
  private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(Entry[].class);

  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];
  private final ReentrantLock sweeping = new ReentrantLock();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final AtomicLong weight = new AtomicLong();
  private volatile Table table;
  private volatile long maxBytes;
  private int hand;

  /** A cache of at most {@code maxBytes} bytes; 0 caches nothing. */
  public NodeCache(long maxBytes) {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
    this.maxBytes = maxBytes;
    this.table = new Table(maxBytes);
  }

  /** The node that a pointer with these fields means, or null. */
  public Node get(long address, long birth, int crc) {
    Table current = table;
    long[] tags = current.tags;
    int base = current.base(address);
    for (int slot = base; slot < base + WAYS; slot++) {
      if (tags[slot] == address) {
        Entry entry = (Entry) ENTRY.getAcquire(current.entries, slot);
        // Tag and entry are two stores; a reader in between may see one without the other.
        if (entry != null && entry.address == address && entry.birth == birth && entry.crc == crc) {
          if (entry.uses < MOST_USES) {
            entry.uses++;
          }
          hits.increment();
          return entry.node;
        }
      }
    }
    misses.increment();
    return null;
  }

  /** As {@link #get(long, long, int)}. */
  public Node get(BlockPointer pointer) {
    return get(pointer.address(), pointer.birth(), pointer.crc());
  }

  /** Adds a verified node, in place of any other at its address, and evicts what is too much. */
  public void put(BlockPointer pointer, Node node) {
    Entry entry = new Entry(pointer, node);
    if (entry.weight > maxBytes) {
      evict(pointer.address());
      return;
    }
    ReentrantLock stripe = stripe(pointer.address());
    stripe.lock();
    try {
      store(table, entry);
    } finally {
      stripe.unlock();
    }
    shrink();
  }

  /** Forgets the node at {@code address}, if there is one. */
  public void evict(long address) {
    ReentrantLock stripe = stripe(address);
    stripe.lock();
    try {
      Table current = table;
      int base = current.base(address);
      for (int slot = base; slot < base + WAYS; slot++) {
        if (current.tags[slot] == address) {
          clear(current, slot);
        }
      }
    } finally {
      stripe.unlock();
    }
  }

  /** Forgets all nodes. */
  public void clear() {
    rebuild(maxBytes, false);
  }

  /** Changes the bound; evicts at once what no longer fits. */
  public void resize(long newMaxBytes) {
    rebuild(newMaxBytes, true);
    shrink();
  }

  /** The bound in bytes. */
  public long maxBytes() {
    return maxBytes;
  }

  /** The bytes held now, {@link #OVERHEAD} of each node included. */
  public long weight() {
    return weight.get();
  }

  /** Lookups that found their node, since the start. */
  public long hits() {
    return hits.sum();
  }

  /** Lookups that did not, since the start. */
  public long misses() {
    return misses.sum();
  }

  /** Under the stripe of the entry's address. */
  private void store(Table target, Entry entry) {
    int base = target.base(entry.address);
    int into = -1;
    for (int slot = base; slot < base + WAYS && into < 0; slot++) {
      if (target.tags[slot] == entry.address) {
        into = slot;
      }
    }
    for (int slot = base; slot < base + WAYS && into < 0; slot++) {
      if (target.entries[slot] == null) {
        into = slot;
      }
    }
    while (into < 0) {
      for (int slot = base; slot < base + WAYS && into < 0; slot++) {
        if (target.entries[slot].uses-- <= 0) {
          into = slot;
        }
      }
    }
    Entry previous = target.entries[into];
    weight.addAndGet(entry.weight - (previous == null ? 0 : previous.weight));
    ENTRY.setRelease(target.entries, into, entry);
    target.tags[into] = entry.address;
  }

  /** Under the stripe of the slot. */
  private void clear(Table target, int slot) {
    Entry entry = target.entries[slot];
    target.tags[slot] = 0;
    ENTRY.setRelease(target.entries, slot, null);
    weight.addAndGet(-entry.weight);
  }

  /** Whoever finds a sweep in progress leaves the work to it. */
  private void shrink() {
    while (weight.get() > maxBytes && sweeping.tryLock()) {
      try {
        sweep();
      } finally {
        sweeping.unlock();
      }
    }
  }

  private void sweep() {
    while (weight.get() > maxBytes) {
      int set = hand++;
      ReentrantLock stripe = stripes[set & (STRIPES - 1)];
      stripe.lock();
      try {
        Table current = table;
        int base = (set & current.mask) * WAYS;
        for (int slot = base; slot < base + WAYS && weight.get() > maxBytes; slot++) {
          Entry entry = current.entries[slot];
          if (entry != null && entry.uses-- <= 0) {
            clear(current, slot);
          }
        }
      } finally {
        stripe.unlock();
      }
    }
  }

  private void rebuild(long newMaxBytes, boolean keep) {
    for (ReentrantLock stripe : stripes) {
      stripe.lock();
    }
    try {
      Table old = table;
      Table next = new Table(newMaxBytes);
      weight.set(0);
      if (keep) {
        for (Entry entry : old.entries) {
          if (entry != null) {
            store(next, entry);
          }
        }
      }
      maxBytes = newMaxBytes;
      table = next;
    } finally {
      for (ReentrantLock stripe : stripes) {
        stripe.unlock();
      }
    }
  }

  private ReentrantLock stripe(long address) {
    // The low bits of every table's set number, whatever the size of the table.
    return stripes[mix(address) & (STRIPES - 1)];
  }

  private static int mix(long address) {
    long product = address * 0x9e37_79b9_7f4a_7c15L;
    return (int) (product >>> 36);
  }

  private static final class Entry {
    private final long address;
    private final long birth;
    private final int crc;
    private final int weight;
    private final Node node;

    /** Written without a lock by readers: a lost update costs nothing but a worse guess. */
    private byte uses;

    Entry(BlockPointer pointer, Node node) {
      this.address = pointer.address();
      this.birth = pointer.birth();
      this.crc = pointer.crc();
      this.weight = node.length() + OVERHEAD;
      this.node = node;
    }
  }

  private static final class Table {
    private final int mask;
    private final long[] tags;
    private final Entry[] entries;

    Table(long maxBytes) {
      long wanted = Math.max(STRIPES, maxBytes / (BYTES_PER_SLOT * WAYS));
      int sets = Integer.highestOneBit((int) Math.min(wanted, MOST_SETS));
      this.mask = sets - 1;
      this.tags = new long[sets * WAYS];
      this.entries = new Entry[sets * WAYS];
    }

    int base(long address) {
      return (mix(address) & mask) * WAYS;
    }
  }
}
