package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;

/** What becomes of descriptors around fusermount3, which is played here. */
class FusermountTest {
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final Syscalls host = new Syscalls();
  private final Set<Integer> open = new TreeSet<>();
  private final List<String> called = new ArrayList<>();
  private Error whileItSpeaks;
  private boolean gives = true;

  private final Syscalls system =
      new Syscalls(
          (Syscalls.Calls)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {Syscalls.Calls.class},
                  (proxy, method, arguments) -> {
                    called.add(method.getName());
                    switch (method.getName()) {
                      case "posix_spawnp", "waitpid" -> {
                        return 0;
                      }
                      case "recvmsg" -> {
                        return receive((Long) arguments[1]);
                      }
                      case "read" -> {
                        if (whileItSpeaks != null) {
                          throw whileItSpeaks;
                        }
                        return 0L;
                      }
                      default -> {}
                    }
                    Object result;
                    try {
                      result = method.invoke(host.calls(), arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                    note(method.getName(), arguments, result);
                    return result;
                  }));

  private void note(String call, Object[] arguments, Object result) {
    if (call.equals("socketpair") && result.equals(0)) {
      for (int descriptor : (int[]) arguments[3]) {
        open.add(descriptor);
      }
    } else if (call.equals("close")) {
      assertEquals(0, result, "closed twice: " + arguments[0]);
      open.remove(arguments[0]);
    }
  }

  /** Fills a struct msghdr as if a descriptor had come along. */
  private long receive(long message) {
    if (!gives) {
      return 0;
    }
    int device = host.calls().eventfd(0, 0);
    assertTrue(device >= 0);
    open.add(device);
    long control = MEMORY.getLong(message + 32);
    MEMORY.putLong(message + 40, 20);
    MEMORY.putLong(control, 20);
    MEMORY.putInt(control + 8, 1);
    MEMORY.putInt(control + 12, 1);
    MEMORY.putInt(control + 16, device);
    return 1;
  }

  private int mount() throws Exception {
    MountRequest request =
        MountOptions.parse(List.of()).request(Path.of("/mnt"), "/disk.img", false);
    return Fusermount.mount(system, request);
  }

  @Test
  void theDescriptorThatCameIsAllThatStaysOpen() throws Exception {
    int descriptor = mount();
    assertEquals(Set.of(descriptor), open);
    system.calls().close(descriptor);
  }

  @Test
  void theDescriptorIsClosedWhereTheRestCannotBeAwaited() {
    whileItSpeaks = new OutOfMemoryError("no memory");
    assertSame(whileItSpeaks, assertThrows(OutOfMemoryError.class, this::mount));
    assertEquals(Set.of(), open);
    assertTrue(called.contains("recvmsg"));
  }

  @Test
  void whoGivesNoDescriptorHasNotMounted() {
    gives = false;
    assertThrows(FsException.class, this::mount);
    assertEquals(Set.of(), open);
  }
}
