/**
 * The messages of the FUSE protocol as {@code /usr/include/linux/fuse.h} lays them out: requests
 * read in place, replies written in place. Knows no kernel and no descriptor.
 */
package org.razorfs.mount.devfuse.wire;
