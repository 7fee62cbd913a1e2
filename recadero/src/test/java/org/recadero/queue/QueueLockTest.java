package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.os.LinuxFileSystem;

/** SAFETY 11 and 15 on the real disk: who has the queue, and what lies there. */
class QueueLockTest {
    @TempDir
    Path folder;

    private final List<Process> children = new ArrayList<>();

    @AfterEach
    void endChildren() throws InterruptedException {
        for (Process child : children) {
            child.destroyForcibly();
            child.waitFor();
        }
    }

    private QueueSettings settings() {
        return new QueueSettings(folder.resolve("recadero"), new LinuxFileSystem(), 64 << 10, 0, "0.1-test");
    }

    private SegmentLogQueue open() throws IOException {
        return SegmentLogQueue.open(settings(), new SystemQueueClock());
    }

    private Process child(String mode) throws IOException {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        path,
                        LockHolder.class.getName(),
                        settings().folder().toString(),
                        mode)
                .redirectErrorStream(true)
                .start();
        children.add(child);
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        assertThat(reader.readLine()).startsWith("ready");
        return child;
    }

    @Test
    void safety15ASecondOwnerStopsWithTheHoldersPid() throws Exception {
        Process other = child("write");
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        QueueLockedException.class, e -> assertThat(e.pid()).contains(other.pid()));
        assertThatThrownBy(() -> SegmentLogQueue.openReading(settings(), new SystemQueueClock()))
                .isInstanceOf(QueueLockedException.class)
                .hasMessageContaining(Long.toString(other.pid()));
        assertThat(SegmentLogQueue.holder(settings().folder())).contains(other.pid());
        other.getOutputStream().close();
        assertThat(other.waitFor()).isZero();
        open().close();
    }

    @Test
    void safety15ReadersShareTheLock() throws Exception {
        try (SegmentLogQueue queue = open()) {
            QueueFixture.put(queue, "x");
        }
        Process other = child("read");
        try (SegmentLogQueue reading = SegmentLogQueue.openReading(settings(), new SystemQueueClock())) {
            assertThat(QueueFixture.all(reading)).hasSize(1);
        }
        assertThatThrownBy(this::open).isInstanceOf(QueueLockedException.class);
        other.getOutputStream().close();
        other.waitFor();
        open().close();
    }

    @Test
    void safety11TheSameProcessNeverOpensTheLockTwice() throws Exception {
        try (SegmentLogQueue queue = open()) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(this::open)
                        .isInstanceOfSatisfying(
                                QueueLockedException.class,
                                e -> assertThat(e.pid())
                                        .contains(ProcessHandle.current().pid()));
            }
            // a second descriptor, closed, would have given the lock back
            assertThat(SegmentLogQueue.holder(settings().folder()))
                    .contains(ProcessHandle.current().pid());
            QueueFixture.put(queue, "x");
        }
        assertThat(SegmentLogQueue.holder(settings().folder())).isEmpty();
        assertThat(Files.size(settings().folder().resolve("lock"))).isZero();
    }

    @Test
    void readsAQueueThatWasNeverOpened() throws IOException {
        try (SegmentLogQueue reading = SegmentLogQueue.openReading(settings(), new SystemQueueClock())) {
            assertThat(QueueFixture.all(reading)).isEmpty();
            assertThat(reading.stats().warnings()).isEmpty();
        }
        assertThat(settings().folder()).doesNotExist();
    }

    @Test
    void makesPrivateFoldersAndFiles() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueFixture.put(
                    queue,
                    new byte[Queue.LARGE_BYTES + 1],
                    QueueFixture.envelope(1),
                    QueueFixture.newSubmission(),
                    false);
            for (String name : List.of("log", "large", "corrupt")) {
                Path path = settings().folder().resolve(name);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo("rwx------");
                try (Stream<Path> files = Files.list(path)) {
                    assertThat(files).allMatch(QueueLockTest::isPrivate);
                }
            }
            assertThat(isPrivate(settings().folder().resolve("lock"))).isTrue();
        }
    }

    private static boolean isPrivate(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                    .equals("rw-------");
        } catch (java.nio.file.NoSuchFileException e) {
            // the housekeeper renamed it meanwhile
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void keepsHouseByItself() throws Exception {
        try (SegmentLogQueue queue = open()) {
            for (int i = 0; i < 300; i++) {
                QueueFixture.put(queue, "x".repeat(1_000));
                QueueFixture.deliverAll(queue);
            }
            long end = System.nanoTime() + 30_000_000_000L;
            while (queue.stats().segments() > 2 && System.nanoTime() < end) {
                queue.force();
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(queue.stats().segments()).isLessThanOrEqualTo(2);
            assertThat(queue.stats().warnings()).isEmpty();
        }
    }
}
