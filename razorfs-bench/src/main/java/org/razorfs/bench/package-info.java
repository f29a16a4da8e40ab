/** Measures the engine and mounted file systems. */
package org.razorfs.bench;
