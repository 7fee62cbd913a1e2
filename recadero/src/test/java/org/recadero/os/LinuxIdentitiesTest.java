package org.recadero.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs root and setpriv(1): each test starts a daemon of an ordinary user. Skipped without. */
class LinuxIdentitiesTest {
    private static final int DAEMON = 54_400;

    @TempDir
    Path folder;

    @BeforeEach
    void openFolder() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void assumeRoot() {
        assumeTrue(Credentials.uids().effective() == 0, "needs root");
        assumeTrue(Credentials.capabilities().canSwitch(), "needs CAP_SETUID");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
    }

    private static List<String> as(int uid, String capabilities) {
        String added = capabilities.isEmpty() ? "-all" : capabilities;
        String bounding = capabilities.isEmpty() ? "-all" : "-all," + capabilities;
        return List.of(
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + uid,
                "--clear-groups",
                "--inh-caps=" + added,
                "--ambient-caps=" + added,
                "--bounding-set=" + bounding);
    }

    private Process daemon(String capabilities, String... args) throws IOException {
        assumeRoot();
        Path classes = folder.resolve("classes");
        copyClasses(LinuxIdentities.class, classes);
        copyClasses(IdentitiesChild.class, classes);
        List<String> command = new ArrayList<>(as(DAEMON, capabilities));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes.toString(),
                IdentitiesChild.class.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeIf(name -> name.endsWith("JAVA_OPTIONS") || name.equals("JAVA_TOOL_OPTIONS"));
        return builder.start();
    }

