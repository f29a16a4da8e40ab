/**
 * A POSIX file system in memory that does what the volume has to do, in the plainest way, and the
 * language of operations in which tests tell both the same story.
 */
package org.razorfs.model.posix;
