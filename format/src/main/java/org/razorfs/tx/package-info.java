/** The transactional store: epochs of changes over copy-on-write trees, checkpoints, recovery. */
package org.razorfs.tx;
