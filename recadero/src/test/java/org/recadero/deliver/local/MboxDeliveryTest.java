package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.recadero.deliver.local.LocalFixture.CONTENT;
import static org.recadero.deliver.local.LocalFixture.entry;
import static org.recadero.deliver.local.LocalFixture.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.Identity;
import org.recadero.os.LinuxFileSystem;
import org.recadero.queue.Note;
import org.recadero.status.Outcome;

class MboxDeliveryTest extends OnAMachine {
    private static final String SENDER = "root@example.net";
    private static final String PREFIX = "cannot update mailbox %s/usuario for user usuario. ";

    private String deferred(String code, String text) {
        return "deferred " + code + " " + PREFIX.formatted(machine.spool) + text;
    }

    private String bounced(String code, String text) {
        return "bounced " + code + " " + PREFIX.formatted(machine.spool) + text;
    }

    private void fail(String call, String end, int errno) {
        machine.files.fault = (c, path) -> {
            if (c.equals(call) && path.endsWith(end)) {
                throw new ErrnoException(errno, call);
            }
        };
    }

    // ---- what lies in the mailbox

    @Test
    void writesTheEntryAsPostfixDoes() {
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).isEqualTo("sent 2.0.0 delivered to mailbox");
        assertThat(machine.mbox("usuario")).isEqualTo(entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void writesTheNullSenderAsMailerDaemon() {
        machine.deliver(machine.to("", "usuario@localhost", CONTENT, 1, false, ""));
        assertThat(machine.mbox("usuario"))
                .startsWith("From MAILER-DAEMON  Tue Nov 24 02:42:56 2026\nReturn-Path: <>\n");
    }

    @Test
    void quotesLinesThatBeginWithFromInHeaderAndBody() {
        String content = "From x\nSubject: y\n\nFrom here\n From there\n>From elsewhere\nFrom\nFromage\nFrom ";
        machine.deliver(machine.to("usuario@localhost", content));
        assertThat(machine.mbox("usuario"))
                .isEqualTo(entry(
                        SENDER,
                        "usuario@localhost",
                        ">From x\nSubject: y\n\n>From here\n From there\n>From elsewhere\nFrom\nFromage\n>From "));
    }

    @Test
    void encodesAnyCutOfTheInputAlike() throws IOException {
        String content = "From a\nFFrom b\nFro\nFrom c\n\nFrom";
        String whole = encode(content, content.length());
        assertThat(whole).isEqualTo(">From a\nFFrom b\nFro\n>From c\n\nFrom\n\n");
        for (int cut = 1; cut < content.length(); cut++) {
            assertThat(encode(content, cut)).isEqualTo(whole);
        }
    }

    private static String encode(String content, int cut) throws IOException {
        StringBuilder out = new StringBuilder();
        MboxEncoder encoder = new MboxEncoder(
                (b, from, length) -> out.append(new String(b, from, length, StandardCharsets.ISO_8859_1)));
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i += cut) {
            encoder.write(bytes, i, Math.min(cut, bytes.length - i));
        }
        encoder.end();
        return out.toString();
    }

    @Test
    void putsAnEmptyLineBeforeAnEntryWhereTheFileDoesNotEndInOne() { // SAFETY 18
        LocalFixture.write(machine.spool.resolve("usuario"), "From a  b\n\ntorn");
        machine.deliver(machine.to("usuario@localhost"));
        assertThat(machine.mbox("usuario"))
                .isEqualTo("From a  b\n\ntorn\n\n" + entry(SENDER, "usuario@localhost", CONTENT));
        LocalFixture.write(machine.spool.resolve("otro"), "From a  b\n\nx\n");
        machine.deliver(machine.to("otro@localhost"));
        assertThat(machine.mbox("otro")).isEqualTo("From a  b\n\nx\n\n" + entry(SENDER, "otro@localhost", CONTENT));
    }

    @Test
    void writesALargeMessageWithoutHoldingItInMemory() {
        byte[] content = ("Subject: big\n\n" + "From the beginning to the end of it\n".repeat(80_000))
                .getBytes(StandardCharsets.ISO_8859_1);
        Delivery large = machine.to(
                SENDER, "usuario@localhost", content.length, () -> new ByteArrayInputStream(content), 1, false, "");
        assertThat(text(machine.deliver(large))).isEqualTo("sent 2.0.0 delivered to mailbox");
        assertThat(machine.mbox("usuario"))
                .isEqualTo(entry(
                        SENDER,
                        "usuario@localhost",
                        "Subject: big\n\n" + ">From the beginning to the end of it\n".repeat(80_000)));
    }

