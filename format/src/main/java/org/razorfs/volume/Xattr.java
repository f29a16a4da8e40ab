package org.razorfs.volume;

/**
 * An extended attribute for a new inode.
 *
 * @param name with its namespace, such as {@code user.}
 * @param value its bytes, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Xattr(byte[] name, byte[] value) {}
