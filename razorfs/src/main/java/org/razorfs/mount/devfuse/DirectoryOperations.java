package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.mount.devfuse.wire.Listing;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.handler.FileSystemHandler;

/** Requests about directories as lists. */
final class DirectoryOperations {
  /** FOPEN_KEEP_CACHE and FOPEN_CACHE_DIR: the kernel keeps listings until it changes something. */
  static final int CACHE = 1 << 1 | 1 << 3;

  private final FileSystemHandler handler;

  DirectoryOperations(FileSystemHandler handler) {
    this.handler = handler;
  }

  void readdir(Request request, Reply reply) throws IOException {
    Listing listing = new Listing(reply, request.u32(16), false);
    handler.readdir(request.node(), request.u64(8), listing::add);
  }

  void readdirPlus(Request request, Reply reply) throws IOException {
    Listing listing = new Listing(reply, request.u32(16), true);
    long cookie = request.u64(8);
    handler.readdir(request.node(), cookie, listing::add);
    int dots = (int) Math.max(0, FileSystemHandler.DOTS - cookie);
    listing.complete(dots, handler::listed, NameOperations::validity);
  }

  /** Everything becomes durable, whichever directory it was asked for. */
  void sync() throws IOException {
    handler.sync();
  }
}
