/** Shows any structure of an image; nothing is here yet. */
package org.razorfs.dump;
