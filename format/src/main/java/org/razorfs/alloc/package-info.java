/**
 * Which units of the volume are busy at this moment: used by the last checkpoint, allocated since,
 * or released and not yet reusable; knows the free-space tree only through {@link
 * org.razorfs.alloc.SegmentSource}.
 */
package org.razorfs.alloc;
