/**
 * What a mounted volume answers, call by call, on inodes and names: plain Java that knows no kernel
 * structure and no native call, so that every transport shares it and tests need no mount.
 */
package org.razorfs.mount.handler;
