package org.razorfs.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.razorfs.crash.AllowedContent;
import org.razorfs.crash.FileHistory;
import org.razorfs.crash.FileHistory.Kind;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.SparseBytes;

/**
 * Test support: one client of a mount whose daemon will be killed. It changes a directory of its
 * own, one operation after the other, and keeps a record of what it did and what was acknowledged;
 * from that it knows what may be found there after the kill.
 */
final class KillClient {
  private static final int MAX_SIZE = 500_000;
  private static final String[] DIRECTORIES = {"a", "b"};

  /** What all clients of a mount share. */
  static final class Shared {
    private final AtomicInteger sequence = new AtomicInteger(1);
    private final AtomicLong clock = new AtomicLong();
    private final AtomicLong committed = new AtomicLong();

    /** A sync that began at this moment has been acknowledged. */
    private void synced(long started) {
      committed.accumulateAndGet(started, Math::max);
    }
  }

  /** One file, under however many names. */
  private static final class Tracked {
    private final FileHistory history = new FileHistory();
    private final SparseBytes content = new SparseBytes();
    private FileChannel channel;
  }

  /** What stands for a directory among the names. */
  private static final Tracked DIRECTORY = new Tracked();

  private final Path root;
  private final Shared shared;
  private final SplittableRandom random;
  private final Runnable afterEach;

  /** The names after so many operations; an operation is entered here before it is begun. */
  private final List<Map<String, Tracked>> versions = new ArrayList<>();

  /** When operations were completed; its size is how many. */
  private final List<Long> completed = new ArrayList<>();

  /** What was done, for messages. */
  private final List<String> said = new ArrayList<>();

  private final List<Tracked> open = new ArrayList<>();
  private boolean gathers;
  private int acknowledged;
  private int syncs;

  KillClient(Path root, Shared shared, long seed, Runnable afterEach) throws IOException {
    this.root = Files.createDirectory(root);
    this.shared = shared;
    this.random = new SplittableRandom(seed);
    this.afterEach = afterEach;
    versions.add(new TreeMap<>());
  }

  /**
   * Goes on until an operation fails, with which it ends.
   *
   * @param gathers whether the kernel gathers writes: then data has reached the daemon only after a
   *     sync, and in no order
   */
  IOException run(boolean gathers) {
    this.gathers = gathers;
    try {
      while (true) {
        step();
        afterEach.run();
      }
    } catch (IOException e) {
      return e;
    }
  }

  /** Closes all files, which the daemon's death has made useless. */
  void close() {
    for (Tracked file : open) {
      try {
        file.channel.close();
      } catch (IOException e) {
        // nobody is there to hear of it
      }
      file.channel = null;
    }
    open.clear();
  }

  int operations() {
    return completed.size();
  }

  int syncs() {
    return syncs;
  }

  private Map<String, Tracked> names() {
    return versions.get(versions.size() - 1);
  }

  /** Enters an operation that is about to begin, and returns its number. */
  private int begin(Map<String, Tracked> names, String what) {
    versions.add(names);
    int number = versions.size() - 2;
    said.add(number + " " + what);
    return number;
  }

  private void done() {
    completed.add(shared.clock.incrementAndGet());
  }

  private void step() throws IOException {
    int dice = random.nextInt(100);
    String path = pathIn(names());
    Tracked file = names().get(path);
    if (dice < 8) {
      changeDirectory(DIRECTORIES[random.nextInt(DIRECTORIES.length)]);
    } else if (file == null) {
      create(path);
    } else if (dice < 38) {
      write(file, random.nextInt((int) Math.min(MAX_SIZE, file.content.size()) + 1));
    } else if (dice < 48) {
      write(file, file.content.size() < MAX_SIZE ? file.content.size() : 0);
    } else if (dice < 54) {
      truncate(file, random.nextInt((int) file.content.size() + 2000));
    } else if (dice < 66) {
      rename(path, pathIn(names()));
    } else if (dice < 76) {
      unlink(path);
    } else if (dice < 80) {
      link(path, pathIn(names()));
    } else {
      sync(file, dice);
    }
  }