    /** Where the daemon's user may read them, wherever the build folder lies. */
    private static void copyClasses(Class<?> of, Path into) throws IOException {
        String home = of.getPackageName().replace('.', '/');
        Path from =
                Path.of(of.getProtectionDomain().getCodeSource().getLocation().getPath(), home);
        Path to = Files.createDirectories(into.resolve(home));
        try (Stream<Path> all = Files.list(from)) {
            for (Path one : all.filter(Files::isRegularFile).toList()) {
                Files.copy(one, to.resolve(one.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private List<String> run(String capabilities, String... args) throws Exception {
        Process process = daemon(capabilities, args);
        process.getOutputStream().close();
        List<String> lines = process.inputReader(UTF_8).lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> String.join("\n", lines)).isZero();
        return lines;
    }

    @Test
    void takesOnlyEffectiveIdsAndNoCapability() throws Exception { // SAFETY 2
        assertThat(run("+setuid,+setgid", "ids"))
                .containsExactly(
                        "canSwitch true",
                        "Uid: 54400 54401 54400 54401",
                        "Gid: 54400 54402 54400 54402",
                        "Groups: 54403 54404",
                        "CapInh: 0000000000000000",
                        "CapPrm: 0000000000000000",
                        "CapEff: 0000000000000000",
                        "CapAmb: 0000000000000000",
                        "afterwards",
                        "Uid: 54400 54400 54400 54400",
                        "Gid: 54400 54400 54400 54400",
                        "Groups:",
                        "CapInh: 00000000000000c0",
                        "CapPrm: 00000000000000c0",
                        "CapEff: 00000000000000c0",
                        "CapAmb: 00000000000000c0");
    }

    @Test
    void createsFilesOfTheUser() throws Exception { // SAFETY 2
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path file = open.resolve("file");
        run("+setuid,+setgid", "create", file.toString());
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(54_401);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(54_402);
    }

    @Test
    void isRootWithoutCapabilitiesForRootsFiles() throws Exception { // SAFETY 5, CONTRACTS
        assumeRoot();
        Path secret = Files.writeString(folder.resolve("sasl_passwd"), "hush");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        Path theirs = Files.writeString(folder.resolve("theirs"), "x");
        Files.setAttribute(theirs, "unix:uid", 54_401);
        assertThat(run("+setuid,+setgid", "root", secret.toString(), theirs.toString()))
                .containsExactly(
                        "Uid: 54400 0 54400 0",
                        "Gid: 54400 0 54400 0",
                        "Groups:",
                        "CapInh: 0000000000000000",
                        "CapPrm: 0000000000000000",
                        "CapEff: 0000000000000000",
                        "CapAmb: 0000000000000000",
                        "hush",
                        "too long: IOException: " + secret + ": over 1 bytes",
                        "not root's: IOException: " + theirs + ": not a regular file of root",
                        "folder: IOException: /root: not a regular file of root");
    }

    @Test
    void refusesRootAndItself() throws Exception { // SAFETY 5
        assertThat(run("+setuid,+setgid", "refusals"))
                .containsExactly(
                        "root: IllegalArgumentException: uid 0 is no target",
                        "self: IllegalArgumentException: the daemon's own uid and gid are no target",
                        "own group: IllegalArgumentException: the daemon's own uid and gid are no target",
                        "other: true",
                        "root's mailbox for another: IllegalArgumentException: for uid 0 only, not for 54401",
                        "root's mailbox: true",
                        "root's file: true");
    }

    @Test
    void servesItsOwnUserOnlyWithoutCapabilities() throws Exception { // CONTRACTS: an instance of an ordinary user
        assertThat(run("", "ids"))
                .contains("canSwitch false", "Uid: 54400 54400 54400 54400", "CapEff: 0000000000000000");
        String only = "IOException: this instance may only deliver to uid 54400, not to uid ";
        assertThat(run("", "refusals"))
                .contains(
                        "self: true",
                        "other: " + only + "54401 (it has no CAP_SETUID)",
                        "root's mailbox: " + only + "0 (it has no CAP_SETUID)")
                .anyMatch(line -> line.startsWith("root's file: IOException: /etc/hostname: only root may read it"));
    }

    @Test
    void isOutOfTheRecipientsReach() throws Exception { // SAFETY 2
        Process daemon = daemon("+setuid,+setgid", "hold");
        BufferedReader out = daemon.inputReader(UTF_8);
        String[] words = out.readLine().split(" ", -1);
        assertThat(words[0]).isEqualTo("holding");
        String pid = words[1];
        String thread = words[2];
        String attack = """
                for p in PID TID; do
                  for s in 0 STOP CONT TERM KILL; do kill -$s $p 2>&1 && echo "sent $s to $p"; done
                  prlimit --pid $p --nofile=3:3 2>&1 && echo "limited $p"
                  prlimit --pid $p --cpu=1:1 2>&1 && echo "limited $p"
                  cat /proc/$p/environ >/dev/null 2>&1 && echo "read $p"
                  (echo >/proc/$p/mem) 2>/dev/null && echo "wrote $p"
                  ls /proc/$p/fd/ >/dev/null 2>&1 && echo "listed $p"
                  if command -v strace >/dev/null; then timeout 2 strace -o /dev/null -p $p >/dev/null 2>&1; r=$?; [ $r = 1 ] || echo "traced $p: $r"; fi
                done
                echo done""".replace("PID", pid).replace("TID", thread);
        // in a session of its own: within one the kernel lets everybody send SIGCONT
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                "--wait",
                "setpriv",
                "--reuid=54401",
                "--regid=54402",
                "--groups=54403,54404",
                "--bounding-set=-all"));
        command.addAll(List.of("sh", "-c", attack));
        Process attacker = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> said =
                attacker.inputReader(UTF_8).lines().filter(l -> !l.isBlank()).toList();
        assertThat(attacker.waitFor()).isZero();
        assertThat(said).last().isEqualTo("done");
        assertThat(said.subList(0, said.size() - 1))
                .isNotEmpty()
                .allMatch(line -> line.contains("not permitted") || line.contains("ermission denied"));
        daemon.getOutputStream().close();
        assertThat(out.readLine()).isEqualTo("survived");
        assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void leavesNoThreadWithAForeignIdentity() throws Exception { // SAFETY 3
        List<String> lines = run("+setuid,+setgid", "storm", "5", "0");
        assertThat(lines).hasSize(7).containsOnly("foreign: []");
    }

    /** Takes 70 s: a carrier ends after 30 s without work. */
    @Test
    void leavesNoneAfterTheCarriersHaveIdledAway() throws Exception { // SAFETY 3
        List<String> lines = run("+setuid,+setgid", "storm", "2", "35000");
        assertThat(lines).hasSize(4).containsOnly("foreign: []");
    }

    private static LinuxIdentities here(Duration deadline) {
        return new LinuxIdentities(new LinuxFileSystem(), deadline);
    }

    private static Identity anybody(LinuxIdentities identities) {
        return identities.canSwitch() ? IdentitiesChild.USER : identities.self();
    }

    @Test
    void givesUpAtTheDeadlineAndBeginsNoThird() throws Exception { // SAFETY 6
        AtomicBoolean end = new AtomicBoolean();
        try (LinuxIdentities identities = here(Duration.ofSeconds(1))) {
            Identity user = anybody(identities);
            Identities.Work<Boolean> hangs = files -> {
                while (!end.get()) {
                    LockSupport.parkNanos(1_000_000);
                }
                return true;
            };
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> identities.runAs(user, hangs))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("did not finish within 1.0 s");
            }
            assertThatThrownBy(() -> identities.runAs(user, files -> true))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("have not finished yet");
            if (identities.canSwitch()) {
                boolean other = identities.runAs(new Identity(54_410, 54_410, List.of()), files -> true);
                assertThat(other).isTrue();
            }
            end.set(true);
            // both end by themselves
            boolean again = false;
            for (int i = 0; i < 1_000 && !again; i++) {
                try {
                    again = identities.runAs(user, files -> true);
                } catch (IOException e) {
                    LockSupport.parkNanos(5_000_000);
                }
            }
            assertThat(again).isTrue();
        }
    }

    @Test
    void givesTheWorksResultOrItsFailure() throws Exception {
        try (LinuxIdentities identities = here(Duration.ofSeconds(10))) {
            Identity user = anybody(identities);
            String result = identities.runAs(user, files -> "done");
            assertThat(result).isEqualTo("done");
            ErrnoException failure = new ErrnoException(Errno.EDQUOT, "write: Disk quota exceeded");
            assertThatThrownBy(() -> identities.runAs(user, files -> {
                        throw failure;
                    }))
                    .isSameAs(failure);
            assertThatThrownBy(() -> identities.runAs(user, files -> {
                        throw new AssertionError("bug");
                    }))
                    .isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void letsNoWorkStartWork() throws Exception { // SAFETY 3
        try (LinuxIdentities identities = here(Duration.ofSeconds(10))) {
            Identity user = anybody(identities);
            assertThatThrownBy(() -> identities.runAs(user, files -> identities.runAs(user, more -> true)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
