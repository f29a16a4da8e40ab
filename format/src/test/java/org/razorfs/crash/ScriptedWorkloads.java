package org.razorfs.crash;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.model.posix.Content.Texture;
import org.razorfs.model.posix.Op;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.RenameMode;

/** Histories that each dwell on one way in which file systems have lost data. */
public final class ScriptedWorkloads {
  private static final TestImage SMALL = TestImage.SMALL;

  /** Data does not fit into memory, so it is stored in the middle of operations. */
  private static final TestImage LITTLE_MEMORY =
      new TestImage(2 << 20, 64 << 10, 8 << 10, 192 << 10);

  private static final TestImage TIGHT = new TestImage(512 << 10, 64 << 10, 8 << 10, 8 << 20);

  /** Small synchronous writes go into the journal itself. */
  private static final TestImage LARGE_JOURNAL = new TestImage(5 << 20, 1 << 20, 8 << 10, 8 << 20);

  private static final TestImage LARGE_NODES = new TestImage(2 << 20, 128 << 10, 16 << 10, 8 << 20);

  private ScriptedWorkloads() {}

  public static List<Workload> all() {
    return List.of(
        workload("fsync-each", fsyncEach()),
        workload("no-sync", noSync()),
        workload("rename-over", renameOver()),
        workload("rename-over-synced", renameOverSynced()),
        workload("name-used-again", nameUsedAgain()),
        workload("truncate", truncate()),
        workload("truncate-unsynced", truncateUnsynced()),
        workload("truncate-in-steps", truncateInSteps()),
        workload("append", append()),
        workload("append-odd", appendOdd()),
        new Workload("inline-append", LARGE_JOURNAL, append().ops()),
        new Workload("inline-append-odd", LARGE_JOURNAL, appendOdd().ops()),
        new Workload("inline-small-synchronous", LARGE_JOURNAL, smallSynchronous().ops()),
        new Workload("inline-truncate", LARGE_JOURNAL, truncateUnsynced().ops()),
        new Workload("inline-fallocate", LARGE_JOURNAL, fallocate().ops()),
        workload("holes", holes()),
        workload("xattrs", xattrs()),
        workload("hard-links", hardLinks()),
        workload("symlinks", symlinks()),
        workload("exchange", exchange()),
        workload("tmpfile", tmpfile()),
        workload("unlinked-open", unlinkedOpen()),
        workload("trees", trees()),
        workload("checkpoints", checkpoints()),
        workload("journal-wrap", journalWrap()),
        workload("journal-wrap-names", journalWrapNames()),
        workload("fallocate", fallocate()),
        workload("fallocate-in-steps", fallocateInSteps()),
        workload("packs", packs()),
        workload("packs-overwritten", packsOverwritten()),
        workload("packs-compacted", packsCompacted()),
        workload("packs-half-dead", packsHalfDead()),
        workload("overwrite-in-chunks", overwriteInChunks()),
        workload("pieces-merged", piecesMerged()),
        new Workload("pieces-merged-inline", LARGE_JOURNAL, piecesMerged().ops()),
        workload("merged-and-written-again", mergedAndWrittenAgain()),
        workload("small-synchronous", smallSynchronous()),
        workload("clone", cloneRanges()),
        workload("clone-packs", clonePacks()),
        workload("clone-pieces", clonePieces()),
        new Workload("clone-pieces-inline", LARGE_JOURNAL, clonePieces().ops()),
        workload("clone-unsynced", cloneUnsynced()),
        workload("attributes", attributes()),
        workload("nodes", nodes()),
        workload("reopen", reopen()),
        workload("noise", noise()),
        workload("zeros", zeros()),
        workload("everything", everything()),
        new Workload("pressure", LITTLE_MEMORY, pressure()),
        new Workload("full", TIGHT, full()),
        new Workload("full-compacted", TIGHT, fullCompacted()),
        new Workload("wide-directory", LARGE_NODES, wideDirectoryPrelude(), wideDirectory()),
        new Workload("many-strings", SMALL, wideDirectoryPrelude(), manyStrings()));
  }

