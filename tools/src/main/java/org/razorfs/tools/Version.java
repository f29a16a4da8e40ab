package org.razorfs.tools;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The version of the software, which the build writes into a resource. */
public final class Version implements IVersionProvider {
  @Spec private CommandSpec spec;

  /** The version alone, such as {@code 0.1.0}. */
  public static String number() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return "unknown"; // a damaged jar; nothing that a version request should die of
    }
    return properties.getProperty("version", "unknown");
  }

  @Override
  public String[] getVersion() {
    String tool = spec == null ? "razorfs" : spec.root().name();
    return new String[] {tool + " " + number()};
  }
}
