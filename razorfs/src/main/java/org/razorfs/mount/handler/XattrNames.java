package org.razorfs.mount.handler;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Which extended attributes a mount carries.
 *
 * <p>Access control lists are refused unless the kernel enforces them or lets nobody in whom they
 * could hold back: a list that is stored and not obeyed would be worse than none.
 */
final class XattrNames {
  private static final byte[] SYSTEM = ascii("system.");
  private static final byte[] TRUSTED = ascii("trusted.");
  private static final byte[][] NAMESPACES = {ascii("user."), TRUSTED, ascii("security."), SYSTEM};
  private static final byte[] ACL = ascii("system.posix_acl_");

  private final boolean acls;

  XattrNames(boolean acls) {
    this.acls = acls;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Passes for names that are carried. */
  void check(byte[] name) throws FsException {
    for (byte[] namespace : NAMESPACES) {
      if (Arrays.equals(name, namespace) && namespace != SYSTEM) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "an extended attribute without a name");
      }
    }
    if (!isCarried(name)) {
      throw FsException.of(Fault.NOT_SUPPORTED, "extended attribute in a namespace not carried");
    }
  }

  /** Whether attributes of this name are shown and can be set. */
  boolean isCarried(byte[] name) {
    if (!acls && startsWith(name, ACL)) {
      return false;
    }
    for (byte[] namespace : NAMESPACES) {
      if (name.length > namespace.length && startsWith(name, namespace)) {
        return true;
      }
    }
    return false;
  }

  /** Whether only the superuser may know of an attribute of this name. */
  static boolean isTrusted(byte[] name) {
    return startsWith(name, TRUSTED);
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}