  /** The one of a name. */
  public static Workload named(String name) {
    return all().stream().filter(w -> w.name().equals(name)).findFirst().orElseThrow();
  }

  private static Workload workload(String name, Script script) {
    return new Workload(name, SMALL, script.ops());
  }

  private static Script fsyncEach() {
    Script s = new Script();
    for (int i = 0; i < 8; i++) {
      s.create("/f" + i).write("/f" + i, 0, 700 * i + 100).fsync("/f" + i);
    }
    return s.write("/f3", 100, 300).fdatasync("/f3").write("/f3", 0, 5000).fsync("/");
  }

  private static Script noSync() {
    Script s = new Script();
    for (int i = 0; i < 12; i++) {
      s.create("/f" + i).write("/f" + i, 0, 3000).mkdir("/d" + i);
    }
    return s.sync().unlink("/f3").write("/f4", 1000, 9000).rename("/f5", "/d1/f5");
  }

  private static Script renameOver() {
    Script s = new Script().create("/config").write("/config", 0, 3000).sync();
    for (int i = 0; i < 6; i++) {
      s.create("/config.new").write("/config.new", 0, 3000 + 800 * i);
      s.rename("/config.new", "/config");
      if (i % 2 == 1) {
        s.fsync("/");
      }
    }
    return s;
  }

  private static Script renameOverSynced() {
    Script s = new Script().create("/a").write("/a", 0, 20000).sync();
    for (int i = 0; i < 4; i++) {
      s.create("/b").write("/b", 0, 9000).fsync("/b").rename("/b", "/a").fsync("/");
      s.append("/a", 100);
    }
    return s;
  }

  private static Script nameUsedAgain() {
    Script s = new Script();
    for (int i = 0; i < 5; i++) {
      s.create("/same").write("/same", 0, 6000, i % 2 == 0 ? Texture.TEXT : Texture.NOISE);
      s.fsync("/same").unlink("/same");
      s.create("/same").write("/same", 512L * i, 2000).sync();
      if (i % 2 == 0) {
        s.checkpoint();
      }
      s.unlink("/same");
    }
    return s.sync();
  }

  private static Script truncate() {
    Script s = new Script().create("/t").write("/t", 0, 40000).fsync("/t");
    s.truncate("/t", 12345).fsync("/t").truncate("/t", 30000).fsync("/t");
    s.write("/t", 20000, 3000).fsync("/t").truncate("/t", 0).fsync("/t");
    s.write("/t", 0, 1000).truncate("/t", 500).write("/t", 500, 700).fsync("/t");
    return s.truncate("/t", 1 << 20).write("/t", (1 << 20) - 100, 50).sync().truncate("/t", 77);
  }

  private static Script truncateUnsynced() {
    Script s = new Script().create("/t").write("/t", 0, 9000).sync();
    s.write("/t", 4000, 9000).truncate("/t", 5000).mkdir("/d1").fsync("/");
    s.write("/t", 5000, 4000).truncate("/t", 20000).mkdir("/d2").fsync("/");
    s.write("/t", 0, 600).truncate("/t", 100).truncate("/t", 3000).mkdir("/d3").fsync("/d3");
    s.create("/u").write("/u", 0, 50000).truncate("/u", 200).fsync("/");
    return s.create("/v").truncate("/v", 5000).write("/v", 1000, 100).fsync("/").sync();
  }

  /** More extents than one transaction removes. */
  private static Script truncateInSteps() {
    Script s = new Script().create("/t").create("/u").xattr("/u", "user.one", 100);
    for (int i = 0; i < 70; i++) {
      s.write("/t", i * 8192L, 600).write("/u", i * 8192L, 600, Texture.NOISE);
    }
    s.sync().truncate("/t", 5000).truncate("/t", 100_000).fsync("/t");
    s.write("/t", 200_000, 300).fsync("/t").unlink("/u").create("/v").fsync("/v");
    return s.write("/t", 50_000, 100).sync();
  }

  private static Script append() {
    Script s = new Script().create("/log").create("/log2");
    for (int i = 0; i < 16; i++) {
      s.append("/log", 4096).fsync("/log");
      s.append("/log2", 1024);
    }
    return s.fsync("/log2");
  }

