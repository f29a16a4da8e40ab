package org.razorfs.bench.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameTest {
  private static Frame graph() {
    Frame root = new Frame("all");
    root.add(List.of("thread a", "A.run", "B.read"), 3);
    root.add(List.of("thread a", "A.run", "C.write"), 4);
    root.add(List.of("thread a", "A.run"), 2);
    root.add(List.of("thread b", "A.run", "B.read"), 1);
    return root;
  }

  private static Frame at(Frame frame, String... names) {
    Frame found = frame;
    for (String name : names) {
      found = found.callees().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
    }
    return found;
  }

  @Test
  void stacksWithTheSameCallersAreFoldedIntoOne() {
    Frame root = graph();
    assertEquals(10, root.weight());
    assertEquals(0, root.self());
    assertEquals(9, at(root, "thread a", "A.run").weight());
    assertEquals(2, at(root, "thread a", "A.run").self());
    assertEquals(3, at(root, "thread a", "A.run", "B.read").self());
    assertEquals(1, at(root, "thread b", "A.run", "B.read").weight());
    assertEquals(3, root.depth());
  }

  @Test
  void noCalleeIsWiderThanItsCaller() {
    assertWithin(graph());
  }

  private static void assertWithin(Frame frame) {
    long below = frame.callees().stream().mapToLong(Frame::weight).sum();
    assertTrue(below <= frame.weight(), frame.name());
    frame.callees().forEach(FrameTest::assertWithin);
  }

  @Test
  void aMethodIsSummedUpOverAllItsCallers() {
    List<HotMethods.Method> methods = new HotMethods(graph()).top(10);
    assertEquals(
        List.of(
            new HotMethods.Method("B.read", 4, 4),
            new HotMethods.Method("C.write", 4, 4),
            new HotMethods.Method("A.run", 2, 10)),
        methods);
    assertEquals(1, new HotMethods(graph()).top(1).size());
  }

  @Test
  void recursionIsNotCountedTwice() {
    Frame root = new Frame("all");
    root.add(List.of("thread a", "A.walk", "B.visit", "A.walk", "A.walk"), 5);
    assertEquals(
        List.of(new HotMethods.Method("A.walk", 5, 5), new HotMethods.Method("B.visit", 0, 5)),
        new HotMethods(root).top(10));
  }

  @Test
  void aRecordingOfThisProcessHasItsMethodsInIt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("test.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.ObjectAllocationSample").withStackTrace();
      recording.enable("jdk.JVMInformation");
      recording.start();
      long sum = 0;
      for (int i = 0; i < 200; i++) {
        sum += allocate();
      }
      assertEquals(200L << 20, sum);
      recording.stop();
      recording.dump(file);
    }
    Recordings recordings = new Recordings(Aspect.ALLOC);
    recordings.add(file);
    assertTrue(recordings.samples() > 0);
    assertTrue(
        new HotMethods(recordings.root())
            .top(Integer.MAX_VALUE).stream()
                .anyMatch(method -> method.name().endsWith("FrameTest.allocate")),
        "the method that allocates is in the graph");
    Recordings cpu = new Recordings(Aspect.LOCK);
    cpu.add(file);
    assertEquals(0, cpu.root().weight());
    assertFalse(Recordings.isOfDaemon(file));
  }

  private static int allocate() {
    return new byte[1 << 20].length;
  }
}
