package org.razorfs.tools;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Paths on the command line. A name is any bytes to the host, but text to Java: bytes that are none
 * in the locale's character set become a replacement character, and that would be another file.
 */
public final class HostPaths implements ITypeConverter<Path> {
  private static final char REPLACEMENT = '\uFFFD';

  @Override
  public Path convert(String argument) {
    if (argument.isEmpty()) {
      throw new TypeConversionException("the name is empty"); // to Java, the working directory
    }
    if (!isNameable(argument)) {
      throw new TypeConversionException(why(argument));
    }
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + argument + "' cannot be a path: " + e.getReason());
    }
  }

  /**
   * Passes when a path can be handed to another process by its name; one that was found through a
   * link or the working directory may not.
   *
   * @param exitCode for the failure
   */
  public static Path requireNameable(Path path, int exitCode) throws CommandFailure {
    if (!isNameable(path.toString())) {
      throw new CommandFailure(exitCode, why(path.toString()));
    }
    return path;
  }

  private static boolean isNameable(String text) {
    return text.indexOf(REPLACEMENT) < 0;
  }

  private static String why(String text) {
    return String.format(
        "'%s' has bytes that are no text in the character set %s, and so cannot be named here;"
            + " rename it, or set LC_ALL=C.UTF-8 if it is UTF-8",
        text, System.getProperty("sun.jnu.encoding"));
  }
}
