package org.recadero;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who may know whom: the table of docs/architecture.md, held against the classes. A change here is a decision record. */
class ArchitectureTest {
    private static final String ROOT = "org.recadero.";
    private static final String[] VOCABULARY = {"envelope", "status", "message", "smtp"};
    private static final String[] SERVICES = {"table", "config", "net", "os", "log"};

    /** Each part of the tree, and whom it may know besides itself. A part is a package with all below it. */
    private static final Map<String, Set<String>> MAY_KNOW = new TreeMap<>();

    static {
        // vocabulary: values and pure functions
        may("envelope");
        may("status", "envelope");
        may("smtp", "envelope", "status");
        may("message", "envelope");
        // services
        may("os");
        may("log", "envelope", "status", "os");
        may("config", "envelope", "log", "os");
        may("table", "envelope", "message", "config", "log", "os");
        may("net", "envelope", "log", "os");
        // stages, in the order of a message's way
        stage("rewrite");
        stage("queue");
        stage("route");
        stage("receive.cleanup", "queue", "route", "rewrite");
        stage("receive.submit", "queue", "route", "rewrite", "receive.cleanup");
        stage("receive.smtpd", "queue", "route", "rewrite", "receive.cleanup");
        stage("deliver", "queue", "route", "rewrite", "receive.cleanup");
        stage("bounce", "queue", "rewrite", "receive.cleanup");
        stage("dispatch", "queue", "route", "rewrite", "deliver", "bounce");
        // round the stages
        stage("control", "queue", "dispatch");
        stage("explain", "route", "rewrite", "deliver.smtp");
        stage("daemon", "control", "explain", "receive", "queue", "dispatch", "rewrite", "route", "deliver", "bounce");
        stage("command", "control", "daemon", "explain", "receive.submit", "receive.smtpd", "queue", "bounce");
    }

    private static void may(String part, String... others) {
        MAY_KNOW.put(part, new TreeSet<>(List.of(others)));
    }

    private static void stage(String part, String... others) {
        may(part, others);
        MAY_KNOW.get(part).addAll(Arrays.asList(VOCABULARY));
        MAY_KNOW.get(part).addAll(Arrays.asList(SERVICES));
    }

    private static final JavaClasses PRODUCT = product();

    /** From where {@link Main} lies, so that tests are left out. */
    private static JavaClasses product() {
        try {
            Path folder = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return new ClassFileImporter().importPath(folder);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isIn(String packageName, String part) {
        return packageName.equals(ROOT + part) || packageName.startsWith(ROOT + part + ".");
    }

    /** The longest part that holds a package; «main» for {@link Main} and what lies beside it. */
    private static String partOf(JavaClass type) {
        return MAY_KNOW.keySet().stream()
                .filter(part -> isIn(type.getPackageName(), part))
                .max((a, b) -> Integer.compare(a.length(), b.length()))
                .orElse("main");
    }

    @Test
    void everyPackageHasItsPlaceInTheTable() {
        Set<String> strangers = new TreeSet<>();
        for (JavaClass type : PRODUCT) {
            boolean holdsTypes = !type.getSimpleName().equals("package-info");
            if (holdsTypes
                    && partOf(type).equals("main")
                    && !type.getPackageName().equals("org.recadero")) {
                strangers.add(type.getPackageName());
            }
        }
        assertThat(strangers).isEmpty();
    }

    @Test
    void everyPartKnowsOnlyWhomItMay() {
        Map<String, Set<String>> wrong = new TreeMap<>();
        for (JavaClass type : PRODUCT) {
            String part = partOf(type);
            if (part.equals("main")) {
                continue;
            }
            Set<String> allowed = MAY_KNOW.get(part);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                String name = target.getPackageName();
                boolean fine = !target.getName().startsWith(ROOT)
                        || isIn(name, part)
                        || allowed.stream().anyMatch(other -> isIn(name, other));
                if (!fine) {
                    wrong.computeIfAbsent(part + " knows " + partOf(target), k -> new TreeSet<>())
                            .add(type.getSimpleName() + " → " + target.getSimpleName());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void noPackagesGoRoundInACircle() {
        Map<String, Set<String>> known = new TreeMap<>();
        for (JavaClass type : PRODUCT) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (target.getName().startsWith(ROOT)
                        && !target.getPackageName().equals(type.getPackageName())) {
                    known.computeIfAbsent(type.getPackageName(), k -> new TreeSet<>())
                            .add(target.getPackageName());
                }
            }
        }
        assertThat(known).as("the product was read").containsKey(ROOT + "daemon");
        assertThat(inACircle(known)).isEmpty();
        known.computeIfAbsent(ROOT + "os", k -> new TreeSet<>()).add(ROOT + "daemon");
        assertThat(inACircle(known)).as("a circle is seen").contains(ROOT + "os", ROOT + "daemon");
    }

    /** What is left when, again and again, all packages go that know none of those left: circles and who leads to one. */
    private static Set<String> inACircle(Map<String, Set<String>> known) {
        Map<String, Set<String>> left = new TreeMap<>();
        known.forEach((who, whom) -> left.put(who, new TreeSet<>(whom)));
        boolean smaller = true;
        while (smaller) {
            left.values().forEach(whom -> whom.retainAll(left.keySet()));
            smaller = left.values().removeIf(Set::isEmpty);
        }
        return left.keySet();
    }

    /**
     * SAFETY 1, 2, 5: system calls and processes are in one place. A {@code MemorySegment} over an array or a buffer of one's own
     * is how bytes are handed to {@code os}; what could reach other memory is not.
     */
    @Test
    void osAloneCallsForeignFunctionsAndStartsProcesses() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.recadero.os..")
                .should()
                .dependOnClassesThat(resideInAPackage("java.lang.foreign..").and(not(type(MemorySegment.class))))
                .orShould()
                .callMethodWhere(target(owner(type(MemorySegment.class)))
                        .and(target(name("reinterpret")).or(target(name("ofAddress")))))
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(ProcessBuilder.class, Process.class)
                .check(PRODUCT);
    }

    @Test
    void vocabularyKnowsNoSocketsFilesOrThreads() {
        noClasses()
                .that()
                .resideInAnyPackage(Arrays.stream(VOCABULARY)
                        .map(name -> ROOT + name + "..")
                        .toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(
                        Thread.class,
                        ThreadLocal.class,
                        java.io.File.class,
                        java.io.FileInputStream.class,
                        java.io.FileOutputStream.class,
                        java.io.RandomAccessFile.class)
                .check(PRODUCT);
    }

    /** envelope and status: java.base and annotations only. */
    @Test
    void envelopeAndStatusNeedNothingButTheLanguage() {
        classes()
                .that()
                .resideInAnyPackage("org.recadero.envelope..", "org.recadero.status..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "org.recadero.envelope..",
                        "org.recadero.status..",
                        "java..",
                        "org.jspecify.annotations..",
                        "com.google.errorprone.annotations..")
                .check(PRODUCT);
    }
}
