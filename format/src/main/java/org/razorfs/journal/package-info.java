/**
 * The journal, spec §6: a ring of records that makes operations durable between two checkpoints;
 * {@link org.razorfs.journal.Journal} writes it and {@link org.razorfs.journal.JournalScanner}
 * reads it back after a crash.
 */
package org.razorfs.journal;
