package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.recadero.deliver.local.LocalFixture.CONTENT;
import static org.recadero.deliver.local.LocalFixture.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.Identity;
import org.recadero.status.Outcome;

class MaildirDeliveryTest extends OnAMachine {
    private static final String SENDER = "root@example.net";
    private static final String FIELDS = """
            Return-Path: <root@example.net>
            X-Original-To: usuario@localhost
            Delivered-To: usuario@localhost
            """;

    private Path maildir;

    @BeforeEach
    void setUp() {
        machine.values.put(Parameters.HOME_MAILBOX, "Maildir/");
        maildir = machine.home("usuario").resolve("Maildir");
    }

    @AfterEach
    void leavesNothingTemporary() {
        if (Files.isDirectory(maildir.resolve("tmp"))) {
            assertThat(LocalFixture.names(maildir.resolve("tmp"))).isEmpty();
        }
    }

    private String name(int number) {
        return Instant.parse("2026-11-24T02:42:56Z").getEpochSecond() + ".R000000000000abcd" + "%016x".formatted(number)
                + "r0.cliente.example.net";
    }

    private String delivered(int number) {
        return LocalFixture.read(maildir.resolve("new").resolve(name(number)));
    }

    private void fail(String call, String part, int errno) {
        machine.files.fault = (c, path) -> {
            if (c.equals(call) && path.contains(part)) {
                throw new ErrnoException(errno, call);
            }
        };
    }

