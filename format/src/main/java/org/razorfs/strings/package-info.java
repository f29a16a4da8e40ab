/** The string table: each distinct name once, under an id. */
package org.razorfs.strings;
