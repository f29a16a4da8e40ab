/**
 * The copy-on-write B+trees of the volume: immutable snapshots to read, one sorted bulk merge to
 * change them, one walk to check them.
 *
 * <p>Beyond the soundness of each node, these hold in every tree and are checked wherever a node is
 * reached from its parent:
 *
 * <ul>
 *   <li>INV-TREE-1: an empty tree has no root node, no height and no counts; any other has a height
 *       of 1 to 12.
 *   <li>INV-TREE-2: levels descend by one from parent to child and end at 0 in the leaves.
 *   <li>INV-TREE-3: the key of an inner node's entry is the first key of its child.
 *   <li>INV-TREE-4: all keys below an inner node's entry are less than the key of the entry after
 *       it, and of the entry after any ancestor.
 *   <li>INV-TREE-5: the root's numbers of nodes, items and bytes are exact.
 *   <li>INV-TREE-6: the values of a leaf do not overlap: with header, entries and CRC they take no
 *       more bytes than the node has.
 * </ul>
 */
package org.razorfs.tree;
