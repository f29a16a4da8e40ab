/**
 * What a mount needs of the host beside the kernel's calls: its mount table, unmounting, holes,
 * idle processors.
 */
package org.razorfs.mount.host;
