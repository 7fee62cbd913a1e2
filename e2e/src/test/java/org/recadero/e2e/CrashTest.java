package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code kill -9} of the daemon at random moments while mail is submitted: every message whose sendmail ended with 0 is
 * delivered, whole; one is there twice only if its first copy was written so shortly before a kill that the record of it need not have
 * been forced. The random moments can be repeated with {@code -Drecadero.seed=}.
 */
class CrashTest {
    private static final boolean LONG = Boolean.getBoolean("recadero.long");
    private static final int ROUNDS = LONG ? 20 : 2;
    private static final int MESSAGES = LONG ? 2_000 : 200;

    /** SAFETY 13: progress is forced within a second of the first unforced record; the rest is slack where the machine is idle. */
    private static final Duration UNFORCED = Duration.ofMillis(1_500);

    private static final Duration DELIVERED_WITHIN = Duration.ofMinutes(3);
    private static final String MAILBOX = "/var/mail/usuario";

    /** A moment, in ns, at which the daemon was killed, and how long the mailbox was then. */
    private record Kill(long at, long mailboxSize) {}

    @Test
    void killedAtRandomMomentsItLosesNothingThatSendmailAcknowledged() {
        String named = System.getProperty("recadero.seed", "");
        long seed = named.isEmpty() ? new Random().nextLong() : Long.parseLong(named);
        Figure.print("seed", seed);
        Random random = new Random(seed);
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            int doubles = 0;
            int kills = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Round result = new Round(machine, "r" + round, random);
                result.run();
                doubles += result.doubles;
                kills += result.kills.size();
            }
            Figure.print("kills", kills);
            Figure.print("messages delivered twice", doubles);
        } catch (AssertionError e) {
            throw new AssertionError("with -Drecadero.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    /** One round: submissions, kills and restarts beside them, then the count. */
    private static final class Round {
        private final Machine machine;
        private final String name;
        private final Random random;
        private final List<Kill> kills = new ArrayList<>();
        /** Length of the mailbox → the first moment at which it was so long. */
        private final ConcurrentSkipListMap<Long, Long> growth = new ConcurrentSkipListMap<>();

        private volatile boolean watching = true;
        /** For so long the watcher did not get to run: what is said of moments is not more exact than this. */
        private volatile long longestGap;

        private int doubles;

        Round(Machine machine, String name, Random random) {
            this.machine = machine;
            this.name = name;
            this.random = random;
        }

        void run() {
            machine.shell("rm -f " + MAILBOX).succeeded();
            Thread watcher = Thread.ofPlatform().start(this::watch);
            Map<String, Integer> statuses;
            try (Flood.Running flood = Flood.start(machine, name, 4, MESSAGES, "usuario@localhost")) {
                while (!flood.isDone()) {
                    // most of the time it is up: with it down a submission costs the start of a JVM
                    LockSupport.parkNanos(
                            Duration.ofMillis(500 + random.nextInt(2_500)).toNanos());
                    killDaemon();
                    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(300)).toNanos());
                    Chapter.start(machine);
                }
                statuses = flood.statuses();
            }
            assertThat(statuses).hasSize(MESSAGES);
            assertThat(statuses.values()).containsOnly(0);
            machine.awaitUntil(
                    "all acknowledged mail is delivered",
                    () -> machine.exec("root", "", "mailq").out().equals(Machine.EMPTY_QUEUE)
                            && Flood.offsetsByTag(machine.read(MAILBOX))
                                    .keySet()
                                    .containsAll(statuses.keySet()),
                    DELIVERED_WITHIN);
            watching = false;
            join(watcher);
            Map<String, List<Long>> found = Flood.offsetsByTag(machine.read(MAILBOX));
            assertThat(found.keySet()).containsExactlyElementsOf(statuses.keySet());
            found.forEach(this::countDoubles);
        }

        private void killDaemon() {
            long pid = machine.daemonPid();
            machine.shell("kill -9 " + pid);
            kills.add(new Kill(System.nanoTime(), machine.read(MAILBOX).length()));
            machine.awaitUntil(
                    "the killed daemon is gone",
                    () -> machine.proc(pid, "status").isEmpty());
        }

        private void watch() {
            long last = System.nanoTime();
            while (watching) {
                growth.putIfAbsent((long) machine.read(MAILBOX).length(), System.nanoTime());
                long now = System.nanoTime();
                longestGap = Math.max(longestGap, now - last);
                last = now;
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }

        /** All copies of one message but the last must have been written just before a kill. */
        private void countDoubles(String tag, List<Long> offsets) {
            for (long offset : offsets.subList(0, offsets.size() - 1)) {
                Map.Entry<Long, Long> seen = growth.higherEntry(offset);
                long written = seen == null ? Long.MAX_VALUE : seen.getValue();
                long slack = UNFORCED.toNanos() + longestGap;
                assertThat(kills)
                        .as("a kill right after the first copy of %s was written", tag)
                        .anyMatch(kill -> offset < kill.mailboxSize()
                                && kill.at() - written < slack
                                && kill.at() - written > -slack);
                doubles++;
            }
        }

        private static void join(Thread thread) {
            try {
                thread.join(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSubmittedWhileTheDaemonIsDownIsTakenInAfterItsStart(Mta.Client client) {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            String[] never = machine.mta().sendmail(client, List.of("-t"));
            // Postfix warns here that it was never started
            machine.exec("root", Chapter.MESSAGE, never).succeeded();
            machine.exec("otro", Chapter.MESSAGE, never).succeeded();
            Chapter.start(machine);
            Submission.awaitQuiet(machine, 0);
            machine.awaitUntil(
                    "both are delivered",
                    () -> Mbox.messages(machine.read(MAILBOX)).size() == 2);
            machine.exec("root", "", "postfix", "stop").succeeded();
            assertThat(machine.exec("usuario", Chapter.MESSAGE, never)).isEqualTo(new Result(0, "", ""));
            Chapter.start(machine);
            machine.awaitUntil(
                    "the third is delivered",
                    () -> Mbox.messages(machine.read(MAILBOX)).size() == 3);

            String mailbox = machine.read(MAILBOX);
            assertThat(mailbox).contains("from userid 0)", "from userid 1002)", "from userid 1001)");
            machine.awaitEmptyQueue();
        }
    }

    /** SAFETY 9: what a crash leaves at the end of the queue is cut or set aside, and the daemon comes up again. */
    @Test
    void comesUpAgainAfterAKillWhileIdle() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            for (int i = 0; i < 3; i++) {
                long pid = machine.daemonPid();
                machine.shell("kill -9 " + pid).succeeded();
                machine.awaitUntil(
                        "the killed daemon is gone",
                        () -> machine.proc(pid, "status").isEmpty());
                Chapter.start(machine);
                int mark = machine.mailLog().size();
                machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                        .succeeded();
                Submission.awaitQuiet(machine, mark);
            }
            assertThat(Mbox.messages(machine.read(MAILBOX))).hasSize(3);
        }
    }
}