  private static Script appendOdd() {
    Script s = new Script().create("/log");
    for (int i = 0; i < 20; i++) {
      s.append("/log", 37 * i + 11);
      if (i % 3 == 0) {
        s.fdatasync("/log");
      }
    }
    return s;
  }

  private static Script holes() {
    Script s = new Script().create("/h").write("/h", 100_000, 5000).fsync("/h");
    s.write("/h", 10_000, 2000).fsync("/h").write("/h", 1 << 30, 600).fsync("/h");
    s.write("/h", 300_000, 100).write("/h", 50_000, 100).sync();
    return s.truncate("/h", 200_000).write("/h", 1L << 40, 10).write("/h", 0, 10).fsync("/h");
  }

  private static Script xattrs() {
    Script s = new Script().create("/x").mkdir("/d").symlink("/l", "x");
    s.xattr("/x", "user.one", 10).fsync("/x").xattr("/x", "user.one", 2500).fsync("/x");
    s.xattr("/x", "user.two", 7000).xattr("/d", "security.capability", 20).fsync("/d");
    s.xattr("/l", "trusted.l", 30).removeXattr("/x", "user.one").fsync("/x").checkpoint();
    s.xattr("/x", "user.two", 100).xattr("/x", "user.empty", 0).sync();
    return s.unlink("/x").removeXattr("/d", "security.capability").sync();
  }

  private static Script hardLinks() {
    Script s = new Script().create("/a").mkdir("/d").write("/a", 0, 2000).fsync("/a");
    for (int i = 0; i < 6; i++) {
      s.link("/a", "/d/l" + i);
    }
    s.fsync("/d").unlink("/a").write("/d/l0", 0, 100).fsync("/d/l3").unlink("/d/l0");
    s.rename("/d/l1", "/d/l2").rename("/d/l3", "/top").fsync("/").unlink("/d/l4");
    return s.unlink("/d/l5").unlink("/d/l1").unlink("/d/l2").unlink("/top").rmdir("/d").sync();
  }

  private static Script symlinks() {
    Script s = new Script();
    for (int i = 0; i < 6; i++) {
      s.symlink("/s" + i, "t".repeat(i * 200 + 1));
      if (i % 2 == 0) {
        s.fsync("/");
      }
    }
    return s.unlink("/s1").rename("/s2", "/s3").sync().unlink("/s5").symlink("/s5", "new").sync();
  }

  private static Script exchange() {
    Script s = new Script().mkdir("/d").create("/d/x").create("/a").mkdir("/e");
    s.write("/a", 0, 3000).write("/d/x", 0, 100).sync();
    s.rename("/a", "/d/x", RenameMode.EXCHANGE).fsync("/d");
    s.rename("/d", "/a", RenameMode.EXCHANGE).fsync("/");
    s.rename("/e", "/a", RenameMode.EXCHANGE).mkdir("/e/sub").fsync("/");
    s.rename("/e/x", "/gone", RenameMode.WHITEOUT).fsync("/gone");
    s.rename("/gone", "/e/x", RenameMode.NO_REPLACE).rename("/gone", "/e/x").sync();
    return s.rename("/e/sub", "/moved").rename("/moved", "/d", RenameMode.NO_REPLACE).sync();
  }

  private static Script tmpfile() {
    Script s = new Script().mkdir("/d").tmpfile("#1", "/d").write("#1", 0, 5000).fsync("#1");
    s.link("#1", "/d/named").fsync("/d").tmpfile("#2", "/").write("#2", 0, 3000);
    s.link("#2", "/two").close("#1").fsync("/two").tmpfile("#3", "/d").write("#3", 0, 10000);
    return s.sync().close("#3").sync().unlink("/two").write("#2", 3000, 3000).sync().close("#2");
  }

  private static Script unlinkedOpen() {
    Script s = new Script().create("/a").write("/a", 0, 8000).open("#1", "/a").fsync("/a");
    s.unlink("/a").write("#1", 4000, 8000).fsync("#1").create("/a").write("/a", 0, 500);
    s.fsync("/a").mkdir("/d").open("#2", "/d").rmdir("/d").sync().truncate("#1", 100);
    s.checkpoint().write("#1", 0, 3000).close("#1").sync().close("#2").create("/b").sync();
    return s.open("#3", "/b").create("/c").rename("/c", "/b").write("#3", 0, 900).fsync("#3");
  }

