/** What the engine's locks are worth, in process: many of them against one. */
package org.razorfs.bench.contention;