  private String pathIn(Map<String, Tracked> names) {
    String name = "f" + random.nextInt(8);
    String directory = DIRECTORIES[random.nextInt(DIRECTORIES.length)];
    return random.nextInt(3) > 0 && names.containsKey(directory) ? directory + "/" + name : name;
  }

  private void changeDirectory(String name) throws IOException {
    Map<String, Tracked> names = new TreeMap<>(names());
    if (names.putIfAbsent(name, DIRECTORY) == null) {
      begin(names, "mkdir " + name);
      Files.createDirectory(root.resolve(name));
      done();
    } else if (names.keySet().stream().noneMatch(path -> path.startsWith(name + "/"))) {
      names.remove(name);
      begin(names, "rmdir " + name);
      Files.delete(root.resolve(name));
      done();
    }
  }

  private FileChannel channel(Tracked file, StandardOpenOption... how) throws IOException {
    if (file.channel == null) {
      file.channel = FileChannel.open(root.resolve(nameOf(file)), how);
      open.add(file);
    }
    return file.channel;
  }

  private FileChannel channel(Tracked file) throws IOException {
    return channel(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void create(String path) throws IOException {
    Map<String, Tracked> names = new TreeMap<>(names());
    Tracked file = new Tracked();
    names.put(path, file);
    begin(names, "create " + path);
    channel(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    done();
  }

  private void write(Tracked file, long offset) throws IOException {
    int length = 1 + random.nextInt(random.nextInt(8) == 0 ? 300_000 : 20_000);
    long at = random.nextBoolean() ? offset : offset / 4096 * 4096;
    Content.Texture texture = random.nextBoolean() ? Content.Texture.NOISE : Content.Texture.TEXT;
    byte[] bytes = Content.bytes(shared.sequence.getAndIncrement(), texture, at, length);
    file.content.write(at, bytes);
    FileChannel channel = channel(file);
    String what = "write " + nameOf(file) + " " + length + " at " + at;
    file.history.changed(begin(names(), what), Kind.WRITE, at, length, file.content.copy());
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer, at + buffer.position());
    }
    done();
  }

  private void truncate(Tracked file, long size) throws IOException {
    FileChannel channel = channel(file);
    long before = file.content.size();
    file.content.truncate(size);
    String what = "truncate " + nameOf(file) + " from " + before + " to " + size;
    file.history.changed(begin(names(), what), Kind.CUT, size, 0, file.content.copy());
    if (size < before) {
      channel.truncate(size);
    } else {
      // A channel's truncate makes no file longer.
      try (RandomAccessFile longer =
          new RandomAccessFile(root.resolve(nameOf(file)).toFile(), "rw")) {
        longer.setLength(size);
      }
    }
    done();
  }

  private String nameOf(Tracked file) {
    return names().entrySet().stream()
        .filter(entry -> entry.getValue() == file)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private void rename(String from, String to) throws IOException {
    Map<String, Tracked> names = new TreeMap<>(names());
    Tracked file = names.get(from);
    Tracked replaced = names.get(to);
    if (replaced != file) { // two names of one file stay two names
      names.remove(from);
      names.put(to, file);
    }
    int operation = begin(names, "rename " + from + " to " + to);
    if (replaced != null && replaced != file && !gathers) {
      file.history.replaced(operation);
    }
    Files.move(
        root.resolve(from),
        root.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    done();
    forget(replaced);
  }

  private void unlink(String path) throws IOException {
    Map<String, Tracked> names = new TreeMap<>(names());
    Tracked file = names.remove(path);
    begin(names, "unlink " + path);
    Files.delete(root.resolve(path));
    done();
    forget(file);
  }

  /** Closes a file that has lost its last name, or leaves it open as an orphan. */
  private void forget(Tracked file) throws IOException {
    if (file != null
        && file.channel != null
        && !names().containsValue(file)
        && random.nextBoolean()) {
      file.channel.close();
      file.channel = null;
      open.remove(file);
    }
  }

  private void link(String from, String to) throws IOException {
    Map<String, Tracked> names = new TreeMap<>(names());
    if (names.putIfAbsent(to, names.get(from)) == null) {
      begin(names, "link " + from + " to " + to);
      Files.createLink(root.resolve(to), root.resolve(from));
      done();
    }
  }

  private void sync(Tracked file, int dice) throws IOException {
    long started = shared.clock.incrementAndGet();
    if (dice < 97) {
      channel(file).force(dice < 94);
      file.history.synced(completed.size());
    } else {
      try (FileChannel directory = FileChannel.open(root, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
    // All operations before it are durable with it, those of other clients as well.
    acknowledged = completed.size();
    shared.synced(started);
    syncs++;
    said.add(dice < 97 ? "synced " + nameOf(file) : "synced everything");
  }

  /** What a file on the mount is. */
  private record Found(byte[] content, int links) {}

  private Map<String, Found> look() throws IOException {
    Map<String, Found> found = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        if (!path.equals(root)) {
          found.put(
              root.relativize(path).toString(),
              Files.isDirectory(path)
                  ? new Found(null, 0)
                  : new Found(
                      Files.readAllBytes(path), (int) Files.getAttribute(path, "unix:nlink")));
        }
      }
    }
    return found;
  }

  /**
   * Looks at what is there after the kill, and begins anew with that.
   *
   * @return why it cannot have come of what was done and acknowledged, or null
   */
  String verify() throws IOException {
    Map<String, Found> found = look();
    int least = acknowledged;
    while (least < completed.size() && completed.get(least) < shared.committed.get()) {
      least++;
    }
    List<String> problems = new ArrayList<>();
    for (int prefix = versions.size() - 1; prefix >= least; prefix--) {
      String problem = problem(prefix, found);
      if (problem == null) {
        restart(versions.get(prefix), found);
        return null;
      }
      problems.add("after " + prefix + " operations: " + problem);
    }
    int shown = Math.min(problems.size(), 40);
    return String.format(
        "%s: none of the states after %d to %d operations (%d acknowledged, %d synced): %s%n"
            + "It did:%n  %s",
        root.getFileName(),
        least,
        versions.size() - 1,
        completed.size(),
        acknowledged,
        String.join("\n  ", problems.subList(0, shown)),
        String.join("\n  ", said.subList(Math.max(0, said.size() - 40), said.size())));
  }

  private String problem(int prefix, Map<String, Found> found) {
    Map<String, Tracked> names = versions.get(prefix);
    if (!names.keySet().equals(found.keySet())) {
      return "names " + names.keySet() + ", found " + found.keySet();
    }
    Map<Tracked, Integer> links = new HashMap<>();
    names.values().forEach(file -> links.merge(file, 1, Integer::sum));
    for (Map.Entry<String, Tracked> entry : names.entrySet()) {
      String problem = problem(prefix, entry.getValue(), links, found.get(entry.getKey()));
      if (problem != null) {
        return entry.getKey() + ": " + problem;
      }
    }
    return null;
  }

  private String problem(int prefix, Tracked file, Map<Tracked, Integer> links, Found found) {
    if (file == DIRECTORY || found.content == null) {
      return file == DIRECTORY && found.content == null ? null : "of another type";
    }
    if (found.links != links.get(file)) {
      return found.links + " links, expected " + links.get(file);
    }
    int floor = file.history.floor(0, Integer.MAX_VALUE, prefix);
    if (gathers && file.history.changedSince(floor)) {
      return null;
    }
    AllowedContent allowed = file.history.allowed(floor, prefix);
    String size = allowed.checkSize(found.content.length);
    return size != null ? size : allowed.checkBytes(found.content.length, 0, found.content);
  }

  private void restart(Map<String, Tracked> before, Map<String, Found> found) {
    Map<Tracked, Tracked> again = new HashMap<>();
    Map<String, Tracked> names = new TreeMap<>();
    before.forEach(
        (path, file) ->
            names.put(
                path,
                file == DIRECTORY
                    ? DIRECTORY
                    : again.computeIfAbsent(file, f -> known(found.get(path).content))));
    versions.clear();
    versions.add(names);
    said.clear();
    completed.clear();
    acknowledged = 0;
    syncs = 0;
  }

  /** A file whose content is known and durable before the first operation. */
  private static Tracked known(byte[] content) {
    Tracked file = new Tracked();
    file.content.write(0, content);
    file.history.changed(-1, Kind.WRITE, 0, content.length, file.content.copy());
    return file;
  }
}
