package org.razorfs.check;

import org.razorfs.block.NodeStore;
import org.razorfs.device.BlockDevice;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.VolumeBounds;

/**
 * What all passes after the first share: the volume as its newest superblock describes it, and
 * where findings and progress go.
 */
record Subject(
    BlockDevice device,
    Superblock superblock,
    VolumeBounds bounds,
    NodeStore store,
    CheckOptions options,
    CheckListener listener,
    Reporter reporter) {}
