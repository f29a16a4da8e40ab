/**
 * The copy-on-write B+trees of the volume, spec §5: immutable snapshots to read, one sorted bulk
 * merge to change them, one walk to check them. The rules that hold between nodes (INV-TREE-1 to
 * INV-TREE-7) are checked wherever a node is reached from its parent.
 */
package org.razorfs.tree;
