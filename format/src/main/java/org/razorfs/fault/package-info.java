/** The lowest layer: named faults and the exceptions that carry them; knows nothing else. */
package org.razorfs.fault;
