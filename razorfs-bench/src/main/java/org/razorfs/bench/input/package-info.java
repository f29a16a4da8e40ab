/** What is written into the file systems: a source tree as a tar, and one large file. */
package org.razorfs.bench.input;
