/** The command razorfs-bench: what it takes and prints. */
package org.razorfs.bench.cli;
