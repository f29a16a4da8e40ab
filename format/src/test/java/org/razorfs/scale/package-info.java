/**
 * Many files, large files, small memory, slow devices: what must hold however much there is of
 * anything.
 */
package org.razorfs.scale;
