package org.razorfs.alloc;

/** Is told about runs of free space, so that they can be given back to the host. */
@FunctionalInterface
public interface FreeRunVisitor {
  /** Does nothing with any run. */
  FreeRunVisitor IGNORE = (address, length) -> {};

  /**
   * Called for a run in which every unit is free and stays so until this returns, because the
   * segment's lock is held: punching a hole here cannot hit data written later. Must not call the
   * allocator and must not throw; a discard that fails is only a lost hint.
   *
   * @param address a multiple of the host's block of 4096 bytes
   * @param length bytes, another such multiple, within one segment
   */
  void free(long address, long length);
}
