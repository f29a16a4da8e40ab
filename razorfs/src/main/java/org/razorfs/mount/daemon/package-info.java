/**
 * The process that serves a mount: how it is started and sized, how it tells that it works, how it
 * is talked to, and how it ends.
 */
package org.razorfs.mount.daemon;
