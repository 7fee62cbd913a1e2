package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.os.LinuxFileSystem;
import org.recadero.queue.Content;
import org.recadero.queue.Intake;
import org.recadero.queue.ManualClock;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.route.AccountRule;
import org.recadero.route.LoginSenders;
import org.recadero.route.Router;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;
import org.recadero.table.FakeTable;

/** Days and weeks, by clocks that the test turns, through the real queue and dispatcher (SAFETY 14 and 30). */
class LongTimesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Outcome NO_WAY = new Outcome.Waiting(status("4.4.1", "connect to x: Network is unreachable"));
    private static final Outcome LATER = new Outcome.Deferred(status("4.7.1", "greylisted"));
    private static final Outcome SENT = new Outcome.Sent(status("2.0.0", "250 Ok"));

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private final List<String> tried = Collections.synchronizedList(new ArrayList<>());
    private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
    private final List<String> returned = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private volatile Outcome outcome = NO_WAY;
    private Queue queue;
    private Dispatcher dispatcher;
    private long submissions;

    private static DeliveryStatus status(String code, String text) {
        return DeliveryStatus.of("none", EnhancedStatusCode.parse(code).orElseThrow(), text, Duration.ZERO);
    }

    @BeforeEach
    void start() throws Exception {
        queue = SegmentLogQueue.open(
                new QueueSettings(folder.resolve("q"), new LinuxFileSystem(), 64 << 10, 0, "test"), clock);
        Snapshot configuration = Configurations.of(
                folder,
                Map.of(
                        "mydestination",
                        "example.net",
                        "myhostname",
                        "host.example.net",
                        "relayhost",
                        "[smtp.gmail.com]"));
        Agent smtp = new Agent(
                "smtp",
                batch -> batch.stream()
                        .map(d -> {
                            String who =
                                    d.recipient().recipient().address().local().text();
                            tried.add(who);
                            if (outcome instanceof Outcome.Sent) {
                                sent.add(who);
                            }
                            return outcome;
                        })
                        .toList(),
                Agent.Destination.NEXT_HOP);
        Plan plan = new Plan(
                configuration,
                new Router(configuration, spec -> FakeTable.empty(), Set.of()),
                Map.of("smtp", smtp),
                new AccountRule(
                        configuration,
                        List.of(),
                        spec -> FakeTable.empty(),
                        new LoginSenders(configuration, spec -> FakeTable.empty()),
                        new NoLogins()));
        dispatcher = new Dispatcher(
                queue,
                () -> plan,
                new Returns(),
                new MailLog((severity, tag, text) -> log.add(clock.now() + " " + text), "postfix"),
                clock::now);
        dispatcher.start();
    }

    @AfterEach
    void stop() throws IOException {
        dispatcher.close(PATIENCE);
        queue.close();
    }

    private static final class NoLogins implements AccountRule.Logins {
        @Override
        public Optional<String> name(int uid) {
            return Optional.empty();
        }

        @Override
        public Optional<Address> completed(String login) {
            return Optional.empty();
        }
    }

    private QueueId put(String name) throws IOException {
        try (Intake intake = queue.begin();
                OutputStream content = intake.content()) {
            content.write("Subject: x\n\n".getBytes(StandardCharsets.US_ASCII));
            return intake.commit(
                    new SubmissionId(1, ++submissions),
                    Envelope.of(
                            ReversePath.of("pepe@example.net"),
                            List.of(EnvelopeRecipient.of(Address.of(name + "@example.org")))),
                    false);
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as(() -> what + "\n" + String.join("\n", log))
                    .isLessThan(until);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private int attempts(QueueId id) {
        try {
            return queue.find(id)
                    .filter(m -> m.state() != QueuedMessage.State.ACTIVE)
                    .map(QueuedMessage::attempts)
                    .orElse(-1);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private boolean isGone(QueueId id) {
        try {
            return queue.find(id).isEmpty();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Time passes; then each of these is tried once. */
    private void passes(Duration time, QueueId... ids) {
        List<Integer> before = new ArrayList<>();
        for (QueueId id : ids) {
            before.add(attempts(id));
        }
        clock.pass(time);
        dispatcher.poke();
        for (int i = 0; i < ids.length; i++) {
            QueueId id = ids[i];
            int least = before.get(i) + 1;
            await(id + " is tried", () -> isGone(id) || attempts(id) >= least);
        }
        // what fails for a lane that is still at work fails for all in it: an hour later that is long over
        await("all is quiet", dispatcher::isIdle);
    }

    private QueueId arrives(String name) throws IOException {
        QueueId id = put(name);
        await(name + " is tried", () -> attempts(id) == 1);
        await("all is quiet", dispatcher::isIdle);
        return id;
    }

    private void restart(Duration off) throws Exception {
        stop();
        clock.reboot(off);
        start();
    }

    /** The lifetime is five days; the machine is off line for eight, is switched off between, then the network returns. */
    @Test
    void aWeekOffLineLosesNothingAndAllGoesOutOldestFirst() throws Exception {
        QueueId one = arrives("one");
        passes(Duration.ofDays(1), one);
        QueueId two = arrives("two");
        for (int hour = 0; hour < 72; hour++) {
            passes(HOUR, one, two);
        }
        restart(Duration.ofHours(30));
        QueueId three = arrives("three");
        for (int hour = 0; hour < 66; hour++) {
            passes(HOUR, one, two, three);
        }
        assertThat(queue.find(one).orElseThrow().age()).isGreaterThan(Duration.ofDays(7));
        assertThat(returned).isEmpty();

        outcome = SENT;
        assertThat(queue.makeDue(QueuedMessage::waited)).isEqualTo(3);
        for (QueueId id : List.of(one, two, three)) {
            await("sent", () -> isGone(id));
        }
        assertThat(sent).containsExactly("one", "two", "three");
        assertThat(returned).isEmpty();
    }

    /** A server that answers «later» for five days: then the sender gets it back; a week off line before that does not count. */
    @Test
    void onLineTheLifetimeCounts() throws Exception {
        QueueId id = arrives("x");
        for (int day = 0; day < 7; day++) {
            passes(Duration.ofDays(1), id);
        }
        outcome = LATER;
        for (int day = 0; day < 5; day++) {
            assertThat(returned).as("day " + day).isEmpty();
            passes(Duration.ofDays(1), id);
        }
        passes(HOUR.multipliedBy(2), id);
        await("returned", () -> isGone(id));
        assertThat(returned).containsExactly("x: greylisted");
    }

    /** CLOCK_BOOTTIME runs on while a notebook sleeps: what it missed is tried when it wakes, and the network is not there yet. */
    @Test
    void asleepForAWeekNothingExpiresBeforeItWasTried() throws Exception {
        outcome = LATER;
        QueueId greylisted = arrives("greylisted");
        outcome = NO_WAY;
        passes(Duration.ofDays(7), greylisted);
        assertThat(returned).isEmpty();
        outcome = SENT;
        passes(HOUR, greylisted);
        await("sent", () -> isGone(greylisted));
        assertThat(sent).containsExactly("greylisted");
        assertThat(returned).isEmpty();
    }

    /** A wall clock that somebody sets, or that was wrong at the start, ages nothing and delays nothing. */
    @Test
    void aClockThatJumpsNeitherExpiresNorDelays() throws Exception {
        outcome = LATER;
        QueueId id = arrives("x");
        for (Duration step : List.of(Duration.ofDays(7_000), Duration.ofDays(-14_000), Duration.ofDays(7_000))) {
            Instant before = clock.now();
            clock.step(step);
            int attempts = attempts(id);
            dispatcher.poke();
            // as long as ever: neither at once nor in twenty years
            clock.pass(Duration.ofSeconds(10));
            assertThat(queue.nextDue().orElseThrow())
                    .isBetween(before.plus(step), before.plus(step).plus(Duration.ofHours(2)));
            assertThat(attempts(id)).isEqualTo(attempts);
            passes(HOUR.multipliedBy(2), id);
            assertThat(returned).isEmpty();
        }
        assertThat(queue.find(id).orElseThrow().age()).isLessThan(Duration.ofHours(7));
        outcome = SENT;
        passes(HOUR.multipliedBy(2), id);
        await("sent", () -> isGone(id));
    }

    /** What came back to its sender. */
    private final class Returns extends NoNotices {
        @Override
        public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
            recipients.forEach(r ->
                    returned.add(r.recipient().recipient().address().local().text() + ": "
                            + r.status().text()));
        }

        @Override
        public void software(String what) {
            throw new AssertionError(what);
        }
    }
}
