package org.razorfs.mount;

/** Whether a mount is to have what not every host offers. */
public enum OnOffAuto {
  /** Where it can be had and is of use. */
  AUTO,
  /** Or else there shall be no mount. */
  ON,
  /** In no case. */
  OFF
}