    @Test
    void makesTheFoldersAndWritesTheFileAsPostfixDoes() throws IOException { // SAFETY 16
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).isEqualTo("sent 2.0.0 delivered to maildir");
        assertThat(delivered(1)).isEqualTo(FIELDS + CONTENT);
        for (String sub : List.of("", "tmp", "new", "cur")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(maildir.resolve(sub))))
                    .isEqualTo("rwx------");
        }
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(maildir.resolve("new").resolve(name(1)))))
                .isEqualTo("rw-------");
        assertThat(machine.identities.taken()).allMatch(i -> i.equals(new Identity(1001, 1001, List.of())));
    }

    @Test
    void quotesNothingAndEndsTheLastLine() {
        machine.deliver(machine.to("usuario@localhost", "Subject: x\n\nFrom here\nno end"));
        assertThat(delivered(1)).isEqualTo(FIELDS + "Subject: x\n\nFrom here\nno end\n");
    }

    @Test
    void flushesAllThenRenamesAllThenForcesNewOnce() { // SAFETY 17
        List<Delivery> batch = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            batch.add(machine.to(SENDER, "usuario@localhost", CONTENT, i, false, ""));
        }
        assertThat(machine.delivery().deliver(batch)).allMatch(o -> o instanceof Outcome.Sent);
        List<String> steps = machine.files.diary().stream()
                .filter(d -> d.matches("(write|sync|rename) .*Maildir/(tmp|new).*"))
                .map(d -> d.replaceAll(" .*/Maildir/(tmp|new).*", " $1"))
                .toList();
        assertThat(steps)
                .containsExactly(
                        "write tmp",
                        "write tmp",
                        "write tmp",
                        "sync tmp",
                        "sync tmp",
                        "sync tmp",
                        "rename new",
                        "rename new",
                        "rename new",
                        "sync new");
    }

    @Test
    void writesALargeMessage() {
        byte[] content = ("Subject: big\n\n" + "From here\n".repeat(200_000)).getBytes(StandardCharsets.ISO_8859_1);
        Delivery large = machine.to(
                SENDER, "usuario@localhost", content.length, () -> new ByteArrayInputStream(content), 1, false, "");
        assertThat(text(machine.deliver(large))).isEqualTo("sent 2.0.0 delivered to maildir");
        assertThat(delivered(1)).isEqualTo(FIELDS + "Subject: big\n\n" + "From here\n".repeat(200_000));
    }

    @Test
    void returnsMailThatIsOverTheLimit() {
        machine.values.put(Parameters.MAILBOX_SIZE_LIMIT, 100L);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("bounced 5.2.2 maildir delivery failed: error writing message: File too large");
    }

    @Test
    void waitsWhereTheDiskIsFull() {
        machine.files.space = 50;
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("deferred 4.3.0 maildir delivery failed: error writing message: No space left on device");
        assertThat(LocalFixture.names(maildir.resolve("new"))).isEmpty();
    }

    @Test
    void waitsWhereAFlushFails() { // SAFETY 17
        fail("sync", "Maildir/tmp/", Errno.EIO);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("deferred 4.3.0 maildir delivery failed: error writing message: Input/output error");
        assertThat(LocalFixture.names(maildir.resolve("new"))).isEmpty();
    }

    @Test
    void waitsWhereForcingNewFails() { // SAFETY 17
        fail("sync", "Maildir/new", Errno.EIO);
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("deferred 4.3.0");
    }

    @Test
    void returnsMailWhereTheUserMayNotMakeItAndSaysHowToMendIt() { // SAFETY 6
        fail("makeFolder", "Maildir", Errno.EACCES);
        String what = "create maildir file " + maildir + "/tmp/" + name(1) + ": Permission denied";
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("bounced 5.2.0 maildir delivery failed: " + what);
        assertThat(machine.log)
                .containsExactly(
                        "postfix/local: warning: maildir access problem for UID/GID=1001/1001: " + what,
                        "postfix/local: warning: perhaps you need to create the maildirs in advance");
    }

    @Test
    void returnsMailWhereThereIsAFileInstead() throws IOException { // SAFETY 6
        Files.createFile(maildir);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("bounced 5.2.0 maildir delivery failed: create maildir file " + maildir + "/tmp/" + name(1)
                        + ": Not a directory");
        Files.delete(maildir);
    }

    @Test
    void followsNoLinkInsideTheMaildir() throws IOException { // SAFETY 6
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.createDirectories(maildir.resolve("tmp"));
        Files.createSymbolicLink(maildir.resolve("new"), elsewhere);
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("bounced 5.2.0");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void returnsMailForAUserWithoutAHomeAsPostfixDoes() throws IOException {
        Files.delete(machine.home("usuario"));
        fail("makeFolder", "home/usuario", Errno.EACCES);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("bounced 5.2.0 maildir delivery failed: create maildir file " + maildir + "/tmp/" + name(1)
                        + ": Permission denied");
    }

    @Test
    void deliversIntoTheSpoolWhereThatEndsInASlash() {
        machine.values.put(Parameters.HOME_MAILBOX, "");
        machine.values.put(Parameters.MAIL_SPOOL_DIRECTORY, machine.spool + "/");
        machine.files.owns(machine.spool.resolve("usuario"), 1001);
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
        assertThat(LocalFixture.names(machine.spool.resolve("usuario/new"))).containsExactly(name(1));
    }

    @Test
    void takesNoFolderOfAnothersInTheSpoolForTheUsersMaildir() throws IOException { // SAFETY 6
        machine.values.put(Parameters.HOME_MAILBOX, "");
        machine.values.put(Parameters.MAIL_SPOOL_DIRECTORY, machine.spool + "/");
        Files.createDirectory(machine.spool.resolve("usuario"));
        machine.files.owns(machine.spool.resolve("usuario"), 1002);
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("deferred 4.2.0");
        assertThat(machine.spool.resolve("usuario")).isEmptyDirectory();
    }

    @Test
    void deliversToAnMboxInTheHome() {
        machine.values.put(Parameters.HOME_MAILBOX, "box");
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).isEqualTo("sent 2.0.0 delivered to mailbox");
        assertThat(machine.home("usuario").resolve("box"))
                .content()
                .isEqualTo(LocalFixture.entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void returnsMailForAnMboxInAMissingFolder() {
        machine.values.put(Parameters.HOME_MAILBOX, "Mail/box");
        String box = machine.home("usuario") + "/Mail/box";
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("bounced 5.2.0 cannot update mailbox " + box
                        + " for user usuario. unable to create lock file " + box + ".lock: No such file or directory");
    }

    // ---- after a crash (SAFETY 17)

    private String again() {
        return text(machine.deliver(machine.to(SENDER, "usuario@localhost", CONTENT, 1, true, "")));
    }

    @Test
    void findsInNewWhatWasRenamedBeforeACrash() { // SAFETY 17
        LocalFixture.write(maildir.resolve("new").resolve(name(1)), FIELDS + CONTENT);
        assertThat(again()).isEqualTo("sent 2.0.0 delivered to maildir");
        assertThat(LocalFixture.names(maildir.resolve("new"))).containsExactly(name(1));
    }

    @Test
    void findsInCurWithAnyFlags() { // SAFETY 17
        LocalFixture.write(maildir.resolve("cur").resolve(name(1) + ":2,FS"), FIELDS + CONTENT);
        assertThat(again()).startsWith("sent");
        assertThat(LocalFixture.names(maildir.resolve("new"))).isEmpty();
    }

    @Test
    void deliversUnderASuffixedNameWhereTheFileIsEmptyOrOther() { // SAFETY 17: a duplicate, never a loss
        LocalFixture.write(maildir.resolve("new").resolve(name(1)), "");
        LocalFixture.write(
                maildir.resolve("cur").resolve(name(1).replace("r0.", "r0-1.") + ":2,"),
                FIELDS + CONTENT.replace('P', 'Q'));
        assertThat(again()).startsWith("sent");
        assertThat(LocalFixture.names(maildir.resolve("new")))
                .containsExactly(name(1).replace("r0.", "r0-2."), name(1));
    }

    @Test
    void replacesWhatACrashLeftInTmp() { // SAFETY 17
        LocalFixture.write(maildir.resolve("tmp").resolve(name(1)), "torn");
        assertThat(again()).startsWith("sent");
        assertThat(delivered(1)).isEqualTo(FIELDS + CONTENT);
    }

    @Test
    void findsALargeOneToo() { // SAFETY 17
        byte[] content = ("Subject: big\n\n" + "abcdefg\n".repeat(200_000)).getBytes(StandardCharsets.ISO_8859_1);
        LocalFixture.write(
                maildir.resolve("new").resolve(name(1)), FIELDS + new String(content, StandardCharsets.ISO_8859_1));
        Delivery large = machine.to(
                SENDER, "usuario@localhost", content.length, () -> new ByteArrayInputStream(content), 1, true, "");
        assertThat(text(machine.deliver(large))).startsWith("sent");
        assertThat(LocalFixture.names(maildir.resolve("new"))).containsExactly(name(1));
    }

    @Test
    void keepsControlOverTheHostInTheName() { // SAFETY 16
        assertThat(Maildir.name(machine.to("usuario@localhost"), "m1", "", "a/b:c"))
                .endsWith("r0m1.a\\057b\\072c");
    }

    @Test
    void leavesAHangingThreadToItselfAndNothingIsRenamedAfterwards() throws Exception { // SAFETY 6, 17
        CountDownLatch goOn = machine.hangAt("sync");
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("deferred 4.3.0 maildir delivery failed: did not end within 0 s");
        goOn.countDown();
        machine.identities.thread.join();
        assertThat(LocalFixture.names(maildir.resolve("new"))).isEmpty();
    }
}
