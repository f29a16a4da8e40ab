/** Results for people: tables, and pages that need nothing but a browser. */
package org.razorfs.bench.report;
