/**
 * The checking engine behind razorfsck: reads a whole image, in passes as the classes here are
 * named, and reports every broken rule of spec §9. It judges what other packages decode, and writes
 * nothing.
 */
package org.razorfs.check;
