/** The file systems that are measured: how each is made, mounted, settled and taken away. */
package org.razorfs.bench.subject;
