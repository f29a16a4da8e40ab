package org.razorfs.journal;

/**
 * A place between two batches that parts what a checkpoint holds from what must be replayed.
 *
 * @param lsn every transaction appended so far ends at or before it, every later one starts at or
 *     after it; a multiple of 512, fit to be a superblock's journal tail
 * @param nextTransaction the id of the first transaction after it
 * @param nextSequence the sequence of the first record after it
 */
public record JournalCut(long lsn, long nextTransaction, long nextSequence) {}
