package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** What programs do with files, through the kernel and one mount; over each transport. */
@Tag("mount")
@TestInstance(Lifecycle.PER_CLASS)
abstract class MountedFilesTest {
  private final String transport;
  private MountFixture fixture;
  private Path dir;

  MountedFilesTest(String transport) {
    this.transport = transport;
  }

  @BeforeAll
  void mount(@TempDir Path work) throws IOException {
    MountFixture.requireMounting(transport);
    fixture = new MountFixture(work, "256M", transport).mount();
  }

  @AfterAll
  void umount() throws IOException {
    if (fixture != null) {
      try (MountFixture closing = fixture) {
        closing.umount();
      }
    }
  }

  @BeforeEach
  void makeDirectory(TestInfo test) throws IOException {
    dir = Files.createDirectory(fixture.path(test.getTestMethod().orElseThrow().getName()));
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(dir.resolve(name), content);
  }

  private String shell(String script) throws IOException {
    return fixture.shell("cd '" + dir.getFileName() + "'; " + script);
  }

  private byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    for (int size : new int[] {0, 1, 511, 512, 4095, 4096, 4097, 131_071, 131_073, 3_000_000}) {
      byte[] bytes = random(size);
      Path file = Files.write(dir.resolve("f" + size), bytes);
      assertEquals(size, Files.size(file));
      assertArrayEquals(bytes, Files.readAllBytes(file));
    }
  }

  @Test
  void overwritesInTheMiddleAndAppends() throws IOException {
    byte[] expected = random(500_000);
    Path file = Files.write(dir.resolve("f"), expected);
    byte[] patch = random(1000);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(patch), 130_900);
      System.arraycopy(patch, 0, expected, 130_900, 1000);
    }
    assertArrayEquals(expected, Files.readAllBytes(file));
    Files.write(file, patch, StandardOpenOption.APPEND);
    assertEquals(501_000, Files.size(file));
    shell("echo one > log; echo two >> log; test \"$(cat log)\" = $'one\\ntwo'");
  }

  @Test
  void moreWritersThanThreadsMakeTheirFilesDurable() throws Exception {
    int writers = 100;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        byte[] content = random(1000 + i);
        Path file = dir.resolve("f" + i);
        all.add(
            pool.submit(
                () -> {
                  for (int round = 0; round < 10; round++) {
                    Files.write(file, content);
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                      channel.force(true);
                    }
                  }
                  assertArrayEquals(content, Files.readAllBytes(file));
                  return null;
                }));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void truncatesShorterAndLonger() throws IOException {
    Path file = Files.write(dir.resolve("f"), random(10_000));
    shell("truncate -s 100 f; truncate -s 5000 f");
    byte[] content = Files.readAllBytes(file);
    assertEquals(5000, content.length);
    for (int i = 100; i < 5000; i++) {
      assertEquals(0, content[i], "byte " + i);
    }
    shell("echo x > f; test $(stat -c %s f) = 2");
  }

  @Test
  void holesTakeNoSpaceAndReadAsZeros() throws IOException {
    shell("truncate -s 1G f; echo end >> f; test $(stat -c %b f) -lt 100");
    shell("test \"$(tail -c 4 f)\" = end; test $(stat -c %s f) = 1073741828");
    shell("dd if=/dev/urandom of=g bs=64k count=16 status=none; fallocate -p -o 65536 -l 524288 g");
    shell("test \"$(dd if=g bs=64k skip=1 count=8 status=none | tr -d '\\0' | wc -c)\" = 0");
    shell("fallocate -l 2M h; test $(stat -c %s h) = 2097152");
  }

  @Test
  void sharedMappingsReachTheFile() throws IOException {
    byte[] expected = random(300_000);
    Path file = Files.write(dir.resolve("f"), expected);
    for (int i = 0; i < 300_000; i += 10_007) {
      expected[i] = (byte) (expected[i] + 1);
    }
    // In another process, as Java tells nobody when a mapping ends.
    MountFixture.sh(
        String.format(
            "'%s/bin/java' -cp '%s' %s '%s'",
            System.getProperty("java.home"),
            System.getProperty("java.class.path"),
            AddThroughMapping.class.getName(),
            file));
    assertArrayEquals(expected, Files.readAllBytes(file));
  }

  @Test
  void namesMayHoldAnyBytes() throws IOException {
    shell(
        "perl -e 'for my $i (1..255) { next if $i == 47; my $n = chr($i) x 3;"
            + " next if $n eq \"...\" and 0; open(F, \">\", \"./$n\") or die \"$i: $!\";"
            + " print F $i; close F; }"
            + " for my $i (1..255) { next if $i == 47; my $n = chr($i) x 3;"
            + " open(F, \"<\", \"./$n\") or die \"$i: $!\"; my $c = <F>; $c == $i or die $i; }"
            + " opendir(D, \".\"); my @n = grep { !/^\\.\\.?$/ } readdir(D); @n == 254 or die scalar(@n);"
            + " for my $n (@n) { length($n) == 3 or die; unlink($n) == 1 or die $!; }'");
    shell("n=$(printf 'x%.0s' {1..255}); touch $n; ls | grep -q $n; ! touch ${n}y 2>/dev/null");
    shell(
        "n=$(printf '\\xff%.0s' {1..255}); mkdir $n; touch $n/a; mv $n \"$n\"z 2>/dev/null || ls $n");
    shell(
        "ln -s \"$(printf '\\x80\\xff')\" l; test \"$(readlink l)\" = \"$(printf '\\x80\\xff')\"");
  }

  @Test
  void timesKeepTheirNanoseconds() throws IOException {
    shell("touch f; touch -d '2001-02-03 04:05:06.123456789 UTC' f");
    assertEquals("981173106.123456789", shell("stat -c %.9Y f"));
    shell("touch -a -d '1969-12-31 23:59:58.5 UTC' f");
    assertEquals("981173106.123456789", shell("stat -c %.9Y f"));
    assertEquals("-1.500000000", shell("stat -c %.9X f"));
    shell("touch -h -d '2100-01-01 UTC' f; mkdir d; touch -d '2200-01-01 UTC' d");
    assertEquals("4102444800 7258118400", shell("echo $(stat -c %Y f d)"));
  }

  @Test
  void modesAndOwnersAreKept() throws IOException {
    shell("touch f; chmod 4751 f; chown 12:34 f; mkdir d; chmod 3770 d; chgrp 56 d");
    // chown takes the set-user-id bit away.
    assertEquals("751 12:34", shell("stat -c '%a %u:%g' f"));
    assertEquals("3770 0:56", shell("stat -c '%a %u:%g' d"));
    shell("(umask 027; touch d/g; mkdir d/e)");
    assertEquals("640 0:56", shell("stat -c '%a %u:%g' d/g"));
    assertEquals("2750 0:56", shell("stat -c '%a %u:%g' d/e"));
  }

  @Test
  void hardLinksAreOneFile() throws IOException {
    write("a", "text");
    shell("ln a b; mkdir d; ln a d/c");
    assertEquals("3 3 3", shell("echo $(stat -c %h a b d/c)"));
    assertEquals("1", shell("stat -c %i a b d/c | sort -u | wc -l"));
    shell("echo more >> b; cmp a d/c");
    assertEquals("textmore", Files.readString(dir.resolve("d/c")).strip());
    shell("rm a; truncate -s 3 b");
    assertEquals("tex", Files.readString(dir.resolve("d/c")));
    assertEquals("2 2", shell("echo $(stat -c %h b d/c)"));
  }

  @Test
  void specialFilesKeepTheirKind() throws IOException {
    shell("mkfifo p; mknod c c 1 5; mknod b b 7 300; ln -s nowhere l");
    assertEquals("fifo|", shell("stat -c '%F|' p"));
    assertEquals("character special file 1,5", shell("stat -c '%F %t,%T' c"));
    assertEquals("block special file 7,12c", shell("stat -c '%F %t,%T' b"));
    assertEquals("nowhere", shell("readlink l"));
    shell("(echo through > p &); test \"$(cat p)\" = through");
    shell(
        "perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"s\")) or die $!;'"
            + "; test -S s");
  }

  @Test
  void extendedAttributesAreKept() throws IOException {
    Path file = write("f", "x");
    Files.setAttribute(file, "user:k", ByteBuffer.wrap(random(2000)));
    assertArrayEquals(random(2000), (byte[]) Files.getAttribute(file, "user:k"));
    assertTrue(Files.readAttributes(file, "*").size() > 5);
    String names =
        shell(
            "perl -e 'require \"syscall.ph\" if 0;"
                + " my ($f, $n, $v) = (\"f\", \"trusted.t\", \"value\");"
                + " syscall(188, $f, $n, $v, 5, 0) == 0 or syscall(5, $f, $n, $v, 5, 0) == 0"
                + " or die $!; print \"set\"'");
    assertEquals("set", names);
  }

  @Test
  void anUnlinkedFileGoesOnWhileItIsOpen() throws IOException {
    shell(
        "perl -e 'open(F, \"+>\", \"f\") or die; syswrite(F, \"text\"); unlink(\"f\") == 1 or die;"
            + " -e \"f\" and die \"still there\"; my @s = stat(F); @s or die \"fstat: $!\";"
            + " $s[3] == 0 or die \"nlink $s[3]\"; $s[7] == 4 or die \"size $s[7]\";"
            + " chmod(0600, *F) == 1 or die \"fchmod: $!\"; @s = stat(F);"
            + " ($s[2] & 07777) == 0600 or die \"mode\"; syswrite(F, \"more\");"
            + " utime(1, 2, *F) == 1 or die \"futimens: $!\"; truncate(F, 6) or die;"
            + " sysseek(F, 0, 0); sysread(F, my $b, 100); $b eq \"textmo\" or die $b;"
            + " opendir(D, \".\"); my @n = grep { !/^\\.\\.?$/ } readdir(D); @n == 0 or die \"@n\";'");
    assertEquals("", shell("ls -A"));
    shell("mkdir d; exec 5> d/f; rm d/f; rmdir d; echo x >&5; exec 5>&-");
  }

  @Test
  void renamesOverFilesThatAreOpen() throws IOException {
    Path old = write("old", "old");
    write("new", "new");
    try (FileChannel open = FileChannel.open(old, StandardOpenOption.READ)) {
      Files.move(dir.resolve("new"), old, StandardCopyOption.ATOMIC_MOVE);
      assertEquals("new", Files.readString(old));
      ByteBuffer buffer = ByteBuffer.allocate(10);
      open.read(buffer, 0);
      assertEquals(
          "old", new String(buffer.array(), 0, 3, java.nio.charset.StandardCharsets.UTF_8));
    }
    assertEquals("old", shell("ls -A"));
  }

  @Test
  void renamesDirectoriesWithAllBelow() throws IOException {
    shell("mkdir -p a/b/c; echo x > a/b/c/f; mv a/b z; cat z/c/f; test ! -e a/b; mv z a/y");
    assertEquals("x", shell("cat a/y/c/f"));
    shell("mkdir e; mv -T a/y e; cat e/c/f; ! mv -T a e 2>/dev/null");
    shell("! mv e e/c 2>/dev/null");
  }

  @Test
  void errorsAreThoseOfAnyFileSystem() throws IOException {
    Path file = write("f", "x");
    Files.createDirectory(dir.resolve("d"));
    write("d/g", "y");
    assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(dir.resolve("d")));
    assertThrows(FileAlreadyExistsException.class, () -> Files.createFile(file));
    assertThrows(IOException.class, () -> Files.createDirectory(file.resolve("below")));
    shell("! rmdir f 2>/dev/null; ! cat d 2>/dev/null; ! ln d e 2>/dev/null");
  }

  @Test
  void listsLargeDirectoriesWhole() throws IOException {
    shell(
        "seq 1 3000 | xargs touch; test $(ls | wc -l) = 3000; test $(ls -U | sort -u | wc -l) = 3000");
    shell("ls | xargs rm; test -z \"$(ls -A)\"");
  }

  @Test
  void permissionsAreEnforced() throws IOException {
    shell("echo secret > f; chmod 600 f; mkdir d; chmod 755 .");
    String setpriv = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
    shell("! " + setpriv + "cat f 2>/dev/null; ! " + setpriv + "touch d/x 2>/dev/null");
    shell("chmod 777 d; " + setpriv + "touch d/x; test $(stat -c %u d/x) = 65534");
  }

  @Test
  void locksWork() throws IOException {
    shell("exec 5> lock; flock -n 5; ! flock -n lock true; exec 5>&-; flock -n lock true");
  }

  @Test
  void synchronousWritesReturn() throws IOException {
    shell("dd if=/dev/zero of=f bs=4k count=20 oflag=sync status=none");
    shell("dd if=/dev/zero of=g bs=4k count=20 oflag=dsync conv=fsync status=none; sync -f g");
    assertEquals(81_920, Files.size(dir.resolve("f")));
    assertFalse(Files.exists(dir.resolve("h")));
  }
}
