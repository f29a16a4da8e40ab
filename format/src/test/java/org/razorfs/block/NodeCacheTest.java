package org.razorfs.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.TreeId;

class NodeCacheTest {
  private static final UUID VOLUME = new UUID(1, 2);

  private static NodeBuilder.Sealed node(long number, long birth, int valueLength) {
    NodeBuilder builder = new NodeBuilder(Geometry.DEFAULT_NODE, 0);
    builder.add(number, birth, new byte[valueLength], 0, valueLength);
    return builder.seal(TreeId.INODES, VOLUME, address(number), birth);
  }

  private static long address(long number) {
    return Geometry.JOURNAL_START + number * Geometry.DEFAULT_NODE;
  }

  private static void put(NodeCache cache, NodeBuilder.Sealed sealed) {
    cache.put(sealed.pointer(), sealed.node());
  }

  @Test
  void aPointerOfAnotherBirthOrCrcFindsNothing() {
    NodeCache cache = new NodeCache(1 << 20);
    NodeBuilder.Sealed old = node(1, 5, 10);
    NodeBuilder.Sealed young = node(1, 6, 10);
    put(cache, old);
    assertSame(old.node(), cache.get(old.pointer()));
    assertNull(cache.get(young.pointer()));
    assertNull(cache.get(address(1), 5, ~old.pointer().crc()));
    put(cache, young);
    assertNull(cache.get(old.pointer()));
    assertSame(young.node(), cache.get(young.pointer()));
    assertEquals(young.node().length() + NodeCache.OVERHEAD, cache.weight());
    assertEquals(2, cache.hits());
    assertEquals(3, cache.misses());
  }

  @Test
  void theBoundHoldsWhateverIsAdded() {
    NodeCache cache = new NodeCache(200_000);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 1; i < 5_000; i++) {
      NodeBuilder.Sealed sealed = node(random.nextInt(1, 2_000), i, random.nextInt(4_000));
      put(cache, sealed);
      assertTrue(cache.weight() <= 200_000);
    }
    assertTrue(cache.weight() > 150_000, "a cache that is hardly used: " + cache.weight());
  }

  @Test
  void evictedAndClearedNodesAreGone() {
    NodeCache cache = new NodeCache(1 << 20);
    NodeBuilder.Sealed one = node(1, 1, 10);
    NodeBuilder.Sealed two = node(2, 1, 10);
    put(cache, one);
    put(cache, two);
    cache.evict(one.pointer().address());
    cache.evict(address(77));
    assertNull(cache.get(one.pointer()));
    assertNotNull(cache.get(two.pointer()));
    cache.clear();
    assertNull(cache.get(two.pointer()));
    assertEquals(0, cache.weight());
  }

  @Test
  void aCacheOfNoBytesHoldsNothing() {
    NodeCache cache = new NodeCache(0);
    NodeBuilder.Sealed one = node(1, 1, 10);
    put(cache, one);
    assertNull(cache.get(one.pointer()));
    assertEquals(0, cache.weight());
  }

  @Test
  void aNewSizeKeepsWhatFits() {
    NodeCache cache = new NodeCache(4 << 20);
    List<NodeBuilder.Sealed> nodes = new ArrayList<>();
    for (int i = 1; i <= 1_000; i++) {
      nodes.add(node(i, 1, 1_000));
      put(cache, nodes.get(i - 1));
    }
    long weight = cache.weight();
    cache.resize(64 << 20);
    assertEquals(64 << 20, cache.maxBytes());
    assertEquals(weight, cache.weight());
    for (NodeBuilder.Sealed sealed : nodes) {
      assertSame(sealed.node(), cache.get(sealed.pointer()));
    }
    cache.resize(weight / 2);
    assertTrue(cache.weight() <= weight / 2);
    long found = nodes.stream().filter(n -> cache.get(n.pointer()) != null).count();
    assertTrue(found > 200 && found <= 500, found + " found");
    cache.resize(0);
    assertEquals(0, cache.weight());
  }

  @Test
  void nodesInUseSurviveAScan() {
    NodeCache cache = new NodeCache(400_000);
    List<NodeBuilder.Sealed> used = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      used.add(node(i, 1, 1_000));
      put(cache, used.get(i - 1));
    }
    long lost = 0;
    for (int i = 100; i < 20_000; i++) {
      put(cache, node(i, 1, 1_000));
      if (i % 50 == 0) {
        for (NodeBuilder.Sealed sealed : used) {
          if (cache.get(sealed.pointer()) == null) {
            lost++;
            put(cache, sealed);
          }
        }
      }
    }
    assertTrue(lost < 20, lost + " nodes in constant use were evicted");
  }

  @Test
  void threadsNeverGetAnotherNode() throws Exception {
    NodeCache cache = new NodeCache(60_000);
    NodeBuilder.Sealed[][] nodes = new NodeBuilder.Sealed[64][4];
    for (int i = 0; i < nodes.length; i++) {
      for (int birth = 0; birth < 4; birth++) {
        nodes[i][birth] = node(i + 1, birth + 1, 100 * (i % 20));
      }
    }
    int threads = 4;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<Future<?>> results = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      SplittableRandom random = new SplittableRandom(t);
      results.add(
          executor.submit(
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  NodeBuilder.Sealed sealed = nodes[random.nextInt(64)][random.nextInt(4)];
                  switch (random.nextInt(i % 1_000 == 0 ? 5 : 4)) {
                    case 0 -> put(cache, sealed);
                    case 1 -> cache.evict(sealed.pointer().address());
                    case 4 -> cache.resize(random.nextInt(20_000, 100_000));
                    default -> {
                      var found = cache.get(sealed.pointer());
                      assertTrue(found == null || found == sealed.node());
                    }
                  }
                }
              }));
    }
    for (Future<?> result : results) {
      result.get();
    }
    executor.shutdown();
    assertTrue(cache.weight() >= 0 && cache.weight() <= cache.maxBytes() + 4 * 4_000);
    for (int i = 1; i <= 64; i++) {
      cache.evict(address(i));
    }
    assertEquals(0, cache.weight());
  }
}
