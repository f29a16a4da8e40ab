/**
 * From bytes to fewer bytes and back: which codec a chunk deserves, and the codecs themselves;
 * knows nothing of where chunks lie.
 */
package org.razorfs.compress;
