package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.recadero.deliver.local.LocalFixture.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.status.Outcome;

/** The same deliveries with real system calls and real ids; needs root, else it is skipped. */
class RealMailboxTest {
    private static final int UID = 54_321;

    @TempDir
    Path folder;

    private LocalFixture machine;
    private LinuxIdentities identities;

    @BeforeEach
    void setUp() throws Exception {
        LinuxFileSystem files = new LinuxFileSystem();
        identities = new LinuxIdentities(files, Duration.ofSeconds(30));
        assumeTrue(identities.canSwitch() && identities.self().uid() == 0, "needs root");
        machine = new LocalFixture(folder);
        machine.systemFiles = files;
        machine.systemIdentities = identities;
        machine.user("ana", UID);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setAttribute(machine.spool, "unix:gid", 8);
        Files.setAttribute(machine.spool, "unix:mode", 042775);
        Files.setAttribute(machine.home("ana"), "unix:uid", UID);
    }

    @AfterEach
    void tearDown() {
        identities.close();
        if (machine != null) {
            machine.shared.ifPresent(LocalDelivery.Shared::close);
        }
    }

    @Test
    void ownsWhatItWrites() throws Exception { // SAFETY 2, CONTRACTS: user, the spool's group, 0600
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).isEqualTo("sent 2.0.0 delivered to mailbox");
        Path box = machine.spool.resolve("ana");
        assertThat(Files.getAttribute(box, "unix:uid")).isEqualTo(UID);
        assertThat(Files.getAttribute(box, "unix:gid")).isEqualTo(8);
        assertThat((Integer) Files.getAttribute(box, "unix:mode") & 0xFFF).isEqualTo(0600);
        assertThat(LocalFixture.names(machine.spool)).containsExactly("ana");
        machine.values.put(Parameters.HOME_MAILBOX, "Maildir/");
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).isEqualTo("sent 2.0.0 delivered to maildir");
        Path fresh = machine.home("ana").resolve("Maildir/new");
        assertThat(Files.getAttribute(fresh, "unix:uid")).isEqualTo(UID);
        assertThat(Files.getAttribute(fresh, "unix:gid")).isEqualTo(UID);
    }

    @Test
    void mayNotWriteWhereTheUserMayNot() throws Exception { // SAFETY 6
        Path box = Files.writeString(machine.spool.resolve("ana"), "root's");
        Files.setPosixFilePermissions(box, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).contains("cannot open file: Permission denied");
        assertThat(box).hasContent("root's");
        Files.setAttribute(machine.home("ana"), "unix:uid", 0);
        Files.setPosixFilePermissions(machine.home("ana"), PosixFilePermissions.fromString("rwxr-xr-x"));
        machine.values.put(Parameters.HOME_MAILBOX, "Maildir/");
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).contains("Permission denied");
    }

    @Test
    void standsBeforeLinksFifosFoldersAndSecondNames() throws Exception { // SAFETY 6
        Path box = machine.spool.resolve("ana");
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        Files.setAttribute(secret, "unix:uid", UID);
        Files.createSymbolicLink(box, secret);
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).endsWith("file is a symbolic link");
        Files.delete(box);
        Files.createLink(box, secret);
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).endsWith("file has 2 hard links");
        Files.delete(box);
        Files.createDirectory(box);
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).endsWith("cannot open file: Is a directory");
        Files.delete(box);
        assertThat(new ProcessBuilder("mkfifo", box.toString()).start().waitFor())
                .isZero();
        Files.setAttribute(box, "unix:uid", UID);
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).endsWith("No such device or address");
        assertThat(secret).hasContent("secret");
        assertThat(LocalFixture.names(machine.spool)).containsExactly("ana");
    }

    @Test
    void isNotHeldUpByAFifoAsForwardFile() throws Exception { // SAFETY 6
        Path forward = machine.home("ana").resolve(".forward");
        assertThat(new ProcessBuilder("mkfifo", forward.toString()).start().waitFor())
                .isZero();
        Files.setAttribute(forward, "unix:uid", UID);
        assertThat(text(machine.deliver(machine.to("ana@localhost")))).startsWith("sent");
    }

    @Test
    void deliversManyBatchesFromManyThreadsWithoutMixing() throws Exception { // SAFETY 18
        LocalDelivery delivery = machine.delivery();
        List<Thread> threads = new ArrayList<>();
        List<Outcome> outcomes = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 4; t++) {
            int first = t * 100;
            threads.add(Thread.ofVirtual().start(() -> {
                for (int b = 0; b < 5; b++) {
                    List<Delivery> batch = new ArrayList<>();
                    for (int i = 0; i < 10; i++) {
                        batch.add(machine.to(
                                "root@example.net",
                                "ana+" + first + "@localhost",
                                LocalFixture.CONTENT,
                                first + b * 10 + i,
                                false,
                                ""));
                    }
                    outcomes.addAll(delivery.deliver(batch));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long sent = outcomes.stream().filter(o -> o instanceof Outcome.Sent).count();
        String box = machine.mbox("ana");
        assertThat(box.split("(?m)^From root@example.net  ", -1).length - 1).isEqualTo((int) sent);
        assertThat(outcomes).hasSize(200);
        assertThat(sent).isPositive();
    }
}
