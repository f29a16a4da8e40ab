/**
 * Where the bytes of an image lie: a file, a block device or memory, read and written at positions
 * and flushed; knows nothing of what the bytes mean.
 */
package org.razorfs.device;
