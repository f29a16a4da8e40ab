/** Trees that go into an image or come out of it as tar archives, without a mount. */
package org.razorfs.transfer;
