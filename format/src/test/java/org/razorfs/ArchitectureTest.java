package org.razorfs;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the directions between the packages of this module, and what no class of it may use. */
class ArchitectureTest {
  private static final String ROOT = "org.razorfs.";

  /** For each package the packages it may use directly; what those may use comes with them. */
  private static final Map<String, Set<String>> DOWNWARD = downward();

  private static JavaClasses classes;

  private static Map<String, Set<String>> downward() {
    Map<String, Set<String>> uses = new LinkedHashMap<>();
    uses.put("fault", Set.of());
    uses.put("wire", Set.of("fault"));
    uses.put("layout", Set.of("wire"));
    uses.put("device", Set.of("layout"));
    uses.put("compress", Set.of("layout"));
    uses.put("journal", Set.of("device", "layout"));
    uses.put("block", Set.of("device", "layout"));
    uses.put("alloc", Set.of("block"));
    uses.put("tree", Set.of("block"));
    uses.put("tx", Set.of("journal", "alloc", "tree", "block"));
    uses.put("strings", Set.of("tx"));
    uses.put("extent", Set.of("tx", "compress"));
    uses.put("volume", Set.of("tx", "strings", "extent"));
    uses.put("check", Set.of("tx", "strings", "extent"));
    return uses;
  }

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.razorfs");
  }

  static Set<String> packages() {
    return DOWNWARD.keySet();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void packageUsesOnlyWhatLiesBelowIt(String name) {
    String[] allowed = reachable(name).stream().map(p -> ROOT + p + "..").toArray(String[]::new);
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage(ROOT + name + "..")
        .should(
            onlyDependOnClassesThat(
                resideInAnyPackage(allowed).or(not(resideInAnyPackage("org.razorfs..")))))
        .check(classes);
  }

  @Test
  void everyPackageHasItsPlaceInTheLayers() {
    Set<String> unknown =
        classes.stream()
            .map(c -> c.getPackageName().substring(ROOT.length()).split("\\.")[0])
            .filter(p -> !DOWNWARD.containsKey(p))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), unknown);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void nothingOfACommandLineOrAMountIsUsed() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jnr..", "com.kenai.jffi..", "ru.serce..", "picocli..", "com.fasterxml.jackson..")
        .check(classes);
  }

  @Test
  void imagesAreNeverMapped() {
    // A truncated image must give EIO; behind a mapping it kills the process.
    noClasses()
        .should()
        .callMethodWhere(
            describe(
                "FileChannel.map is called",
                call ->
                    call.getName().equals("map")
                        && call.getTargetOwner().isAssignableTo(FileChannel.class)))
        .check(classes);
  }

  @Test
  void noStateIsStatic() {
    noFields().should().beStatic().andShould().notBeFinal().check(classes);
  }

  @Test
  void nothingIsPrinted() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(PrintStream.class)
        .check(classes);
  }

  private static Set<String> reachable(String name) {
    Set<String> found = new TreeSet<>(Set.of(name));
    for (String below : DOWNWARD.get(name)) {
      found.addAll(reachable(below));
    }
    return found;
  }
}
