package org.razorfs.journal;

import org.razorfs.wire.ByteSink;

/**
 * The payloads of one record of a transaction that takes several; each at most {@link
 * org.razorfs.layout.JournalRecord#MAX_PAYLOAD} bytes.
 */
public record JournalPayload(ByteSink undo, ByteSink redo) {}
