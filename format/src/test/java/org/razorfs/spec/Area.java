package org.razorfs.spec;

/** A stretch of units and what lies there. */
record Area(long address, long length, String what) {}
