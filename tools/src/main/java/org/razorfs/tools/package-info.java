/**
 * What the command-line tools share: the base of every command, units, JSON documents, tables,
 * progress, and the one line that an error becomes.
 */
package org.razorfs.tools;
