package org.razorfs.mount.devfuse;

import org.razorfs.mount.MountRequest;

/**
 * What a mount was made with that decides how requests are answered.
 *
 * @param mounter the user who has mounted
 * @param checksPermissions whether the kernel does
 * @param writeback whether the kernel is to gather writes
 */
record MountTerms(int mounter, boolean checksPermissions, boolean writeback) {
  static MountTerms of(MountRequest request, int mounter) {
    return new MountTerms(mounter, request.checksPermissions(), request.writebackCache());
  }
}
