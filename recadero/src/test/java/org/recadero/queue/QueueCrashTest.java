package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.Queue.Change;
import org.recadero.queue.SimulatedDisk.Crash;

/**
 * Scripts of enqueue, deliver, hold, delete, requeue and compaction with a crash at step 1, 2, 3… of what is done to the disk,
 * and what the next start finds (SAFETY 7 to 13). {@code -Drecadero.long=N} runs N times as many.
 */
class QueueCrashTest {
    private static final int LONG = Integer.getInteger("recadero.long", 1);
    private static final int STEPS = 60;
    private static final List<Crash> CRASHES = List.of(Crash.values());

    /** Runs until the machine stops; everything that throws because of that is as it should be. */
    private static void runIntoCrash(CrashScript script, SegmentLogQueue queue, SimulatedDisk disk, int steps) {
        try {
            script.run(queue, steps);
        } catch (IOException e) {
            assertThat(disk.isCrashed()).as("failed without a crash: " + e).isTrue();
        }
        disk.stop();
        OnSimulatedDisk.closeBroken(queue);
    }

    private static void restart(SegmentLogQueue queue, CrashScript script, Crash crash) throws IOException {
        script.check(queue, crash != Crash.OF_THE_PROGRAM);
    }

    @ParameterizedTest
    @EnumSource(Crash.class)
    void losesNothingAndInventsNothingWhereverItCrashes(Crash crash) throws IOException {
        // about 250 steps to the disk in a script: each is the last one once or more
        for (int at = 1; at < 260 * LONG; at++) {
            crashOnce(crash, at % 260 + 1, at * 31L + CRASHES.indexOf(crash));
        }
    }

    private static void crashOnce(Crash crash, int at, long seed) throws IOException {
        ManualClock clock = new ManualClock();
        CrashScript script = new CrashScript(seed, clock);
        Random random = new Random(seed);
        SimulatedDisk disk = new SimulatedDisk();
        SegmentLogQueue queue = QueueFixture.open(disk, clock);
        disk.crashAfter(at);
        runIntoCrash(script, queue, disk, STEPS);
        disk = disk.afterCrash(crash, random);
        clock.reboot(Duration.ofMinutes(random.nextInt(60)));
        try (SegmentLogQueue again = QueueFixture.open(disk, clock)) {
            restart(again, script, crash);
            script.run(again, 10);
            again.keepHouse();
        } catch (AssertionError e) {
            throw new AssertionError("crash " + crash + " at " + at + ", seed " + seed + ": " + e.getMessage(), e);
        }
        try (SegmentLogQueue again = QueueFixture.open(disk.copy(), clock)) {
            script.check(again, false);
        }
    }

