/**
 * The machine that is measured on: its commands, mounts and page cache, and how all is put back.
 */
package org.razorfs.bench.host;
