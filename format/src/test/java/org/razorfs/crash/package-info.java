/**
 * Crash tests: every state in which a crash could have left an image is built from a log of its
 * writes, recovered, and held against what the volume had promised.
 */
package org.razorfs.crash;
