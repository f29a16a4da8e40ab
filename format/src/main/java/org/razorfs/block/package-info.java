/**
 * Tree nodes as blocks of the image: read through a cache, verified, and written in sequence. Knows
 * nodes by their pointers and nothing of how they hang together.
 */
package org.razorfs.block;
