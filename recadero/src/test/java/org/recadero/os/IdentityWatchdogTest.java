package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        identities = new LinuxIdentities(new LinuxFileSystem(), Duration.ofSeconds(5));
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
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).isEmpty();
    }

    @Test
    void findsAForeignUserAtTheSecondLook() throws Exception {
        thread("1000002", "4711", group);
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check()).containsExactly("thread 1000002: Uid: " + self + " 4711 " + self + " " + self);
    }

    @Test
    void findsAForeignGroup() throws Exception {
        thread("1000002", self, "4711");
        assertThat(watchdog.check()).isEmpty();
        assertThat(watchdog.check())
                .hasSize(1)
                .first()
                .asString()
                .contains("Gid:")
                .contains("4711");
    }

    @Test
    void forgetsAThreadThatEndedBetweenTwoLooks() throws Exception {
        thread("1000002", "4711", group);
        assertThat(watchdog.check()).isEmpty();
        Files.delete(tasks.resolve("1000002/status"));
        assertThat(watchdog.check()).isEmpty();
        thread("1000003", "4711", group);
        assertThat(watchdog.check()).isEmpty();
    }

    @Test
    void sparesADelivery() throws Exception {
        Identity user = identities.canSwitch() ? IdentitiesChild.USER : identities.self();
        IdentityWatchdog real = new IdentityWatchdog(identities);
        List<String> found = identities.runAs(user, files -> {
            assertThat(real.check()).isEmpty();
            return real.check();
        });
        assertThat(found).isEmpty();
    }
}
