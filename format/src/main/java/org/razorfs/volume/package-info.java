/** The public face of the engine: volumes and the operations on them. */
package org.razorfs.volume;
