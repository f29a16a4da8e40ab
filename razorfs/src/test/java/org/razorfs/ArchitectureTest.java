package org.razorfs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Native calls, transports and commands where they do not belong. */
class ArchitectureTest {
  private static final String[] NATIVE = {"jnr..", "com.kenai.jffi..", "ru.serce.."};

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar")) // of other modules
            .importPackages("org.razorfs");
    assertTrue(classes.contain("org.razorfs.mount.handler.FileSystemHandler"));
    assertTrue(classes.contain("org.razorfs.mount.devfuse.Session"));
  }

  @Test
  void onlyTransportsAndWhatAsksTheHostCallNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "org.razorfs.mount.devfuse..",
            "org.razorfs.mount.jnrfuse..",
            "org.razorfs.mount.host..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(NATIVE)
        .check(classes);
  }

  @Test
  void theHandlerKnowsNoTransport() {
    noClasses()
        .that()
        .resideInAPackage("org.razorfs.mount.handler..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.razorfs.mount",
            "org.razorfs.mount.daemon..",
            "org.razorfs.mount.devfuse..",
            "org.razorfs.mount.host..",
            "org.razorfs.mount.jnrfuse..",
            "org.razorfs.cli..")
        .check(classes);
  }

  @Test
  void transportsDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAPackage("org.razorfs.mount.devfuse..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.razorfs.mount.jnrfuse..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("org.razorfs.mount.jnrfuse..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.razorfs.mount.devfuse..")
        .check(classes);
  }

  @Test
  void nothingBelowKnowsTheCommands() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.razorfs.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.razorfs.cli..")
        .check(classes);
  }

  @Test
  void noStateIsStatic() {
    noFields().should().beStatic().andShould().notBeFinal().check(classes);
  }
}
