/** How long single operations take, as distributions. */
package org.razorfs.bench.latency;
