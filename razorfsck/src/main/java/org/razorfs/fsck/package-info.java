/** The command razorfsck: what it takes and prints; the checking itself is the library's. */
package org.razorfs.fsck;
