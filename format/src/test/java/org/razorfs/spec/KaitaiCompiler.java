package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kaitai.struct.KaitaiStruct;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Makes a Java parser of razorfs.ksy, from the description to a loaded class. */
final class KaitaiCompiler {
  private static final String PACKAGE = "org.razorfs.kaitai";

  private KaitaiCompiler() {}

  /**
   * The class of a whole image. Where the compiler is not installed the calling test is skipped, or
   * fails if this is continuous integration.
   */
  static Class<?> imageClass(Path folder) throws IOException, InterruptedException {
    Path module = SpecTables.path().toAbsolutePath().getParent();
    Path script = module.resolveSibling("script").resolve("ksc");
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "node",
                  script.toString(),
                  module.resolve("razorfs.ksy").toString(),
                  PACKAGE,
                  folder.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      skip("node is not installed: " + e.getMessage());
      throw e;
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status == 69) {
      skip(output.trim());
    }
    assertTrue(status == 0, output);
    Path classes = folder.resolve("classes");
    Files.createDirectories(classes);
    compile(folder.resolve(PACKAGE.replace('.', '/')).resolve("Razorfs.java"), classes);
    URL[] path = {classes.toUri().toURL()};
    try {
      return new URLClassLoader(path, KaitaiCompiler.class.getClassLoader())
          .loadClass(PACKAGE + ".Razorfs");
    } catch (ClassNotFoundException e) {
      return fail(e);
    }
  }

  private static void compile(Path source, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assumeTrue(compiler != null, "no Java compiler in this runtime");
    String runtime =
        KaitaiStruct.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("-nowarn", "-proc:none", "-cp", runtime, "-d", classes.toString()),
                  null,
                  files.getJavaFileObjects(source.toFile()))
              .call();
      assertTrue(compiled, messages.toString());
    }
  }

  private static void skip(String why) {
    String message = "razorfs.ksy was NOT checked: " + why;
    if ("true".equals(System.getenv("CI"))) {
      fail(message);
    }
    System.err.println(message);
    assumeTrue(false, message);
  }
}
