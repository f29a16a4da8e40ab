package org.razorfs.journal;

import org.razorfs.fault.FsException;

/** What a {@link Journal} tells its owner; called without any of the journal's locks held. */
public interface JournalListener {
  /**
   * Somebody is about to wait for space in the ring: start a checkpoint and return, do not wait for
   * it. Called again when a {@link Journal#release} was not enough.
   */
  void ringFull();

  /** The journal has failed for good; called once, by the thread that met the error. */
  void failed(FsException cause);
}
