package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.net.sasl.server.PasswordCheck;
import org.recadero.net.sasl.server.PasswordFile;
import org.recadero.os.Identity;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.PasswordHash;
import org.recadero.os.ProcessFacts;

class PasswdTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private Path file;

    @BeforeEach
    void setUp() throws IOException {
        assumeTrue(PasswordHash.system().isPresent(), "no libcrypt");
        file = folder.resolve("users");
        Files.writeString(
                folder.resolve("main.cf"),
                "smtpd_sasl_type = passwd-file\nsmtpd_sasl_path = users\nmail_owner = nobody\n");
    }

    private int run(String password, String... arguments) {
        ProcessFacts process = new ProcessFacts();
        Passwd.Machine machine = new Passwd.Machine(
                new LinuxFileSystem(),
                new LibcUserDatabase(),
                new Identity(process.uids().effective(), process.gids().effective(), process.groups()),
                new Random(1),
                PasswordHash.system());
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        return new Passwd(machine, Words.english(), out, out)
                .run(Arrays.asList(arguments), Map.of("MAIL_CONFIG", folder.toString()), () -> Optional.of(password));
    }

    private PasswordCheck.Answer check(String login, String password) {
        return new PasswordFile(
                        () -> Files.readAllBytes(file), PasswordHash.system().orElseThrow())
                .check(login, password);
    }

    @Test
    void setsAPasswordThatTheServerTakes() throws IOException {
        assertThat(run("secreto ñ", "usuario"))
                .as(said.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(check("usuario", "secreto ñ")).isEqualTo(PasswordCheck.Answer.RIGHT);
        assertThat(check("usuario", "secreto n")).isEqualTo(PasswordCheck.Answer.WRONG);
        assertThat(Files.readString(file)).startsWith("usuario:$").doesNotContain("secreto");
    }

    @Test
    void nobodyElseReadsIt() throws IOException {
        assertThat(run("x", "usuario")).isZero();
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString(SetupFixture.isRoot() ? "rw-r-----" : "rw-------"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        assertThat(run("x", "otro")).isZero();
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }

    @Test
    void changesAndTakesAwayOneLoginAndLeavesTheOthers() throws IOException {
        Files.writeString(file, "# cuentas\nana:$6$x$y:resto\n\n");
        assertThat(run("uno", "usuario")).isZero();
        assertThat(run("dos", "usuario")).isZero();
        assertThat(check("usuario", "dos")).isEqualTo(PasswordCheck.Answer.RIGHT);
        assertThat(Files.readAllLines(file)).hasSize(4).startsWith("# cuentas", "ana:$6$x$y:resto", "");
        assertThat(run("", "-d", "usuario")).isZero();
        assertThat(Files.readString(file)).isEqualTo("# cuentas\nana:$6$x$y:resto\n\n");
        assertThat(run("", "-d", "usuario")).isEqualTo(67);
        try (var left = Files.list(folder)) {
            assertThat(left).as("nothing temporary stays").hasSize(2);
        }
    }

    @Test
    void losesNoneOfThoseSetAtATime() throws IOException {
        List<String> logins = IntStream.range(0, 8).mapToObj(i -> "usuario" + i).toList();
        assertThat(logins.parallelStream().map(login -> run("x", login))).containsOnly(0);
        assertThat(Files.readAllLines(file).stream().map(line -> line.substring(0, line.indexOf(':'))))
                .containsExactlyInAnyOrderElementsOf(logins);
    }

    @Test
    void refusesWhatNoFileCanHold() throws IOException {
        for (String login : List.of("a:b", "a b", "#a", "a\nb:c")) {
            assertThat(run("x", login)).as(login).isEqualTo(65);
        }
        assertThat(run("", "usuario")).isEqualTo(65);
        assertThat(run("x".repeat(512), "usuario")).isEqualTo(65);
        assertThat(run("x")).isEqualTo(64);
        assertThat(file).doesNotExist();
        Files.createSymbolicLink(file, folder.resolve("main.cf"));
        assertThat(run("x", "usuario")).isEqualTo(73);
        assertThat(Files.readString(folder.resolve("main.cf"))).startsWith("smtpd_sasl_type");
    }

    @Test
    void saysWhatToSetWhereMainCfNamesNoFile() throws IOException {
        Files.writeString(folder.resolve("main.cf"), "");
        assertThat(run("x", "usuario")).isEqualTo(78);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("smtpd_sasl_type = passwd-file");
        assertThat(run("x", "usuario", folder.resolve("here").toString())).isZero();
        assertThat(folder.resolve("here")).exists();
    }
}