  private static Script trees() {
    Script s = new Script().mkdir("/a").mkdir("/a/b").mkdir("/a/b/c").create("/a/b/c/f");
    s.write("/a/b/c/f", 0, 1500).fsync("/a/b/c/f").mkdir("/z").rename("/a/b", "/z/b");
    s.fsync("/z").create("/z/b/c/g").rename("/z/b/c", "/c").rmdir("/z/b").fsync("/");
    s.mkdir("/z/deep").mkdir("/z/deep/deeper").rename("/c", "/z/deep/deeper/c");
    s.checkpoint().rename("/z/deep/deeper", "/up").unlink("/up/c/f").rmdir("/a").sync();
    return s.unlink("/up/c/g").rmdir("/up/c").rmdir("/up").rmdir("/z/deep").rmdir("/z").sync();
  }

  private static Script checkpoints() {
    Script s = new Script();
    for (int i = 0; i < 6; i++) {
      s.create("/f" + i).write("/f" + i, 0, 5000).mkdir("/d" + i).checkpoint();
      s.write("/f" + i, 2000, 300).create("/d" + i + "/x").fsync("/f" + i);
      if (i > 1) {
        s.unlink("/f" + (i - 1)).rmdir("/d" + (i - 2)).unlink("/d" + (i - 2) + "/x");
      }
    }
    return s.checkpoint().checkpoint();
  }

  private static Script journalWrap() {
    Script s = new Script().create("/x");
    for (int i = 0; i < 48; i++) {
      s.xattr("/x", "user." + i % 3, 2000 + i * 16);
      if (i % 4 == 3) {
        s.fsync("/x");
      }
      if (i % 10 == 9) {
        s.create("/n" + i).write("/n" + i, 0, 2500);
      }
    }
    return s;
  }

  private static Script journalWrapNames() {
    Script s = new Script().mkdir("/d");
    for (int i = 0; i < 150; i++) {
      s.create("/d/" + i + "-" + "name".repeat(40 + i % 20));
      if (i % 12 == 0) {
        s.fsync("/d");
      }
      if (i > 9) {
        s.unlink("/d/" + (i - 10) + "-" + "name".repeat(40 + (i - 10) % 20));
      }
    }
    return s.sync();
  }

  private static Script fallocate() {
    Script s = new Script().create("/f").write("/f", 0, 30000).fsync("/f");
    s.allocate("/f", FallocateMode.PUNCH_HOLE, 5000, 10000).fsync("/f");
    s.allocate("/f", FallocateMode.ZERO_RANGE, 25000, 10000).mkdir("/d").fsync("/d");
    s.allocate("/f", FallocateMode.KEEP_SIZE, 60000, 20000).fsync("/f").write("/f", 61000, 100);
    s.allocate("/f", FallocateMode.ALLOCATE, 0, 100_000).fsync("/f").write("/f", 8000, 4000);
    s.allocate("/f", FallocateMode.PUNCH_HOLE, 9000, 500).mkdir("/e").fsync("/e");
    s.allocate("/f", FallocateMode.ZERO_RANGE_KEEP_SIZE, 90_000, 50_000).sync();
    return s.create("/g")
        .allocate("/g", FallocateMode.ALLOCATE, 0, 50000)
        .write("/g", 0, 50000)
        .checkpoint()
        .allocate("/g", FallocateMode.PUNCH_HOLE, 0, 50000)
        .sync();
  }

