/**
 * A volume under a directory of the host: its options, its life from opening to closing, and the
 * transports over which the kernel asks.
 */
package org.razorfs.mount;
