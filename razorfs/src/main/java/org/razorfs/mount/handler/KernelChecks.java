package org.razorfs.mount.handler;

/**
 * What the kernel sees to before it asks, so that the handler need not.
 *
 * @param acls whether it enforces access control lists, as the transport has told it to, or lets
 *     nobody in whom they could hold back
 * @param flags whether it has checked who sets flags of an inode, as Linux does since 5.13
 */
public record KernelChecks(boolean acls, boolean flags) {}
