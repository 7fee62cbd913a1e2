package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.recadero.command.SetupFixture.OWNER;
import static org.recadero.command.SetupFixture.USER;
import static org.recadero.command.SetupFixture.ownerAndMode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.log.MailLog;
import org.recadero.os.Identity;
import org.recadero.table.Tables;

class CheckTest {
    private static final Identity ROOT = new Identity(0, 0, List.of());

    @TempDir
    Path folder;

    private SetupFixture machine;
    private Path configured;
    private Path queue;

    @BeforeEach
    void makesAMachine() throws IOException {
        assumeTrue(SetupFixture.isRoot(), "needs root");
        machine = new SetupFixture(folder);
        machine.addUserEntry("postfix", OWNER, "/");
        configured = Files.createDirectory(folder.resolve("conf"));
        queue = Files.createDirectory(folder.resolve("spool"));
        Files.setPosixFilePermissions(queue, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(configured.resolve("main.cf"), "queue_directory = " + queue + "\n");
        Files.writeString(configured.resolve("master.cf"), FirstFiles.masterCf());
    }

    private List<String> check() throws Setup.FatalException, SetupException {
        List<String> warnings = new ArrayList<>();
        Setup setup = Setup.read(configured, machine.files, machine.database, ROOT);
        Check.check(setup, configured, machine.files, ROOT, warnings::add);
        return warnings;
    }

    private List<String> fatal(Identity self) {
        try {
            Setup.read(configured, machine.files, machine.database, self);
            return List.of();
        } catch (Setup.FatalException e) {
            return e.lines();
        }
    }

    private Path ours(String name) {
        return queue.resolve("recadero").resolve(name);
    }

    private static void give(Path path, int uid, String mode) throws IOException {
        Files.setAttribute(path, "unix:uid", uid);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    @Test
    void makesWhatIsMissingAndIsSilent() throws Exception {
        assertThat(check()).isEmpty();
        assertThat(ownerAndMode(ours("drop/root"))).isEqualTo("0 " + OWNER + " 2770");
        assertThat(check()).isEmpty();
    }

    @Test
    void namesWhatIsHardlyMeant() throws Exception {
        Files.writeString(
                configured.resolve("main.cf"),
                "queue_directory = " + queue + "\nvirtual_alias_domains = localhost\nmydestination = localhost\n"
                        + "bounce_template_file = /nonexistent/bounce.cf\n");
        Setup setup = Setup.read(configured, machine.files, machine.database, ROOT);
        Tables tables = new Tables(machine.database, new MailLog((severity, tag, text) -> {}, "postfix"), "x");
        assertThat(Check.doubts(setup.configuration(), tables))
                .containsExactly(
                        "do not list domain localhost in BOTH mydestination and virtual_alias_domains",
                        "open /nonexistent/bounce.cf: No such file or directory -- using the built-in templates");
    }

    @Test
    void wrongOwnersAndModesAreToldInPostfixsWordsAndMended() throws Exception {
        check();
        give(ours("log"), USER, "rwxr-xr-x");
        give(ours("large"), OWNER, "rwxrwx---");
        Files.setAttribute(ours("drop"), "unix:gid", 0);
        give(ours("drop/root"), OWNER, "rwxrwx---");

        assertThat(check())
                .containsExactly(
                        "not owned by postfix: " + ours("log"),
                        "mode is 0755, not 0700: " + ours("log"),
                        "group or other writable: " + ours("large"),
                        "not owned by group postfix: " + ours("drop"),
                        "not owned by root: " + ours("drop/root"),
                        "mode is 0770, not 02770: " + ours("drop/root"));

        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        assertThat(SetPermissions.run(configured, stream, machine.files, machine.database, ROOT))
                .isZero();
        assertThat(err.size()).isZero();
        assertThat(check()).isEmpty();
    }

    @Test
    void setPermissionsIsForRootAndLeavesPostfixsFoldersAlone() throws Exception {
        Path active = Files.createDirectory(queue.resolve("active"));
        give(active, USER, "rwxrwxrwx");
        give(queue, USER, "rwxrwxr-x");
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);

        assertThat(SetPermissions.run(
                        configured, stream, machine.files, machine.database, new Identity(USER, USER, List.of())))
                .isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("reserved for the superuser");
        assertThat(SetPermissions.run(configured, stream, machine.files, machine.database, ROOT))
                .isZero();

        assertThat(ownerAndMode(active)).startsWith(USER + " ").endsWith(" 777");
        assertThat(ownerAndMode(queue)).startsWith(USER + " ").endsWith(" 775");
        assertThat(check())
                .containsExactly("not owned by root: " + queue + "/.", "group or other writable: " + queue + "/.");
    }

    @Test
    void configurationFilesOfOthersAreTold() throws Exception {
        Path below = Files.createDirectory(configured.resolve("sasl"));
        Files.writeString(below.resolve("x"), "");
        give(below.resolve("x"), USER, "rw-------");
        give(configured.resolve("main.cf"), 0, "rw-rw-rw-");
        Files.createSymbolicLink(configured.resolve("link"), below);

        assertThat(check())
                .containsExactly(
                        "not owned by root: " + configured + "/./sasl/x",
                        "group or other writable: " + configured + "/./main.cf");
    }

    private Path passwords(int uid, String mode) throws IOException {
        Path file = configured.resolve("sasl_passwd");
        Files.writeString(file, "x y:z\n");
        give(file, uid, mode);
        Files.writeString(
                configured.resolve("main.cf"),
                "queue_directory = " + queue + "\nsmtp_sasl_password_maps = proxy:hash:$config_directory/sasl_passwd\n"
                        + "config_directory = " + configured + "\n");
        return file;
    }

    @Test
    void passwordsThatOthersCanReadAreToldWithTheCommandThatMendsIt() throws Exception {
        Path file = passwords(0, "rw-r--r--");
        Path index = Files.writeString(configured.resolve("sasl_passwd.db"), "");
        give(index, 0, "rw-r--r--");

        assertThat(check())
                .containsExactly(
                        "others can read the passwords in " + file + ": chmod 600 " + file,
                        "others can read the passwords in " + index + ": chmod 600 " + index);
    }

    @Test
    void passwordsOfRootAloneAreWell() throws Exception {
        passwords(0, "rw-------");

        assertThat(check()).isEmpty();
    }

    @Test
    void passwordsThatTheDaemonCannotReadAreTold() throws Exception {
        Path file = passwords(USER, "rw-------");

        assertThat(check()).contains("the mail system cannot read the passwords in " + file + ": chown root " + file);
    }

    @Test
    void passwordsThatAreNotThereAreTold() throws Exception {
        Files.delete(passwords(0, "rw-------"));

        assertThat(check()).singleElement().asString().contains("does not exist", "postmap hash:");
    }

    @Test
    void whatKeepsTheMailSystemFromStartingIsFatal() throws IOException {
        String main = "queue_directory = " + queue + "\n";
        Path file = configured.resolve("main.cf");

        Files.writeString(file, main + "hola\n");
        assertThat(fatal(ROOT))
                .containsExactly("postfix: fatal: " + file + ", line 2: missing '=' after attribute name: \"hola\"");
        Files.writeString(file, main + "mail_owner = nosuch\n");
        assertThat(fatal(ROOT))
                .contains("postfix: fatal: file " + file + ": parameter mail_owner: unknown user name value: nosuch");
        Files.writeString(file, "queue_directory = " + queue + "/none\n");
        assertThat(fatal(ROOT)).containsExactly("postfix: fatal: chdir(" + queue + "/none): No such file or directory");
        Files.writeString(file, "queue_directory = /" + "x".repeat(100) + "\n");
        assertThat(fatal(ROOT)).singleElement().asString().contains("at most 107 bytes");
        Files.writeString(file, main);
        assertThat(fatal(new Identity(USER, USER, List.of())))
                .contains("postfix: fatal: the postfix command is reserved for the superuser");
        Files.writeString(configured.resolve("master.cf"), "smtp foo\n");
        assertThat(fatal(ROOT)).singleElement().asString().contains("line 1");
        Files.delete(configured.resolve("master.cf"));
        assertThat(fatal(ROOT))
                .containsExactly("postfix/postfix-script: fatal: no " + configured + "/master.cf file found");
    }

    @Test
    void aLinkInPlaceOfAFolderIsNotFollowed() throws Exception {
        // SAFETY 6
        check();
        Files.delete(ours("log"));
        Files.createSymbolicLink(ours("log"), folder);

        assertThatThrownBy(this::check)
                .isInstanceOfSatisfying(
                        SetupException.class, e -> assertThat(e.text()).contains("is a symbolic link"));
        assertThatThrownBy(() -> Setup.read(configured, machine.files, machine.database, ROOT)
                        .folders()
                        .repair(path -> {}))
                .isInstanceOf(SetupException.class);
        assertThat(ownerAndMode(folder)).startsWith("0 0 ");
    }
}