    @Test
    void deliversABatchUnderOneLockWithOneFlush() {
        List<Delivery> batch = new ArrayList<>();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            batch.add(machine.to(SENDER, "usuario@localhost", "Subject: " + i + "\n\nx\n", i, false, ""));
            expected.append(entry(SENDER, "usuario@localhost", "Subject: " + i + "\n\nx\n"));
        }
        List<Outcome> outcomes = machine.delivery().deliver(batch);
        assertThat(outcomes).allMatch(o -> o instanceof Outcome.Sent);
        assertThat(machine.mbox("usuario")).isEqualTo(expected.toString());
        assertThat(machine.files.diary().stream().filter(d -> d.startsWith("tryLock")))
                .hasSize(1);
        assertThat(machine.files.diary().stream().filter(d -> d.startsWith("dataSync")))
                .hasSize(1);
    }

    @Test
    void flushesBeforeItUnlocks() { // SAFETY 18
        machine.deliver(machine.to("usuario@localhost"));
        List<String> diary = machine.files.diary();
        String box = machine.spool.resolve("usuario").toString();
        int lock = diary.indexOf("tryLock " + box);
        int write = diary.indexOf("write " + box);
        int flush = diary.indexOf("dataSync " + box);
        int close = diary.lastIndexOf("close " + box);
        int unlock = diary.indexOf("unlink " + box + ".lock");
        assertThat(List.of(lock, write, flush, close, unlock)).isSorted().doesNotContain(-1);
        // a new mailbox's name too
        assertThat(diary.indexOf("sync " + machine.spool)).isBetween(write, unlock);
    }

    @Test
    void tellsThePlaceBeforeItAppends() { // SAFETY 18
        LocalFixture.write(machine.spool.resolve("usuario"), "From a  b\n\n\n");
        List<Long> sizes = new ArrayList<>();
        Delivery delivery = machine.to("usuario@localhost");
        Delivery watched = new Delivery(delivery.message(), delivery.recipient(), "", delivery.content(), place -> {
            sizes.add((long) machine.mbox("usuario").length());
            machine.begun.add(place);
            return Note.WRITTEN;
        });
        machine.deliver(watched);
        assertThat(sizes).containsExactly(12L);
        int length = entry(SENDER, "usuario@localhost", CONTENT).length();
        assertThat(machine.begun).singleElement().asString().matches("mbox [0-9]+ [0-9]+ 12 " + length);
    }

    @Test
    void waitsWhereThePlaceCannotBeNoted() { // SAFETY 18
        Delivery delivery = machine.to("usuario@localhost");
        Delivery sick = new Delivery(delivery.message(), delivery.recipient(), "", delivery.content(), place -> {
            throw new IOException("the log cannot be written");
        });
        assertThat(text(machine.deliver(sick))).startsWith("deferred 4.3.0");
        assertThat(machine.mbox("usuario")).isEmpty();
    }

    // ---- who writes

    @Test
    void writesAsTheUserWithTheSpoolsGroup() { // SAFETY 2, CONTRACTS
        machine.deliver(machine.to("usuario@localhost"));
        assertThat(machine.identities.taken())
                .isNotEmpty()
                .allMatch(i -> i.equals(new Identity(1001, 8, List.of(1001))));
    }

    @Test
    void writesAsTheUserHimselfIntoAWorldWritableSpool() {
        machine.files.folderMode(machine.spool, 01777);
        machine.deliver(machine.to("usuario@localhost"));
        assertThat(machine.identities.taken()).allMatch(i -> i.equals(new Identity(1001, 1001, List.of())));
    }

    @Test
    void waitsWhereTheSpoolIsNotWritableByItsGroup() {
        machine.files.folderMode(machine.spool, 0755);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("deferred 4.2.0 spool not writable by group: " + machine.spool);
    }

    @Test
    void writesRootsMailboxAsRootOnly() {
        machine.files.owner = 0;
        machine.files.folderMode(machine.spool, 0755);
        assertThat(text(machine.deliver(machine.to("root@localhost")))).startsWith("sent");
        assertThat(machine.identities.taken()).allMatch(i -> i.uid() == 0 && i.gid() == 8);
    }

    @Test
    void waitsWhereAnInstanceMayOnlyDeliverToItsOwner() { // CONTRACTS
        machine.identities.canSwitch = false;
        machine.identities.self = new Identity(1001, 1001, List.of());
        machine.user("ana", 1002);
        assertThat(text(machine.deliver(machine.to("ana@localhost"))))
                .isIn(
                        "deferred 4.3.0 this instance may only deliver to usuario",
                        "deferred 4.3.0 this instance may only deliver to otro");
        assertThat(machine.identities.taken()).isEmpty();
    }

    @Test
    void neverTakesTheDaemonsOwnIds() { // SAFETY 5
        machine.user("postfix", 100);
        assertThat(text(machine.deliver(machine.to("postfix@localhost")))).startsWith("deferred 4.3.0 postfix is the");
        assertThat(machine.identities.taken()).isEmpty();
    }

    @Test
    void waitsWhereTheIdentityCannotBeTaken() { // SAFETY 6
        machine.identities.failAt = 1;
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.3.0", "cannot take the identity"));
        assertThat(machine.spool.resolve("usuario")).doesNotExist();
    }

    // ---- what may stand in the way (SAFETY 6)

    @Test
    void returnsMailForAMailboxThatIsASymbolicLink() throws IOException { // SAFETY 6
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "x");
        Files.createSymbolicLink(machine.spool.resolve("usuario"), elsewhere);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "file is a symbolic link"));
        assertThat(elsewhere).hasContent("x");
    }

    @Test
    void makesNothingBehindADanglingLink() throws IOException { // SAFETY 6
        Files.createSymbolicLink(machine.spool.resolve("usuario"), folder.resolve("elsewhere"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "file is a symbolic link"));
        assertThat(folder.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void returnsMailForAFifoWithoutHanging() throws Exception { // SAFETY 6
        Path fifo = machine.spool.resolve("usuario");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "cannot open file: No such device or address"));
    }

    @Test
    void returnsMailForAMailboxThatIsAFolder() throws IOException { // SAFETY 6
        Files.createDirectory(machine.spool.resolve("usuario"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "cannot open file: Is a directory"));
    }

    @Test
    void returnsMailForAMailboxWithSeveralLinks() throws IOException { // SAFETY 6
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        Files.createLink(machine.spool.resolve("other"), machine.spool.resolve("usuario"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "file has 2 hard links"));
        assertThat(machine.mbox("usuario")).isEmpty();
    }

    @Test
    void waitsWhereTheMailboxIsAnothersAndSaysHow() { // SAFETY 6
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        machine.files.owns(machine.spool.resolve("usuario"), 1002);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.2.0", "destination " + machine.spool + "/usuario is not owned by recipient"));
        assertThat(machine.log)
                .containsExactly("postfix/local: warning: specify \"strict_mailbox_ownership = no\" to ignore"
                        + " mailbox ownership mismatch");
        machine.values.put(Parameters.STRICT_MAILBOX_OWNERSHIP, false);
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
    }

    @Test
    void neverWritesIntoAFileThatWasExchangedBetweenLookAndOpen() throws IOException { // SAFETY 6, 18
        Path box = machine.spool.resolve("usuario");
        LocalFixture.write(box, "");
        Path evil = Files.writeString(folder.resolve("evil"), "evil");
        boolean[] done = {false};
        machine.files.fault = (call, path) -> {
            if (call.equals("tryLock") && !done[0]) {
                done[0] = true;
                try {
                    Files.move(box, folder.resolve("old"));
                    Files.createSymbolicLink(box, evil);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        };
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "file is a symbolic link"));
        assertThat(evil).hasContent("evil");
        assertThat(folder.resolve("old")).isEmptyFile();
    }

    @Test
    void writesIntoTheNewMailboxWhereTheOldOneWasMovedAway() throws IOException { // SAFETY 18
        Path box = machine.spool.resolve("usuario");
        LocalFixture.write(box, "");
        boolean[] done = {false};
        machine.files.fault = (call, path) -> {
            if (call.equals("tryLock") && !done[0]) {
                done[0] = true;
                try {
                    Files.move(box, folder.resolve("old"));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        };
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
        assertThat(folder.resolve("old")).isEmptyFile();
        assertThat(machine.mbox("usuario")).isEqualTo(entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void returnsMailWhereTheUserMayNotWrite() { // SAFETY 6
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        fail("open", "/usuario", Errno.EACCES);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(bounced("5.2.0", "cannot open file: Permission denied"));
    }

    @Test
    void waitsForAReadOnlyMountToBeMended() { // SAFETY 6; DIFFERS: Postfix returns it
        fail("open", "/usuario.lock", Errno.EROFS);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred(
                        "4.3.0",
                        "unable to create lock file " + machine.spool + "/usuario.lock: Read-only file system"));
    }

    @Test
    void waitsWhereTheSpoolIsMissing() {
        machine.values.put(
                Parameters.MAIL_SPOOL_DIRECTORY, folder.resolve("none").toString());
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo("deferred 4.3.0 cannot access mail spool " + folder.resolve("none")
                        + ": No such file or directory");
    }

    // ---- locks

    @Test
    void waitsAndTriesAgainWhileAnotherProcessHasTheFcntlLock() {
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        machine.files.lockElsewhere(machine.spool.resolve("usuario"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.2.0", "unable to lock for exclusive access: Resource temporarily unavailable"));
        assertThat(machine.pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    @Test
    void deliversWhenTheLockComesFreeMeanwhile() {
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        machine.files.lockElsewhere(machine.spool.resolve("usuario"));
        machine.pause = time -> machine.files.unlockElsewhere(machine.spool.resolve("usuario"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
    }

    @Test
    void waitsWhileThereIsALockFile() throws IOException {
        Path lock = Files.createFile(machine.spool.resolve("usuario.lock"));
        Files.setLastModifiedTime(lock, FileTime.from(LocalFixture.NOW.minusSeconds(400)));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.2.0", "unable to create lock file " + lock + ": File exists"));
        assertThat(machine.spool.resolve("usuario")).doesNotExist();
        Files.delete(lock);
    }

    @Test
    void takesAStaleLockFileAway() throws IOException {
        Path lock = Files.createFile(machine.spool.resolve("usuario.lock"));
        Files.setLastModifiedTime(lock, FileTime.from(LocalFixture.NOW.minusSeconds(600)));
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
    }

    @Test
    void takesAKilledDaemonsLockFileAwayAtOnce() throws IOException {
        LockHolder self = LockHolder.self(new LinuxFileSystem());
        LockHolder killed = new LockHolder("1", self.started(), self.boot(), self.space(), self.machine());
        Files.write(machine.spool.resolve("usuario.lock"), killed.text());
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("sent");
        assertThat(machine.spool.resolve("usuario.lock")).doesNotExist();
    }

    /** What may be held by somebody, or cannot be told. */
    @ParameterizedTest
    @ValueSource(strings = {"self", "another space", "another machine", "a number alone", "1\n1 2 3", "0\n\n"})
    void leavesAnothersLockFileAlone(String what) throws IOException {
        LockHolder self = LockHolder.self(new LinuxFileSystem());
        String content = switch (what) {
            case "self" -> contentOf(self);
            case "another space" -> contentOf(new LockHolder("1", "7", self.boot(), "pid:[1]", self.machine()));
            case "another machine" -> contentOf(new LockHolder("1", "7", "b", self.space(), "m"));
            case "a number alone" -> "1\n";
            default -> what;
        };
        Path lock = machine.spool.resolve("usuario.lock");
        Files.writeString(lock, content);
        Files.setLastModifiedTime(lock, FileTime.from(LocalFixture.NOW.minusSeconds(400)));
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("deferred 4.2.0");
        assertThat(lock).hasContent(content);
        Files.delete(lock);
    }

    private static String contentOf(LockHolder holder) {
        return new String(holder.text(), StandardCharsets.US_ASCII);
    }

    @Test
    void aLockFileSaysWhoseItIs() {
        LockHolder self = LockHolder.self(new LinuxFileSystem());
        assertThat(self.pid()).isEqualTo(Long.toString(ProcessHandle.current().pid()));
        assertThat(self.started()).matches("[0-9]+");
        assertThat(contentOf(self)).startsWith(self.pid() + "\n" + self.started() + " ");
    }

    @Test
    void makesNoLockFileWhereTheConfigurationWantsNone() {
        machine.values.put(Parameters.MAILBOX_DELIVERY_LOCK, List.of("flock"));
        machine.deliver(machine.to("usuario@localhost"));
        assertThat(machine.files.diary()).noneMatch(d -> d.endsWith(".lock"));
        assertThat(machine.files.diary()).anyMatch(d -> d.startsWith("tryFlock"));
    }

    @Test
    void neverOpensAMailboxTwiceAtTheSameTime() throws Exception { // SAFETY 18
        CountDownLatch ready = new CountDownLatch(8);
        LocalDelivery delivery = machine.delivery();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Delivery one = machine.to(SENDER, "usuario+" + i + "@localhost", CONTENT, i, false, "");
            threads.add(Thread.ofVirtual().start(() -> {
                ready.countDown();
                try {
                    ready.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                assertThat(text(delivery.deliver(List.of(one)))).isNotEmpty();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        // TestFileSystem fails on a second lock of the same file in this process
        assertThat(machine.mbox("usuario").split("\nReturn-Path:", -1).length - 1)
                .isBetween(1, 8);
    }

    private static String text(List<Outcome> outcomes) {
        return LocalFixture.text(outcomes.getFirst());
    }

    private static String text(Outcome outcome) {
        return LocalFixture.text(outcome);
    }

    // ---- full disks and limits

    @Test
    void returnsMailThatWouldGrowTheMailboxOverItsLimit() {
        machine.values.put(Parameters.MAILBOX_SIZE_LIMIT, 200L);
        List<Outcome> outcomes = machine.delivery()
                .deliver(List.of(
                        machine.to("usuario@localhost", "Subject: a\n\n" + "x".repeat(300) + "\n"),
                        machine.to("usuario@localhost", "S: b\n\nx\n")));
        assertThat(text(outcomes.get(0))).isEqualTo(bounced("5.2.2", "error writing message: File too large"));
        assertThat(text(outcomes.get(1))).startsWith("sent");
        assertThat(machine.mbox("usuario")).isEqualTo(entry(SENDER, "usuario@localhost", "S: b\n\nx\n"));
    }

    @Test
    void cutsATornEntryBackWhereTheDiskIsFull() { // SAFETY 18
        LocalFixture.write(machine.spool.resolve("usuario"), "From a  b\n\nold\n");
        int length = entry(SENDER, "usuario@localhost", CONTENT).length();
        machine.files.space =
                length + 21L + LockHolder.self(new LinuxFileSystem()).text().length;
        List<Outcome> outcomes = machine.delivery()
                .deliver(List.of(
                        machine.to("usuario@localhost"),
                        machine.to(SENDER, "usuario@localhost", CONTENT, 2, false, ""),
                        machine.to(SENDER, "usuario@localhost", CONTENT, 3, false, "")));
        assertThat(text(outcomes.get(0))).startsWith("sent");
        assertThat(text(outcomes.get(1)))
                .isEqualTo(deferred("4.3.0", "error writing message: No space left on device"));
        assertThat(text(outcomes.get(2))).startsWith("deferred 4.3.0");
        assertThat(machine.mbox("usuario"))
                .isEqualTo("From a  b\n\nold\n\n" + entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void cutsALargeEntryBackToo() { // SAFETY 18
        machine.files.space = 200_000;
        byte[] content = ("Subject: big\n\n" + "abcdefg\n".repeat(100_000)).getBytes(StandardCharsets.ISO_8859_1);
        Delivery large = machine.to(
                SENDER, "usuario@localhost", content.length, () -> new ByteArrayInputStream(content), 1, false, "");
        assertThat(text(machine.deliver(large)))
                .isEqualTo(deferred("4.3.0", "error writing message: No space left on device"));
        assertThat(machine.mbox("usuario")).isEmpty();
    }

    @Test
    void cutsNothingBackThatAnotherWroteBehindIt() { // SAFETY 18
        machine.files.space = 20;
        machine.files.fault = (call, path) -> {
            if (call.equals("status") && path.endsWith("/usuario") && machine.files.space == 0) {
                try {
                    Files.writeString(Path.of(path), "foreign", java.nio.file.StandardOpenOption.APPEND);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        };
        assertThat(text(machine.deliver(machine.to("usuario@localhost")))).startsWith("deferred 4.3.0");
        assertThat(machine.mbox("usuario")).endsWith("foreign");
    }

    @Test
    void waitsWhereTheFlushFails() { // SAFETY 7, 18
        fail("dataSync", "/usuario", Errno.EIO);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.3.0", "error writing message: Input/output error"));
    }

    @Test
    void waitsWhereClosingFails() { // SAFETY 18: on NFS the close tells
        fail("close", "/usuario", Errno.EDQUOT);
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.3.0", "error writing message: Disk quota exceeded"));
    }

    // ---- after a crash (SAFETY 18)

    private String place(long offset, long length) throws IOException {
        Path box = machine.spool.resolve("usuario");
        return "mbox " + Files.getAttribute(box, "unix:dev") + " " + Files.getAttribute(box, "unix:ino") + " " + offset
                + " " + length;
    }

    private String deliverAgain(String place) {
        return text(machine.deliver(machine.to(SENDER, "usuario@localhost", CONTENT, 1, true, place)));
    }

    @Test
    void findsWhatWasWrittenBeforeACrashAtItsPlace() throws IOException { // SAFETY 18
        String earlier = entry(SENDER, "usuario@localhost", CONTENT).replace("02:42:56", "01:00:00");
        LocalFixture.write(machine.spool.resolve("usuario"), "From a  b\n\n\n" + earlier + "From c  d\n\nlater\n\n");
        String before = machine.mbox("usuario");
        assertThat(deliverAgain(place(12, earlier.length()))).isEqualTo("sent 2.0.0 delivered to mailbox");
        assertThat(machine.mbox("usuario")).isEqualTo(before);
    }

    @Test
    void findsItElsewhereWhereTheMailboxWasRewritten() throws IOException { // SAFETY 18
        String earlier = entry(SENDER, "usuario@localhost", CONTENT).replace("02:42:56", "01:00:00");
        String similar = entry(SENDER, "usuario@localhost", CONTENT.replace("Prueba", "Prueb4"));
        LocalFixture.write(machine.spool.resolve("usuario"), similar + earlier + similar);
        String before = machine.mbox("usuario");
        assertThat(deliverAgain("mbox 1 2 3 4")).startsWith("sent");
        assertThat(machine.mbox("usuario")).isEqualTo(before);
    }

    @Test
    void cutsAPartialEntryAtTheEndAndDeliversAgain() throws IOException { // SAFETY 18
        String earlier = entry(SENDER, "usuario@localhost", CONTENT).replace("02:42:56", "01:00:00");
        LocalFixture.write(
                machine.spool.resolve("usuario"), "From a  b\n\n\n" + earlier.substring(0, earlier.length() - 5));
        assertThat(deliverAgain(place(12, earlier.length()))).startsWith("sent");
        assertThat(machine.mbox("usuario")).isEqualTo("From a  b\n\n\n" + entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void deliversAgainWhereOnlyAnotherRecipientsCopyIsThere()
            throws IOException { // SAFETY 18: a duplicate, never a loss
        String other = entry(SENDER, "otro@localhost", CONTENT);
        LocalFixture.write(machine.spool.resolve("usuario"), other);
        assertThat(deliverAgain(place(0, other.length()))).startsWith("sent");
        assertThat(machine.mbox("usuario")).isEqualTo(other + entry(SENDER, "usuario@localhost", CONTENT));
    }

    @Test
    void looksNothingUpForMailThatHadNotBegun() { // SAFETY 18: equal mails are not one mail
        LocalFixture.write(machine.spool.resolve("usuario"), entry(SENDER, "usuario@localhost", CONTENT));
        machine.deliver(machine.to("usuario@localhost"));
        assertThat(machine.mbox("usuario"))
                .isEqualTo(entry(SENDER, "usuario@localhost", CONTENT).repeat(2));
    }

    // ---- deadlines

    @Test
    void givesAMailboxUpThatDoesNotAnswerAndGoesOnForOthers() throws Exception { // SAFETY 6
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        machine.deadline = Duration.ofSeconds(2);
        machine.user("ana", 1002);
        machine.files.owns(machine.spool.resolve("ana"), 1002);
        machine.pause = time -> {
            hang.await();
            ended.countDown();
        };
        LocalFixture.write(machine.spool.resolve("usuario"), "");
        machine.files.lockElsewhere(machine.spool.resolve("usuario"));
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .startsWith("deferred 4.2.0 mailbox " + machine.spool + "/usuario did not take the mail within");
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).startsWith("sent");
        machine.files.unlockElsewhere(machine.spool.resolve("usuario"));
        hang.countDown();
        ended.await();
        // given up is given up: nothing is appended afterwards; wait for its turn to end
        machine.pause = time -> {};
        while (machine.shared.orElseThrow().openMailboxes() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(machine.mbox("usuario")).isEmpty();
    }

    @Test
    void leavesAHangingThreadToItselfAndNothingIsAppendedAfterwards() throws Exception { // SAFETY 6
        CountDownLatch goOn = machine.hangAt("tryLock");
        assertThat(text(machine.deliver(machine.to("usuario@localhost"))))
                .isEqualTo(deferred("4.3.0", "did not end within 0 s"));
        goOn.countDown();
        machine.identities.thread.join();
        assertThat(machine.mbox("usuario")).isEmpty();
    }
}
