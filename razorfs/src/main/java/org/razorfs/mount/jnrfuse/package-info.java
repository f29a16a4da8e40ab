/**
 * The portable transport: libfuse 2.9's path-based API through jnr-fuse. What it cannot carry is
 * listed in docs/transports.md.
 */
package org.razorfs.mount.jnrfuse;
