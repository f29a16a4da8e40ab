/** The razorfs command: what its subcommands take, do and print. */
package org.razorfs.cli;
