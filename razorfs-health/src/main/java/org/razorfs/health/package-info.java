/** Answers cron and monitoring whether an image is well; nothing is here yet. */
package org.razorfs.health;
