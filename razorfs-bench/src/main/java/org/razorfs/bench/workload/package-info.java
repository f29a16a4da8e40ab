/** The work that is measured, and the loop that measures it. */
package org.razorfs.bench.workload;
