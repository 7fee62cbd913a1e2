package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SAFETY 3's watchdog, before a folder that looks like /proc/self/task. */
class IdentityWatchdogTest {
    @TempDir
    Path tasks;

    private LinuxIdentities identities;
    private IdentityWatchdog watchdog;
    private String self;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        identities = new LinuxIdentities(new LinuxFileSystem(), Duration.ofSeconds(30));
        watchdog = new IdentityWatchdog(identities, new LinuxFileSystem(), tasks.toString());
        self = Integer.toUnsignedString(identities.self().uid());
        group = Integer.toUnsignedString(identities.self().gid());
        thread("1000001", self, group);
    }

    @AfterEach
    void tearDown() {
        identities.close();
    }

    private void thread(String task, String effectiveUid, String fileSystemGid) throws IOException {
        Path folder = Files.createDirectories(tasks.resolve(task));
        String uids = "Uid:\t" + self + "\t" + effectiveUid + "\t" + self + "\t" + self + "\n";
        String gids = "Gid:\t" + group + "\t" + group + "\t" + group + "\t" + fileSystemGid + "\n";
        Files.writeString(folder.resolve("status"), "Name:\tjava\n" + uids + gids + "FDSize:\t64\n");
    }

    @Test
    void isContentWithItsOwnThreads() throws Exception {
        assertThat(watchdog.look()).isEmpty();
        assertThat(watchdog.look()).isEmpty();
    }

    @Test
    void findsAForeignUserAtTheSecondLook() throws Exception {
        thread("1000002", "4711", group);
        assertThat(watchdog.look()).isEmpty();
        assertThat(watchdog.look()).containsExactly("thread 1000002: Uid: " + self + " 4711 " + self + " " + self);
    }

    @Test
    void findsAForeignGroup() throws Exception {
        thread("1000002", self, "4711");
        assertThat(watchdog.look()).isEmpty();
        assertThat(watchdog.look())
                .hasSize(1)
                .first()
                .asString()
                .contains("Gid:")
                .contains("4711");
    }

    @Test
    void forgetsAThreadThatEndedBetweenTwoLooks() throws Exception {
        thread("1000002", "4711", group);
        assertThat(watchdog.look()).isEmpty();
        Files.delete(tasks.resolve("1000002/status"));
        assertThat(watchdog.look()).isEmpty();
        thread("1000003", "4711", group);
        assertThat(watchdog.look()).isEmpty();
    }

    @Test
    void sparesADelivery() throws Exception {
        Identity user = identities.canSwitch() ? IdentitiesChild.USER : identities.self();
        IdentityWatchdog real = new IdentityWatchdog(identities);
        List<String> found = identities.runAs(user, files -> {
            assertThat(real.look()).isEmpty();
            return real.look();
        });
        assertThat(found).isEmpty();
    }

    @Test
    void safety3LooksAfterDeliveriesUntilItHasSeenNothing() throws Exception {
        thread("1000002", "4711", group);
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).hasSize(1);
        thread("1000002", self, group);
        assertThat(watchdog.check()).isEmpty();
        // nobody was anybody else since: what lies there now cannot be, and is not looked at
        thread("1000002", "4711", group);
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).isEmpty();
        Identity user = identities.canSwitch() ? IdentitiesChild.USER : identities.self();
        identities.runAs(user, files -> 0);
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).hasSize(1);
    }

    private static int awaited(CountDownLatch latch) throws IOException {
        try {
            latch.await();
            return 0;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void safety3LooksWhileADeliveryGoesOn() throws Exception {
        Identity user = identities.canSwitch() ? IdentitiesChild.USER : identities.self();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        FutureTask<Integer> delivery = new FutureTask<>(() -> identities.runAs(user, files -> {
            begun.countDown();
            return awaited(end);
        }));
        Thread.ofPlatform().start(delivery);
        begun.await();
        assertThat(watchdog.check()).isEmpty();
        thread("1000002", "4711", group);
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).hasSize(1);
        end.countDown();
        assertThat(delivery.get()).isZero();
    }
}
