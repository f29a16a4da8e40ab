/** What the daemon spends its time on: recordings of the Java Flight Recorder as flame graphs. */
package org.razorfs.bench.profile;
