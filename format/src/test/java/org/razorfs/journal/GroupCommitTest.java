package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;

/** Many threads commit at once: they share flushes, and none is answered too early. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GroupCommitTest {

  @Test
  void followersOfOneFlushShareTheNext() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f = heldInFlush(inFlush, go);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      long lsn = f.appendSized(100, i);
      Thread thread = new Thread(() -> assertCommits(f.journal, lsn));
      threads.add(thread);
      thread.start();
      inFlush.await();
    }
    for (Thread thread : threads.subList(1, 9)) {
      BlockingDevice.awaitParked(thread);
    }
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    JournalStatistics statistics = f.journal.statistics();
    assertEquals(9, statistics.commits());
    assertEquals(2, statistics.flushes());
    assertEquals(2, statistics.batches());
    assertEquals(2, statistics.writes());
    assertEquals(9, statistics.transactions());
    assertEquals(11, statistics.records());
    assertEquals(List.of(1L, 0L, 0L, 1L), statistics.groups().subList(0, 4)); // of 1 and of 8
    assertEquals(f.journal.appended(), statistics.bytesWritten());
    assertTrue(statistics.commitNanos() > 0);
    assertTrue(statistics.flushNanos() > 0);
    assertTrue(statistics.writeNanos() > 0);
  }

  /** A journal whose flushes say that they have begun, and wait. */
  private static JournalFixture heldInFlush(CountDownLatch begun, CountDownLatch go) {
    JournalFixture f = new JournalFixture(1 << 20);
    f.device =
        new BlockingDevice(f.memory) {
          @Override
          public void flush() throws IOException {
            begun.countDown();
            BlockingDevice.await(go);
            super.flush();
          }
        };
    f.reopen(0, JournalFixture.EPOCH);
    return f;
  }

  private static void assertCommits(Journal journal, long lsn) {
    try {
      journal.commit(lsn);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatHasBegunNeedsOnlyTheFlush() throws Exception {
    List<String> calls = new ArrayList<>();
    JournalFixture f = new JournalFixture(1 << 20);
    f.device =
        new BlockingDevice(f.memory) {
          @Override
          public void write(long position, ByteBuffer source) throws IOException {
            calls.add("write " + position + "+" + source.remaining());
            super.write(position, source);
          }

          @Override
          public void startWriteback(long position, long length) {
            calls.add("start " + position + "+" + length);
          }

          @Override
          public void flush() throws IOException {
            calls.add("flush");
            super.flush();
          }
        };
    f.reopen(0, JournalFixture.EPOCH);
    f.journal.startCommit();
    assertEquals(List.of(), calls, "where nothing was appended");
    long lsn = f.appendSized(100, 1);
    f.journal.startCommit();
    f.journal.startCommit();
    assertEquals(List.of("write 1024+512", "start 1024+512"), calls);
    assertTrue(f.journal.durable() < lsn);
    f.journal.commit(lsn);
    assertEquals(List.of("write 1024+512", "start 1024+512", "flush"), calls);
    assertTrue(f.journal.durable() >= lsn);
    assertEquals(List.of(1L), f.recovered(f.memory, 0));
  }

  @Test
  void beginningWaitsForNobody() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f = heldInFlush(inFlush, go);
    long first = f.appendSized(100, 1);
    Thread thread = new Thread(() -> assertCommits(f.journal, first));
    thread.start();
    inFlush.await();
    long second = f.appendSized(100, 2);
    f.journal.startCommit();
    assertEquals(1, f.journal.statistics().writes());
    go.countDown();
    thread.join();
    f.journal.commit(second);
    assertEquals(List.of(1L, 2L), f.recovered(f.memory, 0));
  }

  @Test
  void acknowledgedRecordsAreOnADeviceThatLostEverythingUnflushed() throws Exception {
    int threadCount = 4;
    int each = 250;
    JournalFixture f = new JournalFixture(4 << 20);
    MemoryDevice initial = f.memory.fork();
    RecordingDevice recording = new RecordingDevice(f.memory);
    f.device = recording;
    f.reopen(0, JournalFixture.EPOCH);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < threadCount; t++) {
      int first = t * each;
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = first; i < first + each; i++) {
                    long end = f.append(i % 50, i % 400, i);
                    if (i % 7 == 3) {
                      f.journal.write();
                    } else if (i % 7 == 5) {
                      f.journal.startCommit();
                    }
                    f.journal.commit(end);
                    recording.mark((long) i);
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    JournalStatistics statistics = f.journal.statistics();
    int all = threadCount * each;
    assertTrue(statistics.flushes() <= all);
    assertEquals(all, statistics.commits() + statistics.commitsAtOnce());
    assertEquals(all, f.recovered(f.memory, 0).size());

    // Crash after every flush and look only at what was flushed until then.
    List<RecordingDevice.Event> events = recording.events();
    Set<Long> acknowledged = new HashSet<>();
    int flushed = 0;
    int checked = 0;
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i) instanceof RecordingDevice.Flush) {
        RecordingDevice.replay(events.subList(flushed, i + 1), initial);
        flushed = i + 1;
      } else if (events.get(i) instanceof RecordingDevice.Mark mark) {
        acknowledged.add((Long) mark.label());
        if (acknowledged.size() % 97 == 0) {
          assertTrue(new HashSet<>(f.recovered(initial, 0)).containsAll(acknowledged));
          checked++;
        }
      }
    }
    assertEquals(all, acknowledged.size());
    assertTrue(checked >= 10);
  }

  @Test
  void checkpointsWhileManyCommitLoseNothing() throws Exception {
    JournalFixture f = new JournalFixture(64 << 10);
    CountDownLatch done = new CountDownLatch(3);
    Set<Long> checkpointed = Collections.synchronizedSet(new HashSet<>());
    List<List<Long>> active = new ArrayList<>(); // guarded by the append lock
    active.add(new ArrayList<>());
    java.util.concurrent.Semaphore wanted = new java.util.concurrent.Semaphore(0);
    f.reopen(
        0,
        JournalFixture.EPOCH,
        new JournalListener() {
          @Override
          public void ringFull() {
            wanted.release();
          }

          @Override
          public void failed(org.razorfs.fault.FsException cause) {
            throw new AssertionError(cause);
          }
        });
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 3; t++) {
      int first = t * 1000;
      new Thread(
              () -> {
                try {
                  for (int i = first; i < first + 400; i++) {
                    long inode = i;
                    long ticket = f.journal.reserve(2000);
                    long end =
                        f.journal.append(
                            ticket,
                            org.razorfs.layout.Operation.CREATE,
                            inode,
                            JournalFixture.payload(i % 300, i),
                            JournalFixture.payload(i % 700, i),
                            lsn -> active.get(0).add(inode));
                    if (i % 5 == 0) {
                      f.journal.commit(end);
                    }
                  }
                } catch (Throwable e) {
                  failures.add(e);
                } finally {
                  done.countDown();
                  wanted.release();
                }
              })
          .start();
    }
    long tail = 0;
    while (done.getCount() > 0) {
      wanted.acquire();
      List<List<Long>> frozen = new ArrayList<>();
      tail =
          f.journal.atCut(
              cut -> {
                frozen.add(active.set(0, new ArrayList<>()));
                return cut.lsn();
              });
      checkpointed.addAll(frozen.get(0));
      f.journal.release(tail);
    }
    assertEquals(List.of(), failures);
    f.journal.commit(f.journal.appended());
    List<Long> replayed = f.recovered(f.memory, tail);
    assertEquals(new HashSet<>(active.get(0)), new HashSet<>(replayed));
    assertEquals(1200, checkpointed.size() + replayed.size());
  }
}
