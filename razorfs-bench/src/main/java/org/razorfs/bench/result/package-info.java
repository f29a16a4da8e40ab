/** What was measured: values, their medians, ratios, and the document that holds them. */
package org.razorfs.bench.result;
