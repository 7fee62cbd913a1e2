package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
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
import org.recadero.queue.RecipientState;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;
import org.recadero.route.AccountRule;
import org.recadero.route.LoginSenders;
import org.recadero.route.Router;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;
import org.recadero.table.FakeTable;
import org.recadero.table.LookupTable;

/** Bugs of our own, wherever they throw, make mail wait and keep nothing else from going on. */
class DispatcherTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN = 200_000;

    @TempDir
    Path folder;

    // without a lock: a test that counts them again and again must not keep those waiting who write them
    private final Collection<String> lines = new ConcurrentLinkedQueue<>();
    private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch ends = new CountDownLatch(1);
    private Map<String, String> more = Map.of();
    private Optional<Envelope.Trace> trace = Optional.empty();
    private String sender = "pepe@example.net";
    private Runnable beforeSending = () -> {};
    private Optional<Deliverer> remote = Optional.empty();
    private Agent.Limits limits = Agent.Limits.oneAtATime();
    private Agent.Destination mailboxes = Agent.Destination.LOCAL_PART;
    private Agent.Limits mailboxLimits = Agent.Limits.oneAtATime();
    private Consumer<List<Delivery>> beforeLocal = batch -> {};
    private InstantSource clock = InstantSource.system();
    private LongSupplier nanoTime = System::nanoTime;
    private Queue queue;
    /** To local. */
    private final AtomicLong handedToLocal = new AtomicLong();

    private final AtomicLong submissions = new AtomicLong();

    @BeforeEach
    void openQueue() throws IOException {
        queue = SegmentLogQueue.open(settings("q", 64 << 10), new SystemQueueClock());
    }

    private QueueSettings settings(String name, int segmentBytes) {
        return new QueueSettings(folder.resolve(name), new LinuxFileSystem(), segmentBytes, 0, "test");
    }

    @AfterEach
    void closeQueue() throws IOException {
        queue.close();
    }

    private QueueId put(String recipient) throws IOException {
        return put(recipient, "Subject: x\n\n", Optional.empty());
    }

    private QueueId put(String recipient, String text, Optional<Integer> uid) throws IOException {
        try (Intake intake = queue.begin();
                OutputStream content = intake.content()) {
            content.write(text.getBytes(StandardCharsets.US_ASCII));
            Envelope envelope = new Envelope(
                    ReversePath.of(sender),
                    Optional.empty(),
                    Stream.of(recipient.split(", "))
                            .map(r -> EnvelopeRecipient.of(Address.of(r)))
                            .toList(),
                    BodyType.UNSTATED,
                    Optional.empty(),
                    Optional.empty(),
                    trace,
                    uid);
            return intake.commit(new SubmissionId(1, submissions.incrementAndGet()), envelope, false);
        }
    }

    private static LookupTable transportMap() {
        return new FakeTable("static:x", key -> {
            if (key.startsWith("boom")) {
                throw new IllegalStateException("a bug");
            }
            return null;
        });
    }

    private Dispatcher dispatcher(Outcome outcome, Notices notices) throws Exception {
        Plan plan = plan(outcome);
        return dispatcher(() -> plan, notices);
    }

    private Plan plan(Outcome outcome) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "mydestination", "example.net",
                "myhostname", "host.example.net",
                "transport_maps", "static:x",
                "sender_dependent_relayhost_maps", "static:accounts",
                "relay_domains", ""));
        settings.putAll(more);
        Snapshot configuration = Configurations.of(folder, settings);
        Router router = new Router(
                configuration, spec -> spec.name().equals("accounts") ? relayhosts() : transportMap(), Set.of());
        Deliverer local = batch -> {
            beforeLocal.accept(batch);
            handedToLocal.addAndGet(batch.size());
            return Collections.nCopies(batch.size(), outcome);
        };
        Deliverer each = batch -> batch.stream()
                .map(d -> {
                    beforeSending.run();
                    sent.add(d.account() + " to " + d.nextHop());
                    return outcome;
                })
                .toList();
        Agent smtp = new Agent("smtp", remote.orElse(each), Agent.Destination.NEXT_HOP, limits);
        return new Plan(
                configuration,
                router,
                Map.of("local", new Agent("local", local, mailboxes, mailboxLimits), "smtp", smtp),
                accounts(configuration));
    }

    private Dispatcher dispatcher(Supplier<Plan> plan, Notices notices) {
        MailLog log = new MailLog(
                (severity, tag, text) -> {
                    lines.add(text);
                    if (text.contains("removed") || text.contains("cannot end")) {
                        ends.countDown();
                    }
                },
                "postfix");
        return new Dispatcher(queue, plan, notices, log, clock, nanoTime);
    }

    /** Whose uid is 1001 is «pepe». */
    private static AccountRule accounts(Snapshot configuration) throws ConfigurationException {
        return new AccountRule(
                configuration,
                List.of(),
                spec -> relayhosts(),
                new LoginSenders(configuration, spec -> new FakeTable("static:x", key -> "*")),
                new AccountRule.Logins() {
                    @Override
                    public Optional<String> name(int uid) {
                        return uid == 1001 ? Optional.of("pepe") : Optional.empty();
                    }

                    @Override
                    public Optional<Address> completed(String login) {
                        return Optional.of(Address.of(login + "@example.net"));
                    }
                });
    }

    private static LookupTable relayhosts() {
        return new FakeTable("static:x", key -> key.equals("pepe@gmail.com") ? "[smtp.gmail.com]:587" : null);
    }

    private void runUntilTheEnd(Dispatcher dispatcher) throws InterruptedException {
        dispatcher.start();
        boolean ended = ends.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        dispatcher.close(PATIENCE);
        assertThat(ended).as(lines.toString()).isTrue();
    }

    private static DeliveryStatus status(int statusClass) {
        return DeliveryStatus.of("local", EnhancedStatusCode.of(statusClass, 0, 0), "x", Duration.ZERO);
    }

    @Test
    void aBugInRoutingMakesOneMessageWaitAndNotTheOthers() throws Exception {
        QueueId bad = put("boom@example.net");
        QueueId good = put("usuario@example.net");
        runUntilTheEnd(dispatcher(new Outcome.Sent(status(2)), new NoNotices()));
        assertThat(queue.find(good)).isEmpty();
        QueuedMessage waits = queue.find(bad).orElseThrow();
        assertThat(waits.state()).isEqualTo(QueuedMessage.State.DEFERRED);
        assertThat(waits.recipients().getFirst().reason()).contains("internal error");
    }

    @Test
    void aBugInANoticeGivesTheMessageBackToTheQueue() throws Exception {
        QueueId id = put("usuario@example.net");
        runUntilTheEnd(dispatcher(new Outcome.Bounced(status(5)), new NoNotices() {
            @Override
            public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
                throw new IllegalStateException("a bug");
            }
        }));
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(QueuedMessage.State.DEFERRED);
    }

    @Test
    void theFromFieldChoosesTheAccountOfMailThatLeaves() throws Exception {
        put("x@example.org", "From: Pepe <pepe@gmail.com>\n\nx\n", Optional.of(1001));
        runUntilTheEnd(dispatcher(new Outcome.Sent(status(2)), new NoNotices()));
        assertThat(sent).containsExactly("pepe@gmail.com to [smtp.gmail.com]:587");
        assertThat(lines).anyMatch(l -> l.endsWith("account=<pepe@gmail.com>, by the From field"));
    }

    @Test
    void withoutTheKernelsWordForTheUserTheEnvelopeChooses() throws Exception {
        put("x@example.org", "From: Pepe <pepe@gmail.com>\n\nx\n", Optional.empty());
        runUntilTheEnd(dispatcher(new Outcome.Sent(status(2)), new NoNotices()));
        assertThat(sent).containsExactly("pepe@example.net to example.org");
    }

    private List<FailedRecipient> afterALifetimeOf(String lifetime, Outcome outcome, String waitingUses)
            throws Exception {
        QueueId id = put("x@example.org");
        List<FailedRecipient> told = Collections.synchronizedList(new ArrayList<>());
        more = Map.of("maximal_queue_lifetime", lifetime, "recadero_waiting_uses_lifetime", waitingUses);
        Dispatcher dispatcher = dispatcher(outcome, new NoNotices() {
            @Override
            public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
                told.addAll(recipients);
            }
        });
        dispatcher.start();
        awaitWhile(() -> queue.find(id).filter(m -> m.attempts() == 0).isPresent());
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id).map(QueuedMessage::waited).orElse(false))
                .isEqualTo(told.isEmpty() && outcome instanceof Outcome.Waiting);
        return told;
    }

    /** Postfix: «delivery temporarily suspended»: who does not answer is not called again for each message. */
    @Test
    void aDestinationThatDoesNotAnswerIsAskedOnceForAllThatWaits() throws Exception {
        List<QueueId> ids = new ArrayList<>();
        beforeSending = () -> {
            while (count("queue active") < 200) {
                LockSupport.parkNanos(LOOK_AGAIN);
            }
        };
        for (int i = 0; i < 200; i++) {
            ids.add(put("x" + i + "@example.org"));
        }
        Dispatcher dispatcher = dispatcher(
                new Outcome.Waiting(DeliveryStatus.of(
                        "none", EnhancedStatusCode.of(4, 4, 1), "connect to x: Connection refused", Duration.ZERO)),
                new NoNotices());
        dispatcher.start();
        awaitWhile(() -> count("status=deferred") < 200);
        dispatcher.close(PATIENCE);
        assertThat(count("status=deferred")).isEqualTo(200);
        assertThat(sent).as("one batch was tried").hasSizeLessThanOrEqualTo(Lane.MOST_RECIPIENTS);
        assertThat(lines)
                .anyMatch(l -> l.contains("(delivery temporarily suspended: connect to x: Connection refused)"));
        assertThat(queue.find(ids.getLast()).orElseThrow().waited()).isTrue();
    }

    /** Postfix: postfix(1), reload: only what is at work already ends with the old configuration. */
    @Test
    void mailAfterAReloadGoesByTheNewConfigurationAlsoWhereItsDestinationIsBusy() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        remote = Optional.of(batch -> {
            busy.countDown();
            awaitQuietly(end);
            sent.add("old: " + batch.size());
            return batch.stream().<Outcome>map(d -> new Outcome.Sent(status(2))).toList();
        });
        AtomicReference<Plan> plan = new AtomicReference<>(plan(new Outcome.Sent(status(2))));
        Dispatcher dispatcher = dispatcher(plan::get, new NoNotices());
        put("before@example.org");
        dispatcher.start();
        assertThat(busy.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        remote = Optional.of(batch -> {
            sent.add("new: " + batch.size());
            return batch.stream().<Outcome>map(d -> new Outcome.Sent(status(2))).toList();
        });
        plan.set(plan(new Outcome.Sent(status(2))));
        put("after@example.org");
        awaitWhile(sent::isEmpty);
        end.countDown();
        dispatcher.close(PATIENCE);
        assertThat(sent).containsExactly("new: 1", "old: 1");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            boolean opened = latch.await(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(opened).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was away gets one probe when the network is back, however much waits for it; then more at a time. */
    @Test
    void safety30ADestinationThatWasAwayGetsOneProbeFirst() throws Exception {
        int messages = 100;
        limits = new Agent.Limits(20, 5, 50);
        AtomicBoolean back = new AtomicBoolean();
        List<String> begun = Collections.synchronizedList(new ArrayList<>());
        List<Integer> besideTheProbe = Collections.synchronizedList(new ArrayList<>());
        Outcome away = new Outcome.Waiting(DeliveryStatus.of(
                "none", EnhancedStatusCode.of(4, 4, 1), "connect to x: Network is unreachable", Duration.ZERO));
        remote = Optional.of(batch -> {
            if (!back.get()) {
                return Collections.nCopies(batch.size(), away);
            }
            String destination = batch.getFirst().nextHop();
            boolean first;
            synchronized (begun) {
                first = !begun.contains(destination);
                begun.add(destination);
            }
            if (first) {
                awaitCount("queue active", 4 * messages);
                long enough = System.nanoTime() + Duration.ofMillis(30).toNanos();
                while (System.nanoTime() < enough) {
                    LockSupport.parkNanos(LOOK_AGAIN);
                }
                besideTheProbe.add(Collections.frequency(begun, destination));
            }
            return Collections.nCopies(batch.size(), new Outcome.Sent(status(2)));
        });
        for (int i = 0; i < messages; i++) {
            put("x" + i + "@example.org");
            put("x" + i + "@example.com");
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("status=deferred", 2 * messages);
        awaitWhile(() -> !dispatcher.isIdle());
        back.set(true);
        assertThat(queue.makeDue(QueuedMessage::waited)).isEqualTo(2 * messages);
        awaitCount("status=sent", 2 * messages);
        dispatcher.close(PATIENCE);
        assertThat(besideTheProbe).containsExactly(1, 1);
        assertThat(begun).as("then in several batches").hasSizeGreaterThan(4);
        assertThat(count("status=sent")).isEqualTo(2 * messages);
    }

    /** Its connections are open still: they need not wait until five more messages have got through. */
    @Test
    void aDestinationBeginsWithWhatItTookAMomentAgo() throws Exception {
        limits = new Agent.Limits(20, 5, 1);
        AtomicBoolean again = new AtomicBoolean();
        CountDownLatch atOnce = new CountDownLatch(20);
        remote = Optional.of(batch -> {
            if (again.get()) {
                atOnce.countDown();
                awaitQuietly(atOnce);
            } else {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            return Collections.nCopies(batch.size(), new Outcome.Sent(status(2)));
        });
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        putMany("x@example.org", 200);
        dispatcher.start();
        awaitCount("status=sent", 200);
        awaitWhile(() -> !dispatcher.isIdle());
        again.set(true);
        putMany("x@example.org", 100);
        awaitCount("status=sent", 300);
        dispatcher.close(PATIENCE);
        assertThat(atOnce.getCount()).isZero();
    }

    private void deliverLocally(int messages, IntFunction<String> recipient) throws Exception {
        for (int i = 0; i < messages; i++) {
            put(recipient.apply(i) + "@example.net");
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("status=sent", messages);
        dispatcher.close(PATIENCE);
    }

    /** Postfix: postconf(5), local_destination_concurrency_limit. */
    @Test
    void aMailboxGetsAsManyBatchesAtATimeAsItMay() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        beforeLocal = batch -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            LockSupport.parkNanos(LOOK_AGAIN);
            underWay.decrementAndGet();
        };
        deliverLocally(100, i -> "pepe");
        assertThat(most).as("by default").hasValue(1);

        mailboxLimits = new Agent.Limits(2, 5, Lane.MOST_RECIPIENTS);
        CountDownLatch both = new CountDownLatch(2);
        beforeLocal = batch -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            both.countDown();
            awaitQuietly(both);
            underWay.decrementAndGet();
        };
        lines.clear();
        deliverLocally(100, i -> "pepe");
        assertThat(most).hasValue(2);
    }

    /** Postfix: postconf(5), local_destination_recipient_limit. */
    @Test
    void mailboxesOfADomainShareWhatMayBeUnderWay() throws Exception {
        mailboxes = Agent.Destination.LOCAL_DOMAIN;
        mailboxLimits = new Agent.Limits(1, 1, 7);
        AtomicInteger underWay = new AtomicInteger();
        List<Integer> others = Collections.synchronizedList(new ArrayList<>());
        List<Long> users = Collections.synchronizedList(new ArrayList<>());
        beforeLocal = batch -> {
            others.add(underWay.getAndIncrement());
            users.add(batch.stream()
                    .map(d -> d.recipient().recipient().address().local().text())
                    .distinct()
                    .count());
            awaitCount("queue active", 50);
            underWay.decrementAndGet();
        };
        deliverLocally(50, i -> "usuario" + i);
        assertThat(others).containsOnly(0);
        assertThat(users).allMatch(n -> n <= 7).contains(7L);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void awaitWhile(Condition condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (condition.holds()) {
                assertThat(System.nanoTime()).as(() -> String.join("\n", lines)).isLessThan(until);
                LockSupport.parkNanos(LOOK_AGAIN);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitCount(String part, int times) {
        awaitWhile(() -> count(part) < times);
        assertThat(count(part)).as(part).isGreaterThanOrEqualTo(times);
    }

    /** Runs until each of so many messages has a line that says what became of it. */
    private void runUntilAllHaveALine(int messages) throws Exception {
        for (int i = 0; i < messages; i++) {
            put("x" + i + "@example.org");
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> count("status=") < messages);
        dispatcher.close(PATIENCE);
    }

    /** An agent that is given {@link Further}, as the dispatcher does it. */
    private abstract static class GoesOn implements Deliverer {
        @Override
        public final List<Outcome> deliver(List<Delivery> batch) {
            throw new AssertionError("nobody asks for it here");
        }
    }

    /** An agent that goes on with what waits; {@code then} after all of it, given how many. */
    private Deliverer greedy(int messages, Function<Integer, List<Outcome>> then) {
        return new GoesOn() {
            @Override
            public List<Outcome> deliver(List<Delivery> batch, Further further) {
                while (count("queue active") < messages) {
                    LockSupport.parkNanos(LOOK_AGAIN);
                }
                assertThat(further.next(ReversePath.of("somebody@example.net")))
                        .as("of another account")
                        .isEmpty();
                List<Delivery> all = new ArrayList<>();
                for (List<Delivery> next = batch;
                        !next.isEmpty();
                        next = further.next(ReversePath.of("pepe@example.net"))) {
                    next.forEach(d -> further.settled(d, new Outcome.Sent(status(2))));
                    all.addAll(next);
                }
                assertThat(all)
                        .allSatisfy(d -> assertThat(queue.find(d.message().id()))
                                .as("recorded while the batch is still on its way")
                                .isEmpty());
                return then.apply(all.size());
            }
        };
    }

    /** What waits for the destination goes on the connection that is there, and what is known is recorded at once. */
    @Test
    void aBatchGoesOnWithWhatWaitsAndEachOutcomeIsRecordedAtOnce() throws Exception {
        remote = Optional.of(greedy(60, n -> {
            sent.add(n + " messages");
            return Collections.nCopies(n, new Outcome.Sent(status(2)));
        }));
        runUntilAllHaveALine(60);
        assertThat(sent).containsExactly("60 messages");
        assertThat(count("status=sent")).isEqualTo(60);
        assertThat(count("removed")).isEqualTo(60);
    }

    /** SAFETY 27, and no connection more than it takes: each account's messages go on one connection, though they come in turns. */
    @Test
    void aConnectionGoesOnWithItsOwnAccountsMessagesWhereTwoTakeTurns() throws Exception {
        remote = Optional.of(new GoesOn() {
            @Override
            public List<Outcome> deliver(List<Delivery> batch, Further further) {
                awaitCount("queue active", 120);
                ReversePath account = batch.getFirst().account();
                int messages = 0;
                List<Outcome> outcomes = new ArrayList<>();
                for (List<Delivery> next = batch; !next.isEmpty(); next = further.next(account)) {
                    assertThat(next).allMatch(d -> d.account().equals(account));
                    next.forEach(d -> outcomes.add(new Outcome.Sent(status(2))));
                    messages += next.size();
                }
                sent.add(account + " " + messages);
                return outcomes;
            }
        });
        for (int i = 0; i < 120; i++) {
            sender = i % 2 == 0 ? "ana@example.net" : "berta@example.net";
            put("x" + i + "@example.org");
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("status=sent", 120);
        dispatcher.close(PATIENCE);
        assertThat(sent).as("connections").containsExactlyInAnyOrder("ana@example.net 60", "berta@example.net 60");
    }

    /** A bug behind it, or a crash, doubles nothing that was recorded. */
    @Test
    void whatWasSettledStaysSoThoughTheBatchFailsLater() throws Exception {
        remote = Optional.of(greedy(3, n -> {
            throw new IllegalStateException("a bug");
        }));
        runUntilAllHaveALine(3);
        assertThat(count("status=sent")).isEqualTo(3);
        assertThat(count("status=deferred")).isZero();
    }

    /** SAFETY 13. */
    @Test
    void whatIsDeletedWhileItWaitsGoesToNoAgentAndIsNotClaimedAnyMore() throws Exception {
        remote = Optional.of(new GoesOn() {
            @Override
            public List<Outcome> deliver(List<Delivery> batch, Further further) {
                putAndDelete("x@example.org, y@example.org");
                assertThat(further.next(batch.getFirst().account())).isEmpty();
                sent.add(batch.size() + " recipient");
                return Collections.nCopies(batch.size(), new Outcome.Sent(status(2)));
            }
        });
        put("x@example.org");
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("removed", 2);
        awaitWhile(() -> !dispatcher.isIdle());
        dispatcher.close(PATIENCE);
        assertThat(sent).containsExactly("1 recipient");
    }

    private void putAndDelete(String recipients) {
        try {
            QueueId id = put(recipients);
            awaitCount("queue active", 2);
            assertThat(queue.change(id, Queue.Change.DELETE)).isTrue();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Other destinations want their turn too. */
    @Test
    void aBatchTakesOnlySoManyMessagesBesidesItsOwn() throws Exception {
        int all = 2 * Batch.MOST_FURTHER + Lane.MOST_RECIPIENTS;
        remote = Optional.of(greedy(all, n -> {
            sent.add("a batch");
            assertThat(n).isLessThanOrEqualTo(Batch.MOST_FURTHER + Lane.MOST_RECIPIENTS);
            return Collections.nCopies(n, new Outcome.Sent(status(2)));
        }));
        runUntilAllHaveALine(all);
        assertThat(sent).hasSizeGreaterThan(1);
        assertThat(count("status=sent")).isEqualTo(all);
    }

    /** Puts a message to each, and says what was delivered after each of some steps of the clock. */
    private List<Integer> deliveredAfter(Agent.Pauses pauses, List<Duration> steps, String... recipients)
            throws Exception {
        AtomicLong now = new AtomicLong();
        AtomicLong looks = new AtomicLong();
        nanoTime = () -> {
            looks.incrementAndGet();
            return now.get();
        };
        limits = new Agent.Limits(20, 5, 50).with(pauses);
        for (String recipient : recipients) {
            put(recipient);
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        List<Integer> seen = new ArrayList<>();
        int expected = 0;
        for (Duration step : steps) {
            now.addAndGet(step.toNanos());
            expected = Math.min(recipients.length, expected + 1);
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < until && count("status=sent") < expected) {
                dispatcher.lookAtPauses();
                LockSupport.parkNanos(LOOK_AGAIN);
            }
            // who would deliver too early has some looks at the clock to do so
            long enough = looks.get() + 10;
            while (System.nanoTime() < until && expected < recipients.length && looks.get() < enough) {
                dispatcher.lookAtPauses();
                LockSupport.parkNanos(LOOK_AGAIN);
            }
            seen.add(count("status=sent"));
        }
        long began = System.nanoTime();
        dispatcher.close(PATIENCE);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("nobody waits out a pause at the end")
                .isLessThan(Duration.ofSeconds(20));
        return seen;
    }

    /** Postfix: postconf(5), default_destination_rate_delay; beside it: e2e. */
    @Test
    void betweenTwoDeliveriesToOneDestinationThePauseIsKept() throws Exception {
        Duration minute = Duration.ofMinutes(1);
        assertThat(deliveredAfter(
                        new Agent.Pauses(minute, Duration.ZERO),
                        List.of(Duration.ZERO, minute, minute),
                        "a@example.org",
                        "b@example.org",
                        "c@example.org",
                        "d@example.org"))
                .containsExactly(1, 2, 3);
    }

    /** A connection does not go on with what waits: that would be no pause. */
    @Test
    void aPausedDestinationGivesNothingFurther() throws Exception {
        remote = Optional.of(new GoesOn() {
            @Override
            public List<Outcome> deliver(List<Delivery> batch, Further further) {
                assertThat(further.next(batch.getFirst().account())).isEmpty();
                return Collections.nCopies(batch.size(), new Outcome.Sent(status(2)));
            }
        });
        Duration hour = Duration.ofHours(1);
        assertThat(deliveredAfter(
                        new Agent.Pauses(Duration.ZERO, hour),
                        List.of(Duration.ZERO, hour),
                        "a@example.org",
                        "b@example.org"))
                .containsExactly(1, 2);
    }

    @Test
    void aTransportsPauseHoldsForAllItsDestinations()
            throws Exception { // Postfix: postconf(5), default_transport_rate_delay
        Duration minute = Duration.ofMinutes(1);
        String[] all = {"a@example.org", "a@example.com", "a@example.edu"};
        assertThat(deliveredAfter(new Agent.Pauses(Duration.ZERO, minute), List.of(Duration.ZERO, minute, minute), all))
                .containsExactly(1, 2, 3);
    }

    @Test
    void aDestinationsPauseIsNoOtherOnes() throws Exception {
        Duration minute = Duration.ofMinutes(1);
        String[] all = {"a@example.org", "a@example.com", "b@example.org"};
        limits = limits.with(new Agent.Pauses(minute, Duration.ZERO));
        nanoTime = () -> 0;
        for (String recipient : all) {
            put(recipient);
        }
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> count("status=sent") < 2);
        dispatcher.close(PATIENCE);
        assertThat(sent)
                .containsExactlyInAnyOrder("pepe@example.net to example.org", "pepe@example.net to example.com");
    }

    /** What waits behind a pause is put off where it is much; Postfix keeps it all, and other mail out. */
    @Test
    void mailForOthersGetsThroughWhileManyWaitBehindAPause() throws Exception {
        int limit = 100;
        int many = limit + 50;
        more = Map.of("qmgr_message_active_limit", Integer.toString(limit));
        limits = limits.with(new Agent.Pauses(Duration.ofMinutes(1), Duration.ZERO));
        nanoTime = () -> 0;
        putMany("x@example.org", many);
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("queue active", limit);
        QueueId other = put("usuario@example.net");
        awaitWhile(() -> queue.find(other).isPresent());
        dispatcher.close(PATIENCE);
        assertThat(queue.find(other)).isEmpty();
        assertThat(sent).as("in its first minute").containsExactly("pepe@example.net to example.org");
        assertThat(count("put off for")).isGreaterThanOrEqualTo(many - limit);
        List<QueuedMessage> left = new ArrayList<>();
        queue.browse(left::add);
        assertThat(left)
                .hasSize(many - 1)
                .allMatch(m -> m.attempts() == 0)
                .anyMatch(m -> m.recipients()
                        .getFirst()
                        .reason()
                        .equals("waits for its turn: there are pauses between deliveries to example.org"));
    }

    /** Postfix: the transport gets an alias's member under his own name, and so do log and report. */
    @Test
    void anAliasMemberIsHandedOnUnderHisOwnName() throws Exception {
        remote = Optional.of(batch -> batch.stream()
                .<Outcome>map(d -> {
                    sent.add(d.recipient().recipient().address() + "/"
                            + d.recipient().recipient().original());
                    return new Outcome.Sent(status(2));
                })
                .toList());
        QueueId id = put("jefe@example.net");
        Optional<Address> member = Optional.of(Address.of("usuario@example.net"));
        Dispatcher dispatcher = dispatcher(new Outcome.HandedTo("smtp", "example.org", member), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> queue.find(id).isPresent());
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id)).isEmpty();
        assertThat(sent).containsExactly("usuario@example.net/jefe@example.net");
        assertThat(lines)
                .anyMatch(l -> l.contains(": passing <usuario@example.net> to transport=smtp"))
                .anyMatch(l -> l.contains("to=<usuario@example.net>, orig_to=<jefe@example.net>"));
    }

    @Test
    void whomAnotherTransportHandedOnIsNotPutOff() throws Exception {
        limits = limits.with(new Agent.Pauses(Duration.ofMinutes(1), Duration.ZERO));
        nanoTime = () -> 0;
        more = Map.of("qmgr_message_active_limit", "8");
        remote = Optional.of(batch -> {
            sent.add("a batch");
            return Collections.nCopies(batch.size(), new Outcome.Sent(status(2)));
        });
        putMany("usuario@example.net", 8);
        Dispatcher dispatcher = dispatcher(new Outcome.HandedTo("smtp", "example.org"), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> handedToLocal.get() < 8 || sent.isEmpty());
        dispatcher.close(PATIENCE);
        assertThat(sent).hasSize(1);
        assertThat(count("put off for")).isZero();
    }

    /** In threads, so that one force serves many. */
    private void putMany(String recipient, int messages) {
        IntStream.range(0, messages).parallel().forEach(i -> {
            try {
                put(recipient);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** Nobody is forgotten: each minute one is delivered, and what waits in the queue comes back in time for that. */
    @Test
    void whatIsPutOffHasItsTurnInTheEnd() throws Exception {
        ManualClock turned = new ManualClock();
        queue.close();
        queue = SegmentLogQueue.open(settings("turned", 64 << 10), turned);
        clock = turned::now;
        nanoTime = () -> turned.sinceBoot().toNanos();
        int messages = 30;
        Duration minute = Duration.ofMinutes(1);
        limits = limits.with(new Agent.Pauses(minute, Duration.ZERO));
        more = Map.of("qmgr_message_active_limit", "16");
        putMany("x@example.org", messages);
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices());
        dispatcher.start();
        awaitCount("queue active", messages);
        for (int seconds = 0; sent.size() < messages && seconds < 2 * messages * 60; seconds += 5) {
            turned.pass(Duration.ofSeconds(5));
            dispatcher.poke();
            long enough = System.nanoTime() + Duration.ofMillis(8).toNanos();
            while (System.nanoTime() < enough) {
                dispatcher.lookAtPauses();
                LockSupport.parkNanos(LOOK_AGAIN);
            }
            assertThat(sent).as("one a minute").hasSizeLessThanOrEqualTo(seconds / 60 + 2);
        }
        dispatcher.close(PATIENCE);
        assertThat(count("put off for")).isPositive();
        assertThat(sent).hasSize(messages);
    }

    private int count(String part) {
        return (int) lines.stream().filter(l -> l.contains(part)).count();
    }

    /** SAFETY 30, and Postfix's way by a parameter. */
    @Test
    void nothingExpiresWhileNobodyCanBeAsked() throws Exception {
        assertThat(afterALifetimeOf("0", new Outcome.Waiting(status(4)), "no")).isEmpty();
        assertThat(afterALifetimeOf("0", new Outcome.Waiting(status(4)), "yes")).hasSize(1);
        assertThat(afterALifetimeOf("0", new Outcome.Deferred(status(4)), "no")).hasSize(1);
    }

    /** Postfix: soft_bounce; beside it in a throw-away machine: the word in the log, the class. */
    @Test
    void whatWouldBounceWaitsWhileBouncesAreSoft() throws Exception {
        more = Map.of("soft_bounce", "yes");
        QueueId id = put("usuario@example.net");
        Dispatcher dispatcher = dispatcher(new Outcome.Bounced(status(5)), new NoNotices() {
            @Override
            public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
                throw new IllegalStateException("nobody is told");
            }
        });
        dispatcher.start();
        awaitWhile(() -> queue.find(id).orElseThrow().attempts() == 0);
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id).orElseThrow().recipients().getFirst().reason())
                .isEqualTo("x");
        assertThat(lines).anyMatch(l -> l.contains("dsn=4.0.0, status=SOFTBOUNCE (x)"));
    }

    /** Postfix: confirm_delay_cleared. */
    @Test
    void whoWasWarnedHearsThatItGotThrough() throws Exception {
        for (String confirm : List.of("no", "yes")) {
            more = Map.of("confirm_delay_cleared", confirm);
            QueueId id = put("usuario@example.net");
            List<QueuedMessage> claimed = queue.claimDue(1);
            queue.warned(claimed.getFirst().id());
            queue.release(id, Duration.ZERO);
            List<String> told = Collections.synchronizedList(new ArrayList<>());
            Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices() {
                @Override
                public void success(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
                    recipients.forEach(
                            r -> told.add(r.recipient().recipient().address().internal()));
                }
            });
            dispatcher.start();
            awaitWhile(() -> queue.find(id).isPresent());
            dispatcher.close(PATIENCE);
            assertThat(queue.find(id)).isEmpty();
            assertThat(told).isEqualTo(confirm.equals("yes") ? List.of("usuario@example.net") : List.of());
        }
    }

    private List<String> reportOf(Outcome outcome, String... recipients) throws Exception {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        for (String recipient : recipients) {
            put(recipient);
        }
        runUntilTheEnd(dispatcher(outcome, new NoNotices() {
            @Override
            public void trace(QueuedMessage message, List<FailedRecipient> traced, Content content) {
                traced.forEach(r -> told.add(r.recipient().recipient().address() + " "
                        + r.action().orElseThrow().word() + " " + r.status().text()));
            }
        }));
        return told;
    }

    /** Postfix 3.7.11 has a line for each place, in the log and in the report, and one notice of success. */
    @Test
    void eachPlaceThatGotTheMailHasItsLine() throws Exception {
        trace = Optional.of(Envelope.Trace.FIRST_ATTEMPT);
        DeliveryStatus command =
                DeliveryStatus.of("local", EnhancedStatusCode.OK, "delivered to command: x", Duration.ZERO);
        assertThat(reportOf(new Outcome.Several(List.of(command), new Outcome.Sent(status(2))), "usuario@example.net"))
                .containsExactly(
                        "usuario@example.net delivered delivered to command: x", "usuario@example.net delivered x");
        assertThat(lines)
                .anyMatch(l -> l.contains("status=sent (delivered to command: x)"))
                .anyMatch(l -> l.contains("status=sent (x)"));
    }

    @Test
    void whatIsLeftOfSeveralPlacesWaits() throws Exception {
        QueueId id = put("usuario@example.net");
        DeliveryStatus command =
                DeliveryStatus.of("local", EnhancedStatusCode.OK, "delivered to command: x", Duration.ZERO);
        Dispatcher dispatcher =
                dispatcher(new Outcome.Several(List.of(command), new Outcome.Deferred(status(4))), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> queue.find(id).orElseThrow().attempts() == 0);
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id).orElseThrow().recipients()).noneMatch(RecipientState::done);
        assertThat(lines)
                .anyMatch(l -> l.contains("status=sent (delivered to command: x)"))
                .anyMatch(l -> l.contains("status=deferred (x)"));
    }

    /** Postfix 3.7.11 names each in the report; what waits is told of when it expires. */
    @Test
    void eachPlaceThatFailedIsToldOnceNothingWaits() throws Exception {
        DeliveryStatus no = DeliveryStatus.of("local", EnhancedStatusCode.of(5, 7, 0), "no", Duration.ZERO);
        DeliveryStatus here = DeliveryStatus.of("local", EnhancedStatusCode.OK, "here", Duration.ZERO);
        List<DeliveryStatus> over = List.of(no, here, no);
        assertThat(toldOfFailure("5d", new Outcome.Several(over, new Outcome.Bounced(status(5)))))
                .containsExactly("no", "no", "x");
        assertThat(lines.stream().filter(l -> l.contains("status=bounced"))).hasSize(3);
        assertThat(toldOfFailure("5d", new Outcome.Several(over, new Outcome.Sent(status(2)))))
                .containsExactly("no", "no");
        Outcome.Expanded expanded = new Outcome.Expanded(List.of(EnvelopeRecipient.of(Address.of("b@example.net"))));
        assertThat(toldOfFailure("5d", new Outcome.Several(over, expanded))).containsExactly("no", "no");
        remote = Optional.of(batch ->
                batch.stream().<Outcome>map(d -> new Outcome.Sent(status(2))).toList());
        assertThat(toldOfFailure("5d", new Outcome.Several(over, new Outcome.HandedTo("smtp", "x"))))
                .containsExactly("no", "no");
        assertThat(toldOfFailure("5d", new Outcome.Several(over, new Outcome.Deferred(status(4)))))
                .isEmpty();
        assertThat(toldOfFailure("0", new Outcome.Several(over, new Outcome.Deferred(status(4)))))
                .containsExactly("no", "no", "x");
    }

    private static final SubmissionId OWN_COPY = new SubmissionId(5, 6);
    private static final SubmissionId COMMAND = new SubmissionId(7, 8);

    /** A command has the mail, another one waits, and the user's own copy goes to another transport. */
    private static Outcome inThreeParts() {
        DeliveryStatus command =
                DeliveryStatus.of("local", EnhancedStatusCode.OK, "delivered to command: x", Duration.ZERO);
        return new Outcome.Several(
                List.of(command, status(4)), Set.of(COMMAND), new Outcome.HandedTo("smtp", "example.org").as(OWN_COPY));
    }

    private Set<SubmissionId> reachedAfterAnAttempt(Outcome ofTheTransport) throws Exception {
        remote = Optional.of(batch -> {
            sent.add("own copy");
            return Collections.nCopies(batch.size(), ofTheTransport);
        });
        QueueId id = put("usuario@example.net");
        Dispatcher dispatcher = dispatcher(inThreeParts(), new NoNotices());
        dispatcher.start();
        awaitWhile(() -> queue.find(id).orElseThrow().attempts() == 0);
        dispatcher.close(PATIENCE);
        RecipientState recipient = queue.find(id).orElseThrow().recipients().getFirst();
        assertThat(recipient.done()).isFalse();
        assertThat(recipient.reason()).isEqualTo("x");
        return recipient.reached();
    }

    /** Postfix's local(8) sends each part by itself; DIFFERS: what has it does not get it again. */
    @Test
    void aPartThatIsHandedOnDoesNotWaitForAnotherOne() throws Exception {
        assertThat(reachedAfterAnAttempt(new Outcome.Sent(status(2)))).containsExactlyInAnyOrder(COMMAND, OWN_COPY);
        assertThat(sent).containsExactly("own copy");
        assertThat(lines)
                .anyMatch(l -> l.contains("status=sent (delivered to command: x)"))
                .anyMatch(l -> l.contains("status=deferred (x)"))
                .anyMatch(l -> l.contains("status=sent (x)"));
        assertThat(reachedAfterAnAttempt(new Outcome.Deferred(status(4)))).containsExactly(COMMAND);
        assertThat(reachedAfterAnAttempt(new Outcome.Bounced(status(5)))).containsExactly(COMMAND);
    }

    @Test
    void whatWaitsBesideAPartThatWasHandedOnIsToldOfWhenItExpires() throws Exception {
        remote = Optional.of(batch -> Collections.nCopies(batch.size(), new Outcome.Sent(status(2))));
        assertThat(toldOfFailure("0", inThreeParts())).containsExactly("x");
        assertThat(toldOfFailure("5d", inThreeParts())).isEmpty();
        assertThat(count("status=sent (x)")).isEqualTo(1);
    }

    /** What goes out as new mail is a part, too; and where it cannot go out, it holds up no other one. */
    @Test
    void anExpansionAndAPartThatIsHandedOnDoNotWaitForEachOther() throws Exception {
        remote = Optional.of(batch -> Collections.nCopies(batch.size(), new Outcome.Sent(status(2))));
        Outcome outcome = new Outcome.Several(
                List.of(status(4)),
                new Outcome.Expanded(
                        List.of(EnvelopeRecipient.of(Address.of("b@example.net"))),
                        Optional.empty(),
                        Optional.of(new Outcome.HandedTo("smtp", "example.org").as(OWN_COPY))));
        for (boolean works : new boolean[] {true, false}) {
            QueueId id = put("usuario@example.net");
            Dispatcher dispatcher = dispatcher(outcome, new NoNotices() {
                @Override
                public String expand(
                        QueuedMessage message, RecipientState parent, Outcome.Expanded expanded, Content content)
                        throws IOException {
                    if (!works) {
                        throw new IOException("full");
                    }
                    return "forwarded as A1";
                }
            });
            dispatcher.start();
            awaitWhile(() -> queue.find(id).orElseThrow().attempts() == 0);
            dispatcher.close(PATIENCE);
            QueuedMessage message = queue.find(id).orElseThrow();
            SubmissionId expanded = Outcome.Expanded.part(message.random());
            assertThat(message.recipients().getFirst().reached())
                    .containsExactlyInAnyOrderElementsOf(works ? Set.of(expanded, OWN_COPY) : Set.of(OWN_COPY));
        }
    }

    private List<String> toldOfFailure(String lifetime, Outcome outcome) throws Exception {
        more = Map.of("maximal_queue_lifetime", lifetime);
        lines.clear();
        QueueId id = put("usuario@example.net");
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        Dispatcher dispatcher = dispatcher(outcome, new NoNotices() {
            @Override
            public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {
                recipients.forEach(r -> told.add(r.status().text()));
            }

            @Override
            public String expand(
                    QueuedMessage message, RecipientState parent, Outcome.Expanded expanded, Content content) {
                return "forwarded as A1";
            }
        });
        dispatcher.start();
        awaitWhile(() -> queue.find(id).map(QueuedMessage::attempts).orElse(1) == 0);
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id).isPresent()).as("gone when it was told").isEqualTo(told.isEmpty());
        queue.change(id, Queue.Change.DELETE);
        return told;
    }

    @Test
    void aQuestionIsNeverDelivered() throws Exception { // Postfix: sendmail(1), -bv
        trace = Optional.of(Envelope.Trace.VERIFY);
        assertThat(reportOf(new Outcome.Sent(status(2)), "x@example.org"))
                .containsExactly("x@example.org undeliverable this transport cannot tell without a delivery");
        assertThat(sent).isEmpty();
        assertThat(lines)
                .anyMatch(l -> l.contains("status=undeliverable (this transport"))
                .anyMatch(l -> l.endsWith(": removed"));
    }

    @Test
    void aQuestionThatCannotBeRoutedIsAnsweredToo() throws Exception {
        trace = Optional.of(Envelope.Trace.VERIFY);
        assertThat(reportOf(new Outcome.Sent(status(2)), "boom@example.net"))
                .containsExactly("boom@example.net undeliverable internal error: IllegalStateException");
    }

    @Test
    void aQuestionWhoseAnswerCannotBeToldIsAskedAgain() throws Exception {
        trace = Optional.of(Envelope.Trace.VERIFY);
        QueueId id = put("x@example.org");
        Dispatcher dispatcher = dispatcher(new Outcome.Sent(status(2)), new NoNotices() {
            @Override
            public void trace(QueuedMessage message, List<FailedRecipient> traced, Content content) throws IOException {
                throw new IOException("no room");
            }
        });
        dispatcher.start();
        awaitWhile(() -> queue.find(id).orElseThrow().attempts() == 0);
        dispatcher.close(PATIENCE);
        assertThat(queue.find(id).orElseThrow().recipients()).noneMatch(RecipientState::done);
        assertThat(lines).anyMatch(l -> l.contains("cannot send the report that was asked for: no room"));
    }

    @Test
    void theFirstAttemptIsReportedWhereTheSenderAskedForIt() throws Exception { // Postfix: sendmail(1), -v
        trace = Optional.of(Envelope.Trace.FIRST_ATTEMPT);
        assertThat(reportOf(new Outcome.Sent(status(2)), "x@example.org")).containsExactly("x@example.org delivered x");
        assertThat(sent).hasSize(1);
    }
}
