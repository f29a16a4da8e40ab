package org.razorfs.mount.host;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** How Java turns the host's file names into strings. */
public final class HostNames {
  private HostNames() {}

  /** The character set of names, by the locale in which the JVM was started. */
  public static Charset charset() {
    String name = System.getProperty("sun.jnu.encoding");
    return name != null && Charset.isSupported(name)
        ? Charset.forName(name)
        : StandardCharsets.UTF_8;
  }
}