    /** Kills and power cuts, one after the other: what a kill left in the system's memory, the next power cut takes. */
    @Test
    void survivesManyCrashesInARow() throws IOException {
        for (int seed = 0; seed < 60 * LONG; seed++) {
            ManualClock clock = new ManualClock();
            CrashScript script = new CrashScript(seed, clock);
            Random random = new Random(seed);
            SimulatedDisk disk = new SimulatedDisk();
            Crash crash = Crash.LOSES_ALL;
            try {
                for (int life = 0; life < 12; life++) {
                    SegmentLogQueue queue = QueueFixture.open(disk, clock);
                    script.check(queue, crash != Crash.OF_THE_PROGRAM);
                    disk.crashAfter(1 + random.nextInt(150));
                    runIntoCrash(script, queue, disk, 50);
                    crash = CRASHES.get(random.nextInt(CRASHES.size()));
                    disk = disk.afterCrash(crash, random);
                    clock.reboot(Duration.ofMinutes(random.nextInt(200)));
                }
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * SAFETY 7: a flush that failed leaves pages that read well and will never be on disk. The next start in the same life of the
     * machine reads them, must not believe them, and says nothing that a later power cut would make a lie.
     */
    @Test
    void believesNothingThatAFailedFlushLeftInMemory() throws IOException {
        for (int seed = 0; seed < 60 * LONG; seed++) {
            ManualClock clock = new ManualClock();
            CrashScript script = new CrashScript(seed, clock);
            Random random = new Random(seed);
            SimulatedDisk disk = new SimulatedDisk();
            SegmentLogQueue queue = QueueFixture.open(disk, clock);
            script.run(queue, random.nextInt(30));
            disk.failAfter(1 + random.nextInt(20), Integer.MAX_VALUE / 2);
            try {
                script.run(queue, 30);
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
            disk.neverFail();
            disk.stop();
            OnSimulatedDisk.closeBroken(queue);
            disk = disk.afterCrash(Crash.OF_THE_PROGRAM, random);
            try {
                SegmentLogQueue again = QueueFixture.open(disk, clock);
                // what it shows now is promised: a submission that is taken is not sent again
                script.check(again, false);
                disk.stop();
                OnSimulatedDisk.closeBroken(again);
                disk = disk.afterCrash(Crash.LOSES_ALL, random);
                try (SegmentLogQueue last = QueueFixture.open(disk, clock)) {
                    script.check(last, true);
                }
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Crash.class)
    void survivesCrashesDuringRecovery(Crash crash) throws IOException {
        for (int seed = 0; seed < 25 * LONG; seed++) {
            ManualClock clock = new ManualClock();
            CrashScript script = new CrashScript(seed + 1_000, clock);
            Random random = new Random(seed);
            SimulatedDisk disk = new SimulatedDisk();
            SegmentLogQueue queue = QueueFixture.open(disk, clock);
            disk.crashAfter(20 + random.nextInt(200));
            runIntoCrash(script, queue, disk, STEPS);
            disk = disk.afterCrash(crash, random);
            for (int at = 1; at <= 12; at++) {
                disk.crashAfter(at);
                try {
                    OnSimulatedDisk.closeBroken(QueueFixture.open(disk, clock));
                } catch (IOException e) {
                    assertThat(disk.isCrashed()).isTrue();
                }
                disk = disk.afterCrash(crash, random);
            }
            try (SegmentLogQueue again = QueueFixture.open(disk, clock)) {
                restart(again, script, crash);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** SAFETY 7: a failed write or force is told to who waited, and never hides or loses anything else. */
    @Test
    void survivesFailedWritesAndForces() throws IOException {
        for (int seed = 0; seed < 150 * LONG; seed++) {
            ManualClock clock = new ManualClock();
            CrashScript script = new CrashScript(seed, clock);
            Random random = new Random(seed);
            SimulatedDisk disk = new SimulatedDisk();
            SegmentLogQueue queue = QueueFixture.open(disk, clock);
            queue.keepHouse();
            for (int i = 0; i < 6; i++) {
                disk.failAfter(1 + random.nextInt(40), 1 + random.nextInt(3));
                try {
                    script.run(queue, 20);
                } catch (IOException e) {
                    boolean told =
                            e instanceof QueueFullException || e.toString().contains("simulated failure");
                    assertThat(told).as("failed for another reason: " + e).isTrue();
                }
            }
            disk.neverFail();
            disk.stop();
            OnSimulatedDisk.closeBroken(queue);
            disk = disk.afterCrash(CRASHES.get(random.nextInt(CRASHES.size())), random);
            try (SegmentLogQueue again = QueueFixture.open(disk, clock)) {
                script.check(again, true);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Many threads at once, the housekeeper too, and the machine stops at any moment. */
    @Test
    void losesNothingOfManyThreadsWhereverItCrashes() throws Exception {
        for (int seed = 0; seed < 40 * LONG; seed++) {
            Random random = new Random(seed);
            SimulatedDisk disk = new SimulatedDisk();
            QueueOptions options = new QueueOptions(32 << 10, 0, "0.1-test", 100_000, Duration.ZERO, true);
            ManualClock clock = new ManualClock();
            SegmentLogQueue queue = SegmentLogQueue.open(disk, clock, options, false);
            disk.crashAfter(30 + random.nextInt(700));
            Crowd crowd = new Crowd(queue);
            crowd.runUntilTheMachineStops();
            OnSimulatedDisk.closeBroken(queue);
            Crash crash = CRASHES.get(random.nextInt(CRASHES.size()));
            try (SegmentLogQueue again = SegmentLogQueue.open(disk.afterCrash(crash, random), clock, options, false)) {
                crowd.check(again);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", " + crash + ": " + e.getMessage(), e);
            }
        }
    }

    /** Threads that put, deliver, hold and delete, and what they know. */
    private static final class Crowd {
        private final SegmentLogQueue queue;
        private final Map<SubmissionId, String> offered = new ConcurrentHashMap<>();
        private final Set<SubmissionId> promised = ConcurrentHashMap.newKeySet();
        private final Set<SubmissionId> mayBeGone = ConcurrentHashMap.newKeySet();
        private final Set<SubmissionId> mustBeGone = ConcurrentHashMap.newKeySet();

        Crowd(SegmentLogQueue queue) {
            this.queue = queue;
        }

        void runUntilTheMachineStops() throws Exception {
            List<Future<?>> ends = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 6; i++) {
                    int number = i;
                    ends.add(threads.submit(() -> untilItStops(() -> put(number))));
                }
                for (int i = 0; i < 3; i++) {
                    ends.add(threads.submit(() -> untilItStops(this::deliver)));
                }
                ends.add(threads.submit(() -> untilItStops(this::change)));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        }

        private interface Work {
            void once() throws IOException;
        }

        private static void untilItStops(Work work) {
            try {
                for (int i = 0; i < 100_000; i++) {
                    work.once();
                }
            } catch (IOException e) {
                // the machine has stopped
                return;
            }
        }

        private void put(int number) throws IOException {
            SubmissionId submission = QueueFixture.newSubmission();
            String content = "from " + number + " " + submission + "x".repeat((int) (submission.low() % 1_500));
            offered.put(submission, content);
            QueueFixture.put(
                    queue, content.getBytes(StandardCharsets.UTF_8), QueueFixture.envelope(2), submission, false);
            promised.add(submission);
        }

        private void deliver() throws IOException {
            List<QueuedMessage> claimed = queue.claimDue(4);
            if (claimed.isEmpty()) {
                queue.force();
            }
            for (QueuedMessage message : claimed) {
                queue.begun(message.id(), 0, "").await();
                queue.done(message.id(), 0);
                if (message.submission().low() % 3 == 0) {
                    queue.deferred(message.id(), 1, "later");
                    queue.release(message.id(), Duration.ofHours(1));
                } else {
                    mayBeGone.add(message.submission());
                    queue.done(message.id(), 1);
                    queue.release(message.id(), Duration.ZERO);
                }
            }
        }

        private void change() throws IOException {
            List<QueuedMessage> all = QueueFixture.all(queue);
            if (all.size() < 3) {
                queue.force();
                return;
            }
            QueuedMessage message = all.get(all.size() / 2);
            mayBeGone.add(message.submission());
            if (queue.change(message.id(), Change.DELETE)) {
                mustBeGone.add(message.submission());
            }
            queue.change(all.get(1).id(), Change.REQUEUE);
        }

        void check(SegmentLogQueue again) throws IOException {
            Set<SubmissionId> found = new HashSet<>();
            for (QueuedMessage message : QueueFixture.all(again)) {
                assertThat(found.add(message.submission())).as("there twice").isTrue();
                assertThat(QueueFixture.content(again, message.id())).isEqualTo(offered.get(message.submission()));
            }
            assertThat(found).as("came back after its removal").noneMatch(mustBeGone::contains);
            for (SubmissionId submission : promised) {
                assertThat(found.contains(submission) || mayBeGone.contains(submission))
                        .as("lost: " + submission)
                        .isTrue();
            }
        }
    }
}
