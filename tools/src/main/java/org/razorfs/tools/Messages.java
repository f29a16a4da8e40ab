package org.razorfs.tools;

import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Turns an exception into the one line that a user reads: what, what is wrong, what to do. */
public final class Messages {
  /** What Linux says of EPERM, which is not about permissions of files. */
  private static final String NOT_PERMITTED = "Operation not permitted";

  private static final String CHECK_PATH = "check the path";

  private Messages() {}

  /** The message for whatever a command threw, on one line. */
  public static String of(Throwable problem) {
    if (problem instanceof CorruptImageException corrupt) {
      String message = oneLine(corrupt.getMessage());
      return message.contains("; run razorfsck")
          ? message
          : message + "; check the image with razorfsck";
    }
    if (problem instanceof FsException fault) {
      return withAdvice(oneLine(fault.getMessage()), fault.fault());
    }
    if (problem instanceof FileSystemException file) {
      return ofFile(file);
    }
    if (problem instanceof ClosedByInterruptException) {
      return "interrupted";
    }
    if (problem instanceof java.io.IOException && problem.getMessage() != null) {
      return oneLine(problem.getMessage());
    }
    if (problem instanceof OutOfMemoryError) {
      return "out of memory (" + oneLine(problem.getMessage()) + "); give the JVM a larger -Xmx";
    }
    return "internal error: " + oneLine(String.valueOf(problem)) + "; --debug shows where";
  }

  /** Line breaks and other control characters replaced, so that a message stays one line. */
  public static String oneLine(String text) {
    if (text == null) {
      return "no details";
    }
    return printable(text.strip());
  }

  /** Control characters replaced: what an image holds must not command a terminal. */
  static String printable(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints().forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return line.toString();
  }

  /** What the user can do about a fault, unless the message says so itself. */
  private static String withAdvice(String message, Fault fault) {
    if (message.contains("; ")) {
      return message;
    }
    return advice(fault).map(advice -> message + "; " + advice).orElse(message);
  }

  private static Optional<String> advice(Fault fault) {
    return Optional.ofNullable(
        switch (fault) {
          case NO_SUCH_ENTRY -> CHECK_PATH;
          case NOT_A_VOLUME -> "make one with: razorfs mkfs IMAGE";
          case UNSUPPORTED_FORMAT -> "use a newer version of this software";
          case CORRUPT -> "check the image with razorfsck";
          case EXISTS -> "choose another name or use -f to replace it";
          case ACCESS_DENIED -> "run as its owner or as root";
          case READ_ONLY -> "make it writable, or only read it (mount -o ro)";
          case NO_SPACE -> "free some space or use a larger device";
          case QUOTA_EXCEEDED -> "free some space, or have the quota raised";
          default -> null;
        });
  }

  private static String ofFile(FileSystemException problem) {
    String file = problem.getFile() == null ? "" : problem.getFile() + ": ";
    if (problem instanceof NoSuchFileException) {
      return oneLine(file + "no such file or directory; " + CHECK_PATH);
    }
    if (problem instanceof AccessDeniedException) {
      return oneLine(file + "permission denied; run as its owner or as root");
    }
    if (problem instanceof FileAlreadyExistsException) {
      return oneLine(file + "exists already; choose another name");
    }
    if (problem instanceof NotDirectoryException) {
      return oneLine(file + "not a directory; " + CHECK_PATH);
    }
    if (problem instanceof DirectoryNotEmptyException) {
      return oneLine(file + "directory not empty; empty it first");
    }
    if (NOT_PERMITTED.equals(problem.getReason())) {
      return oneLine(file + "not permitted; run as root, and see whether it is immutable (lsattr)");
    }
    return oneLine(file + (problem.getReason() == null ? "failed" : problem.getReason()));
  }
}
