/**
 * The native transport of Linux: {@code /dev/fuse} is read and written by this process itself, in
 * the protocol that {@link org.razorfs.mount.devfuse.wire} lays out.
 */
package org.razorfs.mount.devfuse;
