/**
 * Fault tests: devices that fail, space that runs out, images that are damaged by chance or on
 * purpose. A volume answers with right data or with a named fault.
 */
package org.razorfs.faults;
