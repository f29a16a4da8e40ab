/** JMH benchmarks of the engine, in process, on an image file on the real disk. */
package org.razorfs.bench.engine;
