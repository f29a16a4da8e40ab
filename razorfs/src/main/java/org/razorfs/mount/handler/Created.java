package org.razorfs.mount.handler;

import org.razorfs.volume.Attributes;

/**
 * A file made and opened in one call.
 *
 * @param attributes of the new file
 * @param handle to be released
 */
public record Created(Attributes attributes, long handle) {}
