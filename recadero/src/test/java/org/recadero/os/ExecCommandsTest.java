package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.os.Commands.Command;
import org.recadero.os.Commands.End;

/** The real {@code recadero-exec}, compiled here. As root its commands run as uid 65534, else as the one who runs the tests. */
class ExecCommandsTest {
    private static final Path SOURCE = Path.of("src/main/c/recadero-exec.c");

    @TempDir
    static Path built;

    private static Path program;

    @TempDir
    Path folder;

    private final ProcessFacts facts = new ProcessFacts();
    private final boolean root = facts.uids().effective() == 0;
    private final int uid = root ? 65534 : facts.uids().effective();
    private final int gid = root ? 65534 : facts.gids().effective();
    /** Every process of a test has it in its environment. */
    private final String marker = UUID.randomUUID().toString();

    private ExecCommands commands;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        Path source = Files.exists(SOURCE) ? SOURCE : Path.of("recadero").resolve(SOURCE);
        assumeTrue(Files.exists(source), "the source is not where the tests run");
        program = built.resolve("recadero-exec");
        try {
            Process cc = new ProcessBuilder("cc", "-std=gnu11", "-O1", "-o", program.toString(), source.toString())
                    .inheritIO()
                    .start();
            assumeTrue(cc.waitFor() == 0, "recadero-exec cannot be compiled");
        } catch (IOException e) {
            assumeTrue(false, "no C compiler: " + e.getMessage());
        }
    }

    @BeforeEach
    void setUp() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        commands = new ExecCommands(program);
    }

    @AfterEach
    void leavesNoProcess() throws IOException {
        commands.close();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!marked().isEmpty() && System.nanoTime() < until) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(marked()).isEmpty();
    }

    /** Processes of this test that still live. */
    private List<String> marked() throws IOException {
        List<String> found = new ArrayList<>();
        try (var all = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path each : all) {
                if (environment(each).contains(marker)) {
                    found.add(each.getFileName().toString());
                }
            }
        }
        return found;
    }

    private static String environment(Path process) {
        try {
            return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // gone meanwhile, or somebody else's
            return "";
        }
    }

    private Command command(Duration limit, String... arguments) {
        return new Command(
                new Identity(uid, gid, List.of()),
                List.of(arguments),
                Map.of("PATH", "/usr/bin:/bin", "MARKER", marker, "D", folder.toString()),
                "/",
                false,
                true,
                limit,
                4_096,
                0);
    }

    private End run(String... arguments) {
        return run(Duration.ofSeconds(20), out -> {}, arguments);
    }

    private End run(Duration limit, Commands.Input input, String... arguments) {
        return commands.run(command(limit, arguments), input);
    }

    private End shell(Duration limit, String script) {
        return run(limit, out -> {}, "/bin/sh", "-c", script);
    }

    private String output(String script) {
        return switch (shell(Duration.ofSeconds(20), script)) {
            case End.Exited(int status, String text) -> text;
            case End other -> other.toString();
        };
    }

    // ---- what it has and what not

    @Test
    void hasTheUsersIdsForGoodAndNoCapability() { // SAFETY 1
        assertThat(output("grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb):' /proc/self/status | tr -d '\\t '"))
                .isEqualTo("Uid:%1$d%1$d%1$d%1$d\nGid:%2$d%2$d%2$d%2$d\n".formatted(uid, gid)
                        + (root ? "Groups:\n" : output("grep ^Groups: /proc/self/status | tr -d '\\t '"))
                        + "CapInh:0000000000000000\nCapPrm:0000000000000000\n"
                        + "CapEff:0000000000000000\nCapAmb:0000000000000000\n");
    }

    @Test
    void hasNoDescriptorOfTheDaemon() throws IOException { // SAFETY 1: Java opens files without CLOEXEC
        Path secret = Files.writeString(folder.resolve("secret"), "x");
        try (RandomAccessFile open = new RandomAccessFile(secret.toFile(), "rw")) {
            assertThat(output("ls /proc/$$/fd")).isEqualTo("0\n1\n2\n");
            assertThat(output("ls -l /proc/$PPID/fd 2>&1 | grep -c secret")).isEqualTo("0\n");
            assertThat(open.length()).isEqualTo(1);
        }
    }

    @Test
    void hasASessionOfItsOwnAndACleanStart() { // SAFETY 1
        assertThat(output("cut -d' ' -f1,5,6 /proc/$$/stat | tr ' ' '\\n' | sort -u | wc -l"))
                .isEqualTo("1\n");
        assertThat(output("umask; pwd; ulimit -c; env | sort | cut -d= -f1 | tr '\\n' ' '"))
                .isEqualTo("0077\n/\n0\nD MARKER PATH PWD ");
        assertThat(output("grep -E '^Sig(Ign|Blk)' /proc/self/status | tr -d '\\t'"))
                .isEqualTo("SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
    }

    @Test
    void mayNeitherSignalNorReadItsGuardOrTheDaemon() { // SAFETY 2
        assumeTrue(root, "a user's own instance has his rights");
        String daemon = Integer.toString(facts.pid());
        for (String victim : List.of("$PPID", daemon)) {
            assertThat(output("kill -9 " + victim + " 2>&1; kill -0 " + victim + " 2>&1"))
                    .contains("not permitted")
                    .doesNotContain("No such process");
            assertThat(output("cat /proc/" + victim + "/environ 2>&1; ls /proc/" + victim + "/fd 2>&1"))
                    .contains("Permission denied");
        }
    }

    // ---- how it ends

    @Test
    void tellsHowTheCommandEnded() {
        assertThat(run("true")).isEqualTo(new End.Exited(0, ""));
        assertThat(shell(Duration.ofSeconds(20), "echo a; echo b >&2; exit 75"))
                .isEqualTo(new End.Exited(75, "a\nb\n"));
        assertThat(shell(Duration.ofSeconds(20), "kill -9 $$")).isEqualTo(new End.Killed(9, ""));
        assertThat(run("/nonexistent/x")).isEqualTo(new End.NotRun("execvp /nonexistent/x: No such file or directory"));
        assertThat(run("/etc")).isEqualTo(new End.NotRun("execvp /etc: Permission denied"));
    }

    @Test
    void leavesToTheShellWhatIsNoProgram() { // Postfix: exec_command(3)
        assertThat(run("exit", "75")).isEqualTo(new End.Exited(75, ""));
        assertThat(run("nonexistentcmd", "x")).isInstanceOfSatisfying(End.Exited.class, e -> {
            assertThat(e.status()).isEqualTo(127);
            assertThat(e.output()).contains("nonexistentcmd").contains("not found");
        });
    }

    @Test
    void refusesRootAndInstancesOfOthers() { // SAFETY 5
        Command asRoot = new Command(
                new Identity(0, 0, List.of()),
                List.of("true"),
                Map.of(),
                "/",
                false,
                false,
                Duration.ofSeconds(5),
                0,
                0);
        assertThat(commands.run(asRoot, out -> {})).isEqualTo(new End.Failed("uid 0 runs no command"));
        assertThat(new ExecCommands(folder.resolve("absent")).run(command(Duration.ofSeconds(1), "true"), out -> {}))
                .isInstanceOf(End.Failed.class);
    }

    @Test
    void entersTheFolderAsTheUser() throws IOException {
        assumeTrue(root, "a folder of somebody else");
        Path closed = Files.createDirectory(
                folder.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Command command = new Command(
                new Identity(uid, gid, List.of()),
                List.of("true"),
                Map.of(),
                closed.toString(),
                true,
                false,
                Duration.ofSeconds(5),
                0,
                0);
        assertThat(commands.run(command, out -> {}))
                .isEqualTo(new End.NotRun("cannot change directory to \"" + closed + "\": Permission denied"));
    }

    // ---- its input

    @Test
    void getsAllOfItsInput() {
        byte[] big = "0123456789abcde\n".repeat(40_000).getBytes(StandardCharsets.US_ASCII);
        assertThat(run(Duration.ofSeconds(20), out -> out.write(big), "cksum"))
                .isEqualTo(new End.Exited(0, output("yes 0123456789abcde | head -40000 | cksum")));
        assertThat(run(Duration.ofSeconds(20), out -> out.write(big), "true")).isEqualTo(new End.Exited(0, ""));
    }

    @Test
    void neverGetsHalfAMessageAsAWholeOne() {
        Commands.Input broken = (OutputStream out) -> {
            out.write("half".getBytes(StandardCharsets.US_ASCII));
            throw new IOException("disk error");
        };
        assertThat(run(Duration.ofSeconds(20), broken, "/bin/sh", "-c", "cat; echo >$D/whole"))
                .isEqualTo(new End.Failed("error reading message: disk error"));
        assertThat(folder.resolve("whole")).doesNotExist();
    }

    // ---- hostile ones get nowhere (SAFETY 4)

    @Test
    void endsACommandThatIgnoresSignalsWithAllItStarted() {
        long began = System.nanoTime();
        assertThat(shell(
                        Duration.ofSeconds(2),
                        "trap '' TERM HUP INT; (trap '' TERM; setsid sh -c 'sleep 600 & sleep 600' >/dev/null 2>&1 &);"
                                + " echo here; while :; do sleep 600; done"))
                .isEqualTo(new End.TimedOut("here\n"));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void endsACommandThatForksOn() throws IOException {
        // each child starts two more and ends: orphans all the time
        Path script =
                Files.writeString(folder.resolve("fork"), "#!/bin/sh\ntrap '' TERM\n(sh $0 & sh $0 &)\nsleep 0.05\n");
        assertThat(shell(Duration.ofMillis(300), "ulimit -u 150; sh " + script + "; sleep 600"))
                .isInstanceOf(End.TimedOut.class);
    }

    @Test
    void keepsOnlyTheFirstOfTheOutput() {
        assertThat(shell(Duration.ofSeconds(2), "yes 0123456789abcdef"))
                .isInstanceOfSatisfying(End.TimedOut.class, e -> {
                    assertThat(e.output()).hasSize(4_096);
                });
        assertThat(shell(Duration.ofSeconds(20), "head -c 10000000 /dev/zero; exit 3"))
                .isInstanceOfSatisfying(End.Exited.class, e -> {
                    assertThat(e.status()).isEqualTo(3);
                    assertThat(e.output()).hasSize(4_096);
                });
    }

    @Test
    void waitsForNobodyWhoKeepsThePipe() { // DIFFERS: Postfix waits until all have closed it, and then the mail
        // comes back
        long began = System.nanoTime();
        for (int i = 0; i < 3 * ExecCommands.MOST_LEFT / 2; i++) {
            assertThat(shell(Duration.ofMinutes(10), "sleep 600 & exit 0")).isEqualTo(new End.Exited(0, ""));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void endsWithItsDaemon() throws IOException, InterruptedException {
        Thread waiting = Thread.ofPlatform().start(() -> {
            assertThat(shell(Duration.ofMinutes(10), "trap '' TERM; touch $D/up; while :; do sleep 600; done"))
                    .isEqualTo(new End.Failed("the mail system stops"));
        });
        while (!Files.exists(folder.resolve("up"))) {
            LockSupport.parkNanos(1_000_000);
        }
        waiting.interrupt();
        waiting.join(Duration.ofSeconds(30));
        assertThat(waiting.isAlive()).isFalse();
    }
}
