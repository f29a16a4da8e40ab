package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.OnOffAuto;
import org.razorfs.mount.Transport;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.HostNames;

/** Mounts through libfuse 2.9, where and as jnr-fuse finds it. */
public final class JnrFuseTransport implements Transport {
  /** Seconds; this process is the only one that changes names. */
  private static final int ENTRY_TIMEOUT = 3600;

  @Override
  public String name() {
    return "jnr-fuse";
  }

  @Override
  public boolean keepsAcls() {
    return false; // needs FUSE 7.26, libfuse 2.9 speaks 7.19
  }

  @Override
  public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log)
      throws IOException {
    checkNames();
    refuse(request.writebackCache(), "writeback_cache");
    refuse(request.ioUring() == OnOffAuto.ON, "io_uring=on");
    refuse(request.idlePoll() == OnOffAuto.ON, "idle_poll=on");
    LibFuseMount mount;
    try {
      mount = new LibFuseMount(handler, log);
    } catch (UnsatisfiedLinkError e) {
      throw new FsException(
          Fault.NOT_SUPPORTED,
          "libfuse 2 is not installed; install it (Debian: apt install libfuse2, package fuse)",
          e);
    }
    if (!mount.mount(arguments(request))) {
      throw new FsException(
          Fault.IO_ERROR, request.directory() + ": libfuse could not mount there");
    }
    return mount::serve;
  }

  private static void refuse(boolean wanted, String option) throws FsException {
    if (wanted) {
      throw FsException.of(
          Fault.NOT_SUPPORTED, option + " needs the native transport; leave it out");
    }
  }

  /**
   * jnr converts names with the JVM's default character set; only one in which each byte is a
   * character brings all names through.
   */
  private static void checkNames() throws FsException {
    if (!Charset.defaultCharset().equals(StandardCharsets.ISO_8859_1)) {
      throw FsException.of(
          Fault.NOT_SUPPORTED,
          "the JVM was started without -Dfile.encoding=ISO-8859-1, which jnr-fuse needs so that"
              + " names keep their bytes");
    }
  }

  private static String[] arguments(MountRequest request) {
    List<String> options = new ArrayList<>();
    options.add("fsname=" + escaped(request.source()));
    options.add("subtype=" + request.subtype());
    options.add("use_ino");
    options.add("nonempty"); // as every other file system can be mounted
    options.add("big_writes");
    // The volume checks no permissions, so the kernel has to.
    options.add("default_permissions");
    options.add("entry_timeout=" + ENTRY_TIMEOUT);
    options.add("negative_timeout=" + ENTRY_TIMEOUT);
    // libfuse shows each hard link as a file of its own, so only 0 is right for all programs.
    options.add("attr_timeout=" + request.attributeTimeout().toPlainString());
    add(options, request.allowOther(), "allow_other");
    add(options, request.noatime(), "noatime");
    options.add(request.readOnly() ? "ro" : "rw");
    options.add(request.suid() ? "suid" : "nosuid");
    options.add(request.dev() ? "dev" : "nodev");
    options.add(request.exec() ? "exec" : "noexec");
    return new String[] {
      "razorfs", "-f", asBytes(request.directory().toString()), "-o", String.join(",", options)
    };
  }

  private static void add(List<String> options, boolean wanted, String option) {
    if (wanted) {
      options.add(option);
    }
  }

  /** Commas separate options, and the backslash takes that meaning away. */
  private static String escaped(String value) {
    return asBytes(value).replace("\\", "\\\\").replace(",", "\\,");
  }

  /** One character for each byte that the host's file names are written with. */
  private static String asBytes(String path) {
    return new String(path.getBytes(HostNames.charset()), StandardCharsets.ISO_8859_1);
  }
}
