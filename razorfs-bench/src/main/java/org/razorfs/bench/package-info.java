/** Measures the engine and mounted file systems; nothing is here yet. */
package org.razorfs.bench;
