/** File data: extents, compressed chunks, the cache of chunks. */
package org.razorfs.extent;
