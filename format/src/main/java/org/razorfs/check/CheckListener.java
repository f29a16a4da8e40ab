package org.razorfs.check;

/** Is told how far a check is. Called often, so it should be cheap; it may throw to stop. */
@FunctionalInterface
public interface CheckListener {
  /** Wants to know nothing. */
  CheckListener NONE = (pass, done, total) -> {};

  /**
   * Some of a pass is done.
   *
   * @param pass the pass's name, a few words in lower case
   * @param done how much of it, in units of the pass's own; never falls within a pass
   * @param total how much there is; an estimate where an image is damaged
   */
  void progress(String pass, long done, long total);
}