  private static Script fallocateInSteps() {
    Script s = new Script().create("/t").create("/u").create("/v");
    for (int i = 0; i < 70; i++) {
      s.write("/t", i * 8192L, 600).write("/u", i * 8192L, 600, Texture.NOISE);
      s.write("/v", i * 2048L, 600);
    }
    s.sync().allocate("/t", FallocateMode.PUNCH_HOLE, 100, 500_000).fsync("/t");
    s.allocate("/u", FallocateMode.ZERO_RANGE, 8300, 580_000).write("/u", 50_000, 100).fsync("/u");
    s.allocate("/v", FallocateMode.ALLOCATE, 0, 150_000).unlink("/t").sync();
    return s.allocate("/v", FallocateMode.PUNCH_HOLE, 0, 140_000).write("/v", 70_000, 100).sync();
  }

  private static Script packs() {
    Script s = new Script().mkdir("/p");
    for (int i = 0; i < 30; i++) {
      s.create("/p/" + i).write("/p/" + i, 0, 40 + i * i * 2);
    }
    s.sync();
    for (int i = 0; i < 30; i += 2) {
      s.unlink("/p/" + i);
    }
    s.fsync("/p").checkpoint();
    for (int i = 1; i < 30; i += 2) {
      s.unlink("/p/" + i);
    }
    return s.sync();
  }

  private static Script packsOverwritten() {
    Script s = new Script();
    for (int i = 0; i < 12; i++) {
      s.create("/" + i)
          .write("/" + i, 0, 1500 + i * 100, i % 3 == 0 ? Texture.NOISE : Texture.TEXT);
    }
    s.sync();
    s.write("/3", 500, 200).fsync("/3").truncate("/4", 700).fsync("/4").append("/5", 5000);
    s.write("/6", 0, 2100).copy("/7", 0, "/8", 1000, 900).sync().rename("/9", "/10");
    return s.unlink("/11").checkpoint().write("/0", 1, 1).fsync("/0").unlink("/1").sync();
  }

  /** What is left of several packs is moved to one, and changes before and after. */
  private static Script packsCompacted() {
    Script s = new Script().mkdir("/p");
    for (int i = 0; i < 30; i++) {
      s.create("/p/" + i).write("/p/" + i, 0, 300 + i * i * 2);
      if (i % 10 == 9) {
        s.sync();
      }
    }
    for (int i = 0; i < 30; i++) {
      if (i % 5 != 0) {
        s.unlink("/p/" + i);
      }
    }
    s.fsync("/p").write("/p/5", 100, 50).truncate("/p/10", 150).compact();
    s.write("/p/15", 200, 400).fsync("/p/15").unlink("/p/20").fsync("/p").compact();
    return s.unlink("/p/0").unlink("/p/15").compact().sync();
  }

  /** Packs of which only a part can go, and files that are renamed and linked meanwhile. */
  private static Script packsHalfDead() {
    Script s = new Script();
    for (int i = 0; i < 8; i++) {
      s.create("/k" + i).write("/k" + i, 0, 9000, i % 2 == 0 ? Texture.TEXT : Texture.NOISE);
    }
    s.sync().link("/k1", "/l1").rename("/k2", "/k3").open("#1", "/k4").unlink("/k4");
    s.unlink("/k0").unlink("/k5").unlink("/k7").checkpoint().compact();
    s.write("#1", 8000, 3000).fsync("#1").close("#1").append("/k6", 700).compact();
    return s.truncate("/l1", 100).fsync("/l1").unlink("/k1").compact().unlink("/l1").sync();
  }

  private static Script piecesMerged() {
    Script s = new Script().create("/big").write("/big", 0, 150_000).fsync("/big");
    for (int i = 0; i < 10; i++) {
      s.write("/big", (i * 37_123L) % 140_000, 600 + i * 100).fsync("/big");
    }
    s.compact().write("/big", 70_000, 300).fsync("/big");
    s.allocate("/big", FallocateMode.PUNCH_HOLE, 10_000, 90_000).fsync("/big").compact();
    return s.truncate("/big", 120_000).write("/big", 50_000, 2000).compact().sync();
  }

