package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;

/** Damage that breaks a known rule of the format, so that a checker can name the rule. */
public final class ViolationException extends CorruptImageException {
  private static final long serialVersionUID = 1L;

  private final transient Violation violation;

  ViolationException(Violation violation) {
    super(
        violation.location() + " (" + violation.invariant().id() + ")",
        violation.expected(),
        violation.actual());
    this.violation = violation;
  }

  /** The broken rule, and where. */
  public Violation violation() {
    return violation;
  }
}