  /** The same places are written, merged, and written again, some of it not made durable. */
  private static Script mergedAndWrittenAgain() {
    Script s = new Script().create("/a").create("/b");
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 6; i++) {
        s.write("/a", i * 1500L, 1500).fsync("/a");
        s.write("/b", 9000 - i * 1500L, 1400, Texture.NOISE);
      }
      s.compact().write("/a", 2000, 100).write("/b", 0, 9000).truncate("/b", 4000 + round);
    }
    return s.allocate("/a", FallocateMode.ALLOCATE, 0, 40_000).compact().unlink("/b").compact();
  }

  private static Script overwriteInChunks() {
    Script s = new Script().create("/big").write("/big", 0, 160_000).fsync("/big");
    for (int i = 0; i < 6; i++) {
      s.write("/big", (i * 37_123L) % 150_000, 4096).fsync("/big");
      s.write("/big", (i * 91_777L) % 150_000, 700);
    }
    s.sync().checkpoint();
    return s.write("/big", 100_000, 40_000, Texture.NOISE)
        .fsync("/big")
        .write("/big", 0, 512)
        .sync();
  }

  private static Script smallSynchronous() {
    Script s = new Script().create("/db").write("/db", 0, 30_000).sync();
    for (int i = 0; i < 12; i++) {
      s.write("/db", i * 2048L, 512).fdatasync("/db");
      s.write("/db", 29_000 - i * 700L, 100).fdatasync("/db");
    }
    return s.checkpoint().write("/db", 100, 100).fdatasync("/db");
  }

  private static Script cloneRanges() {
    Script s = new Script().create("/a").create("/b").write("/a", 0, 140_000).sync();
    s.copy("/a", 0, "/b", 0, 140_000).fsync("/b").write("/a", 4096, 4096).fsync("/a");
    s.copy("/b", 1000, "/b", 139_000, 600).fsync("/b").truncate("/a", 2000).sync();
    s.create("/c").copy("/b", 512, "/c", 300, 50_000).unlink("/b").fsync("/c").checkpoint();
    return s.write("/c", 0, 20_000).sync().copy("/c", 0, "/a", 1500, 100_000).unlink("/c").sync();
  }

  /** Parts of packs in several files, which go one after another, some of them to a new pack. */
  private static Script clonePacks() {
    Script s = new Script();
    for (int i = 0; i < 8; i++) {
      s.create("/f" + i).write("/f" + i, 0, 9000, i % 2 == 0 ? Texture.TEXT : Texture.NOISE);
    }
    s.sync();
    for (int i = 0; i < 8; i++) {
      s.create("/g" + i).copy("/f" + i, 0, "/g" + i, 0, 9000).unlink("/f" + i);
    }
    s.fsync("/g2")
        .create("/h")
        .copy("/g3", 0, "/h", 20_000, 9000)
        .copy("/h", 20_000, "/g4", 0, 8192);
    s.checkpoint().unlink("/g0").unlink("/g5").unlink("/g6").unlink("/g7").checkpoint().compact();
    s.copy("/g3", 500, "/g1", 500, 6000).fsync("/g1").truncate("/g3", 5000).unlink("/g2").compact();
    return s.unlink("/g3").unlink("/h").sync().unlink("/g1").unlink("/g4").sync();
  }

  /** Extents of all kinds and sizes, copied over others, into the same file too. */
  private static Script clonePieces() {
    Script s = new Script().create("/a").create("/b").write("/a", 0, 140_000).sync();
    s.write("/b", 0, 30_000, Texture.NOISE);
    for (int i = 0; i < 6; i++) {
      s.write("/a", (i * 37_123L) % 140_000, 6000 + i * 100, Texture.NOISE).fsync("/a");
    }
    s.write("/a", 5000, 100).fsync("/a");
    s.allocate("/a", FallocateMode.PUNCH_HOLE, 10_000, 9000);
    s.allocate("/a", FallocateMode.ALLOCATE, 12_000, 5000);
    s.allocate("/b", FallocateMode.KEEP_SIZE, 20_000, 90_000).copy("/a", 300, "/b", 8000, 120_000);
    s.fsync("/b")
        .copy("/b", 8000, "/b", 140_000, 50_000)
        .fsync("/b")
        .copy("/b", 0, "/a", 0, 60_000);
    s.copy("/a", 70_000, "/a", 20_000, 40_000).checkpoint().write("/b", 50_000, 700).fsync("/b");
    s.compact().allocate("/a", FallocateMode.ZERO_RANGE, 30_000, 30_000).truncate("/b", 90_000);
    return s.fsync("/a").unlink("/a").compact().truncate("/b", 9000).sync();
  }

  /** Source and target have data that waits, before, in and behind what is copied. */
  private static Script cloneUnsynced() {
    Script s = new Script().create("/a").create("/b").write("/a", 0, 140_000).sync();
    s.write("/a", 30_000, 9000).write("/b", 0, 5000).write("/b", 90_000, 9000);
    s.copy("/a", 4096, "/b", 4000, 80_000)
        .write("/b", 60_000, 300)
        .copy("/a", 0, "/b", 100_000, 9000);
    s.create("/c").fsync("/c").append("/a", 20_000).copy("/a", 100_000, "/c", 0, 60_000);
    s.truncate("/a", 110_000).fsync("/b").append("/c", 500).copy("/b", 0, "/c", 61_000, 50_000);
    s.rename("/c", "/b").create("/d").copy("/b", 0, "/d", 0, 150_000).unlink("/b").fsync("/d");
    return s.write("/d", 70_000, 50_000).copy("/a", 0, "/d", 65_536, 65_536).sync();
  }

  private static Script attributes() {
    Script s = new Script().create("/f").mkdir("/d").write("/f", 0, 600).chmod("/f", 0600);
    s.fsync("/f").chown("/f", 1000, 1000).utimes("/f", 5, -6).fsync("/f").write("/f", 600, 600);
    s.chmod("/f", 0400).mkdir("/d/e").fsync("/d").flags("/f", InodeRecord.NODUMP).sync();
    s.utimes("/d", 1L << 33, 1L << 34).chown("/d", 7, 8).checkpoint().chmod("/d", 02700);
    return s.create("/d/inherits").write("/f", 0, 100).utimes("/f", 1, 2).fsync("/f").sync();
  }

  private static Script nodes() {
    Script s = new Script().mknod("/fifo", FileType.FIFO | 0600, 0);
    s.mknod("/null", FileType.CHARACTER | 0666, 0x103).fsync("/");
    s.mknod("/sda", FileType.BLOCK | 0660, 0x800).mknod("/sock", FileType.SOCKET | 0777, 0);
    return s.sync().rename("/fifo", "/null").unlink("/sda").fsync("/").unlink("/null").sync();
  }

  private static Script reopen() {
    Script s = new Script().create("/a").write("/a", 0, 3000).reopen().write("/a", 1000, 5000);
    s.mkdir("/d").reopen().create("/d/b").write("/d/b", 0, 200).fsync("/d/b").reopen();
    return s.unlink("/a").open("#1", "/d/b").unlink("/d/b").reopen().rmdir("/d").reopen();
  }

  private static Script noise() {
    Script s = new Script().create("/n").write("/n", 0, 30_000, Texture.NOISE).fsync("/n");
    s.write("/n", 1000, 20_000, Texture.NOISE).fsync("/n").append("/n", 9000).fsync("/n");
    return s.create("/m").write("/m", 0, 140_000, Texture.NOISE).sync().unlink("/n").sync();
  }

  private static Script zeros() {
    Script s = new Script().create("/z").write("/z", 0, 20_000, Texture.ZEROS).fsync("/z");
    s.write("/z", 3000, 3000).fsync("/z").write("/z", 2000, 6000, Texture.ZEROS).fsync("/z");
    return s.append("/z", 5000).write("/z", 0, 30_000, Texture.ZEROS).sync();
  }

  /** A little of all that an image can hold, some of it in a checkpoint, the rest not. */
  private static Script everything() {
    Script s = new Script().mkdir("/d").mkdir("/d/e").create("/text").create("/noise");
    s.write("/text", 0, 150_000).write("/noise", 0, 20_000, Texture.NOISE).sync();
    for (int i = 0; i < 24; i++) {
      s.create("/d/small-" + i).write("/d/small-" + i, 0, 300 + 50 * i);
    }
    s.sync().create("/inline").write("/inline", 0, 700).fsync("/inline");
    s.create("/sparse").write("/sparse", 300_000, 2000).symlink("/link", "d/e");
    s.create("/copy").copy("/text", 0, "/copy", 0, 150_000).link("/noise", "/d/e/noise");
    s.mknod("/fifo", FileType.FIFO | 0600, 0).mknod("/disk", FileType.BLOCK | 0600, 0x803);
    s.xattr("/text", "user.one", 40).xattr("/d", "user.one", 3000).sync().checkpoint();
    s.create("/promised").allocate("/promised", FallocateMode.ALLOCATE, 0, 20_000);
    s.write("/promised", 4096, 3000).write("/text", 70_000, 5000).unlink("/d/small-3").sync();
    s.checkpoint().write("/noise", 3000, 4000, Texture.NOISE).rename("/d/small-4", "/moved");
    s.truncate("/copy", 100_000).create("/late").write("/late", 0, 2500).sync();
    s.write("/late", 2500, 2500).xattr("/late", "user.one", 900).sync().mkdir("/later").sync();
    return s.write("/noise", 12_000, 3000, Texture.NOISE).rename("/late", "/later/on").sync();
  }

  private static List<Op> pressure() {
    Script s = new Script();
    for (int i = 0; i < 4; i++) {
      s.create("/p" + i).write("/p" + i, 0, 140_000).write("/p" + i, 200_000, 50_000);
      s.write("/p" + i, 140_000, 60_000).mkdir("/d" + i);
    }
    return s.fsync("/p2").truncate("/p1", 150_000).write("/p0", 1000, 100_000).sync().ops();
  }

  private static List<Op> full() {
    Script s = new Script();
    for (int i = 0; i < 8; i++) {
      s.create("/f" + i).write("/f" + i, 0, 50_000, Texture.NOISE);
      if (i % 2 == 0) {
        s.fsync("/f" + i);
      }
    }
    s.sync();
    for (int i = 0; i < 4; i++) {
      s.unlink("/f" + i).create("/g" + i).write("/g" + i, 0, 40_000, Texture.NOISE);
    }
    return s.sync().unlink("/g1").unlink("/f5").sync().ops();
  }

  /** Compaction where there is hardly any room for it. */
  private static List<Op> fullCompacted() {
    Script s = new Script();
    for (int i = 0; i < 24; i++) {
      s.create("/f" + i).write("/f" + i, 0, 6000, Texture.NOISE);
      if (i % 8 == 7) {
        s.sync();
      }
    }
    s.sync().compact();
    for (int i = 0; i < 24; i++) {
      if (i % 4 != 1) {
        s.unlink("/f" + i);
      }
    }
    s.fsync("/").write("/f5", 1000, 500, Texture.NOISE).compact();
    for (int i = 0; i < 6; i++) {
      s.create("/g" + i).write("/g" + i, 0, 9000, Texture.NOISE).fsync("/g" + i).compact();
    }
    return s.sync().ops();
  }

  private static List<Op> wideDirectoryPrelude() {
    Script s = new Script().mkdir("/w");
    for (int i = 0; i < 250; i++) {
      s.create("/w/entry-" + i + "-" + Integer.toHexString(i * 0x9E3779B9));
    }
    return s.ops();
  }

  private static String wide(int i) {
    return "/w/entry-" + i + "-" + Integer.toHexString(i * 0x9E3779B9);
  }

  private static List<Op> wideDirectory() {
    Script s = new Script();
    for (int i = 0; i < 30; i++) {
      s.rename(wide(i * 7), "/w/renamed-" + i).unlink(wide(i * 7 + 1));
      if (i % 10 == 9) {
        s.checkpoint();
      }
    }
    return s.sync().ops();
  }

  private static List<Op> manyStrings() {
    Script s = new Script();
    for (int i = 0; i < 20; i++) {
      s.unlink(wide(i)).create("/w/" + "long-".repeat(30) + i).link(wide(i + 100), "/l" + i);
    }
    List<Op> ops = new ArrayList<>(s.checkpoint().ops());
    Script more = new Script();
    for (int i = 20; i < 250; i++) {
      more.unlink(wide(i));
    }
    ops.addAll(more.sync().checkpoint().ops());
    return ops;
  }
}
