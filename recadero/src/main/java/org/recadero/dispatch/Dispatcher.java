package org.recadero.dispatch;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.deliver.Verification;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.message.Author;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.route.AccountRule;
import org.recadero.route.Reason;
import org.recadero.route.Resolution;
import org.recadero.route.Router;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * The queue manager: claims what is due, routes each recipient, gives agents their batches, logs and records outcomes.
 *
 * <p>One platform thread claims; each destination with something to do has virtual threads (its lane's workers), at most
 * {@value #MOST_WORKERS} for mailboxes and {@value #MOST_REMOTE_WORKERS} for servers at a time. Notices and forwarded mail are durable before the recipient that caused them is recorded
 * as done (SAFETY 10). Postfix: qmgr(8).
 */
public final class Dispatcher implements AutoCloseable {
    /** Bound for lanes served at the same time. */
    static final int MOST_WORKERS = 64;

    /** Bound for batches that are on their way to servers. Postfix: default_process_limit. */
    static final int MOST_REMOTE_WORKERS = 100;

    /** Bound for claimed messages, whatever qmgr_message_active_limit allows: more would only cost memory. */
    static final int MOST_ACTIVE = 4_000;

    /** Bound for destinations that are known not to be reached. */
    private static final int MOST_UNREACHED = 1_000;

    private static final String SUSPENDED = "delivery temporarily suspended: ";

    /** So many messages besides its own are a batch's at most: then other destinations have their turn. */
    static final int MOST_FURTHER = 100;

    /**
     * A mailbox for which less than a whole batch waits rests so long after a batch: of mail that comes in a stream the next batch is then worth its thread, its lock and its
     * flush, and a single message never waits.
     */
    private static final Duration REST = Duration.ofMillis(5);

    /** Between two claims; with what comes meanwhile the next one is worth its while. */
    private static final Duration GATHERING = Duration.ofMillis(2);

    /** Claimed in one go. */
    private static final int CLAIM = 100;

    /** A recipient is handed from transport to transport at most so often. */
    private static final int MOST_HOPS = 5;

    /** The claiming thread looks at the queue at least so often. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** Who waits for a delivery's time looks at least so often whether a reload has changed it. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private final Queue queue;
    private final Supplier<Plan> plan;
    private final Notices notices;
    private final MailLog log;
    private final InstantSource clock;
    /** For the pauses between deliveries, which no clock that is set changes. */
    private final LongSupplier nanoTime;

    private final ReentrantLock lock = new ReentrantLock();
    /** Pauses may be over, or nobody waits for them any more. */
    private final Condition pausesChanged = lock.newCondition();

    private final Map<Lane.Key, Lane> lanes = new HashMap<>();
    /** When the last delivery of a transport that pauses began, by {@link #nanoTime}. */
    private final Map<String, Long> begins = new HashMap<>();
    /** Destinations that the last batch did not reach; the oldest are forgotten. */
    private final Set<Lane.Key> unreached = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Lane.Key, Boolean> eldest) {
            return size() > MOST_UNREACHED;
        }
    });

    private int active;
    private final Lifetimes lifetimes = new Lifetimes();
    private final Semaphore workers = new Semaphore(MOST_WORKERS);
    private final Semaphore remoteWorkers = new Semaphore(MOST_REMOTE_WORKERS);
    private final ExecutorService workerThreads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("lane-", 0).factory());
    private final AtomicBoolean poked = new AtomicBoolean();
    private final Thread claimer;
    private volatile boolean closed;

    public Dispatcher(Queue queue, Supplier<Plan> plan, Notices notices, MailLog log, InstantSource clock) {
        this(queue, plan, notices, log, clock, System::nanoTime);
    }

    Dispatcher(
            Queue queue,
            Supplier<Plan> plan,
            Notices notices,
            MailLog log,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.queue = Objects.requireNonNull(queue);
        this.plan = Objects.requireNonNull(plan);
        this.notices = Objects.requireNonNull(notices);
        this.log = Objects.requireNonNull(log);
        this.clock = Objects.requireNonNull(clock);
        this.nanoTime = Objects.requireNonNull(nanoTime);
        this.claimer = Thread.ofPlatform().name("dispatch").daemon().unstarted(this::claim);
    }

    /** Begins to claim. */
    public void start() {
        queue.onDue(this::poke);
        claimer.start();
    }

    /** Looks at once whether something is due. */
    void poke() {
        poked.set(true);
        LockSupport.unpark(claimer);
    }

    /** Whether no message is claimed and no batch under way. */
    boolean isIdle() {
        lock.lock();
        try {
            return active == 0 && lanes.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Claims no more, and waits at most {@code patience} for the batches that are with agents; the rest stays in the queue. */
    public void close(Duration patience) {
        closed = true;
        poke();
        lookAtPauses();
        try {
            claimer.join(patience);
            workerThreads.shutdown();
            if (!workerThreads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warning("qmgr", "some deliveries did not end within " + patience.toSeconds() + " s; they are left");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(3));
    }

    // ---- claiming

    private void claim() {
        while (!closed) {
            poked.set(false);
            boolean some = false;
            try {
                some = claimSome();
            } catch (IOException | RuntimeException e) {
                log.error("qmgr", "cannot read the queue: " + e);
            }
            if (some) {
                gather();
            } else {
                pause();
            }
        }
    }

    private boolean claimSome() throws IOException {
        Plan now = plan.get();
        int limit = Math.min(now.configuration().get(Parameters.QMGR_MESSAGE_ACTIVE_LIMIT), MOST_ACTIVE);
        int room;
        lock.lock();
        try {
            room = limit - active;
        } finally {
            lock.unlock();
        }
        if (room <= 0) {
            return false;
        }
        List<QueuedMessage> claimed = queue.claimDue(Math.min(room, CLAIM));
        for (QueuedMessage message : claimed) {
            activate(message, now);
        }
        return !claimed.isEmpty();
    }

    /** Not woken by what comes meanwhile: in a stream of mail who hands it in need not wake this thread for each message. */
    private static void gather() {
        try {
            Thread.sleep(GATHERING);
        } catch (InterruptedException e) {
            // nobody interrupts this thread; if somebody did, it would go on all the same
            return;
        }
    }

    private void pause() {
        Duration pause = queue.nextDue()
                .map(due -> Duration.between(clock.instant(), due))
                .filter(until -> until.compareTo(LONGEST_PAUSE) < 0)
                .orElse(LONGEST_PAUSE);
        // where the active limit is reached something is due but cannot be claimed: finish() pokes
        long nanos = Math.max(pause.toNanos(), TimeUnit.MILLISECONDS.toNanos(20));
        if (!poked.get() && !closed) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    private void activate(QueuedMessage message, Plan now) {
        List<RecipientState> open =
                message.recipients().stream().filter(r -> !r.done()).toList();
        log.active(message.id(), message.envelope().sender(), message.sizeBytes(), open.size());
        ActiveMessage entry = new ActiveMessage(message, now, Math.max(1, open.size()), System.nanoTime());
        lock.lock();
        try {
            active++;
        } finally {
            lock.unlock();
        }
        if (open.isEmpty()) {
            // all were done, only the end was not recorded (a crash between)
            through(entry);
            return;
        }
        for (RecipientState recipient : open) {
            route(entry, recipient);
        }
    }

    private void route(ActiveMessage entry, RecipientState recipient) {
        Resolution resolution;
        try {
            resolution = resolve(entry, recipient.recipient().address());
        } catch (RuntimeException | StackOverflowError e) {
            // a bug of ours: this recipient waits, the other messages of the claim go on
            log.error("qmgr", entry.message().id() + ": routing failed: " + e + at(e));
            notices.software("routing failed: " + e);
            resolution =
                    new Resolution.TryLater("internal error: " + e.getClass().getSimpleName(), List.of());
        }
        switch (resolution) {
            case Resolution.Routed routed ->
                enqueue(new Task(entry, recipient, routed.transport(), routed.nextHop(), 0));
            case Resolution.TryLater later ->
                settle(
                        new Task(entry, recipient, "error", "", 0),
                        "error",
                        deferred(EnhancedStatusCode.SYSTEM_TROUBLE, later.text()),
                        System.nanoTime());
        }
    }

    /** Where it goes. Only what leaves this machine goes through somebody's account. */
    private Resolution resolve(ActiveMessage entry, Address recipient) {
        ReversePath sender = entry.message().envelope().sender();
        Router router = entry.plan().router();
        Resolution resolution = router.resolve(sender, recipient);
        boolean leaves = resolution instanceof Resolution.Routed routed
                && entry.plan()
                        .agent(routed.transport())
                        .filter(Dispatcher::leaves)
                        .isPresent();
        return leaves
                        && account(entry) instanceof AccountRule.Answer.Is(ReversePath account, Optional<Reason> why)
                        && !account.equals(sender)
                ? router.resolve(account, recipient)
                : resolution;
    }

    private static boolean leaves(Agent agent) {
        return agent.batchedBy() != Agent.Destination.LOCAL_PART;
    }

    private AccountRule.Answer account(ActiveMessage entry) {
        return entry.account(() -> {
            QueuedMessage message = entry.message();
            AccountRule.Answer answer = entry.plan().accounts().choose(message.envelope(), () -> {
                try (InputStream content = queue.openContent(message.id())) {
                    return Author.of(content);
                }
            });
            if (answer instanceof AccountRule.Answer.Is(ReversePath account, Optional<Reason> why) && why.isPresent()) {
                log.info("qmgr", message.id() + ": account=<" + account + ">, by the From field");
            }
            return answer;
        });
    }

    private void enqueue(Task task) {
        Plan now = task.active.plan();
        if (now.isDeferred(task.transport)) {
            // Postfix: qmgr(8), defer_transports
            settle(task, "error", deferred(EnhancedStatusCode.of(4, 3, 2), "deferred transport"), System.nanoTime());
            return;
        }
        Optional<Agent> agent = now.agent(task.transport);
        if (agent.isEmpty()) {
            settle(
                    task,
                    "error",
                    deferred(
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            "mail transport unavailable: " + task.transport + " is not a transport of this version"),
                    System.nanoTime());
            return;
        }
        if (task.hops > MOST_HOPS) {
            settle(
                    task,
                    agent.get().program(),
                    deferred(EnhancedStatusCode.SYSTEM_TROUBLE, "transports hand this recipient round in a circle"),
                    System.nanoTime());
            return;
        }
        if (leaves(agent.get()) && account(task.active) instanceof AccountRule.Answer.Failed(String why)) {
            settle(task, agent.get().program(), deferred(EnhancedStatusCode.SYSTEM_TROUBLE, why), System.nanoTime());
            return;
        }
        Lane.Key key = new Lane.Key(task.transport, destination(agent.get(), task));
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            if (lane == null || !lane.agent.equals(agent.get())) {
                // of an older configuration: what it has it ends, what comes now goes by the new one
                lane = new Lane(key, agent.get(), t -> accountOf(agent.get(), t), unreached.contains(key));
                lanes.put(key, lane);
            }
            lane.add(task);
            beginWorker(lane);
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held. */
    private void beginWorker(Lane lane) {
        if (!closed && lane.mayBegin()) {
            workerThreads.execute(() -> serve(lane));
        }
    }

    private static String destination(Agent agent, Task task) {
        Address address = task.recipient.recipient().address();
        return switch (agent.batchedBy()) {
            case LOCAL_PART -> address.local().text().toLowerCase(Locale.ROOT);
            case NEXT_HOP, ANSWER -> task.nextHop;
        };
    }

    // ---- delivering

    private void serve(Lane lane) {
        // a slow server must not keep mailboxes waiting
        Semaphore turns = lane.agent.batchedBy() == Agent.Destination.NEXT_HOP ? remoteWorkers : workers;
        boolean more = true;
        while (more) {
            awaitTransport(lane);
            turns.acquireUninterruptibly();
            try {
                more = serveOnce(lane);
            } finally {
                turns.release();
            }
            if (more) {
                awaitDestination(lane, nanoTime.getAsLong());
                if (!leaves(lane.agent) && !hasWholeBatch(lane)) {
                    LockSupport.parkNanos(REST.toNanos());
                }
            }
        }
    }

    private boolean hasWholeBatch(Lane lane) {
        lock.lock();
        try {
            return lane.hasWholeBatch();
        } finally {
            lock.unlock();
        }
    }

    /** False where this worker found nothing to do any more. */
    private boolean serveOnce(Lane lane) {
        List<Task> batch;
        lock.lock();
        try {
            batch = closed ? List.of() : lane.nextBatch();
            if (batch.isEmpty()) {
                if (lane.hasEnded()) {
                    lanes.remove(lane.key, lane);
                }
                return false;
            }
        } finally {
            lock.unlock();
        }
        Feedback feedback = deliver(lane, batch);
        List<Task> suspended = List.of();
        lock.lock();
        try {
            for (int i = 0; i < feedback.messages(); i++) {
                if (feedback.reached()) {
                    lane.reached();
                } else {
                    lane.window.missed();
                }
            }
            if (feedback.dead().isEmpty()) {
                unreached.remove(lane.key);
            } else {
                unreached.add(lane.key);
                suspended = lane.window.isDead() ? lane.drain() : List.of();
            }
            beginWorker(lane);
        } finally {
            lock.unlock();
        }
        for (Task task : suspended) {
            suspend(task, lane.agent, feedback.dead().orElseThrow());
        }
        return true;
    }

    // ---- pauses

    /** As the present configuration has them, which may be newer than the lane. */
    private Agent.Pauses pauses(Lane lane) {
        return plan.get()
                .agent(lane.key.transport())
                .map(a -> a.limits().pauses())
                .orElse(Agent.Pauses.NONE);
    }

    /** Until the transport may begin a delivery, which is this worker's then; or until nothing waits for it. */
    private void awaitTransport(Lane lane) {
        lock.lock();
        try {
            awaitEndOf(() -> leftForTransport(lane));
            if (!lane.isEmpty() && !pauses(lane).transport().isZero()) {
                begins.put(lane.key.transport(), nanoTime.getAsLong());
            }
        } finally {
            lock.unlock();
        }
    }

    private long leftForTransport(Lane lane) {
        Long before = begins.get(lane.key.transport());
        return before == null || lane.isEmpty()
                ? 0
                : before + pauses(lane).transport().toNanos() - nanoTime.getAsLong();
    }

    /** Until the destination may have its next delivery. What comes in meanwhile waits in the lane. */
    private void awaitDestination(Lane lane, long endedNanos) {
        lock.lock();
        try {
            awaitEndOf(() -> endedNanos + pauses(lane).destination().toNanos() - nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Called with the lock held.
     *
     * @param left of the pause, in ns
     */
    private void awaitEndOf(LongSupplier left) {
        try {
            for (long nanos = left.getAsLong(); nanos > 0 && !closed; nanos = left.getAsLong()) {
                var _ = pausesChanged.awaitNanos(Math.min(nanos, LONGEST_LOOK.toNanos()));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a lane's worker", e);
        }
    }

    /** Who waits for a pause to end looks at once whether it has. */
    void lookAtPauses() {
        lock.lock();
        try {
            pausesChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- what a batch tells

    /** Postfix: SCHEDULER_README, negative feedback. */
    private static boolean isReached(Outcome outcome) {
        return reason(outcome).noneMatch(s -> s.code().subject() == 4);
    }

    /** No connection, no name (RFC 3463 §3.5): not what one message may have done to a server that was there. */
    private static boolean foundNobody(Outcome outcome) {
        return reason(outcome)
                .anyMatch(s -> s.code().subject() == 4 && s.relay().equals("none"));
    }

    /** Of an outcome that leaves a recipient waiting. */
    private static Stream<DeliveryStatus> reason(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Deferred(DeliveryStatus status) -> Stream.of(status);
            case Outcome.Waiting(DeliveryStatus status) -> Stream.of(status);
            case Outcome.Sent s -> Stream.empty();
            case Outcome.Bounced b -> Stream.empty();
            case Outcome.HandedTo h -> Stream.empty();
            case Outcome.Expanded e -> Stream.empty();
            case Outcome.Several(List<DeliveryStatus> sent, Outcome last) -> reason(last);
        };
    }

    /** Nobody was there for those before: this one is not tried. Postfix: qmgr(8), dead destinations. */
    private void suspend(Task task, Agent agent, Outcome why) {
        if (!queue.mayAttempt(task.active.message().id())) {
            // SAFETY 13: deleted, held or requeued while it waited for its turn
            through(task.active);
            return;
        }
        if (!task.active.isOnlyAQuestion()) {
            agent.deliverer().suspended(delivery(agent, task));
        }
        DeliveryStatus said = reason(why).findFirst().orElseThrow();
        DeliveryStatus status = DeliveryStatus.of("none", said.code(), SUSPENDED + said.text(), Duration.ZERO);
        settle(
                task,
                agent.program(),
                why instanceof Outcome.Waiting ? new Outcome.Waiting(status) : new Outcome.Deferred(status),
                System.nanoTime());
    }

    /**
     * What a batch tells of its destination.
     *
     * @param reached whether an outcome says nothing against it as a whole
     * @param messages of which nothing was told before the batch's end
     * @param dead the outcome where nobody was there at all, whoever sends
     */
    private record Feedback(boolean reached, int messages, Optional<Outcome> dead) {
        static Feedback of(Agent agent, int messages, List<Outcome> outcomes) {
            boolean nobody = agent.batchedBy() != Agent.Destination.ANSWER
                    && outcomes.stream().allMatch(Dispatcher::foundNobody);
            return new Feedback(
                    outcomes.stream().anyMatch(Dispatcher::isReached),
                    messages,
                    nobody ? outcomes.stream().findFirst() : Optional.empty());
        }
    }

    private Feedback deliver(Lane lane, List<Task> waiting) {
        Agent agent = lane.agent;
        List<Task> batch = new ArrayList<>(waiting.size());
        for (Task task : waiting) {
            if (queue.mayAttempt(task.active.message().id())) {
                batch.add(task);
            } else {
                // SAFETY 13: deleted, held or requeued while it waited for its turn
                through(task.active);
            }
        }
        List<Task> questions =
                batch.stream().filter(t -> t.active.isOnlyAQuestion()).toList();
        batch.removeAll(questions);
        verify(agent, questions);
        if (batch.isEmpty()) {
            return new Feedback(true, 0, Optional.empty());
        }
        Batch underWay = new Batch(lane);
        List<Delivery> deliveries = underWay.add(batch);
        List<Outcome> outcomes;
        try {
            outcomes = agent.deliverer().deliver(deliveries, underWay);
            if (outcomes.size() != underWay.size()) {
                throw new IllegalStateException(outcomes.size() + " outcomes for " + underWay.size() + " recipients");
            }
        } catch (RuntimeException | StackOverflowError e) {
            // the mail waits, the others go on
            Outcome waits = deferred(EnhancedStatusCode.SYSTEM_TROUBLE, ourBug(agent, e));
            outcomes = Collections.nCopies(underWay.size(), waits);
        }
        int untold = underWay.openMessages();
        underWay.end(outcomes);
        return Feedback.of(agent, untold, outcomes);
    }

    /** A batch that is with an agent, and what the agent takes besides while it is at it. Used by the worker's thread. */
    private final class Batch implements Further {
        private record Member(Task task, Delivery delivery, long sinceNanos) {}

        private final Lane lane;
        private final List<Member> members = new ArrayList<>();
        /** Whose outcome is not recorded yet. */
        private final IdentityHashMap<Delivery, Member> open = new IdentityHashMap<>();

        private int further;
        /** The last message of which the lane has heard. */
        private @Nullable ActiveMessage told;

        Batch(Lane lane) {
            this.lane = lane;
        }

        List<Delivery> add(List<Task> tasks) {
            List<Delivery> deliveries =
                    tasks.stream().map(t -> delivery(lane.agent, t)).toList();
            for (int i = 0; i < tasks.size(); i++) {
                Member member = new Member(tasks.get(i), deliveries.get(i), System.nanoTime());
                members.add(member);
                open.put(member.delivery, member);
            }
            return deliveries;
        }

        int size() {
            return members.size();
        }

        /** Messages that have a recipient whose outcome is not recorded yet. */
        int openMessages() {
            return (int) open.values().stream()
                    .map(m -> m.task.active.message().id())
                    .distinct()
                    .count();
        }

        @Override
        public List<Delivery> next(ReversePath account) {
            if (pauses(lane).some()) {
                return List.of();
            }
            while (further < MOST_FURTHER && !closed) {
                List<Task> message;
                lock.lock();
                try {
                    message = lane.nextMessage(account);
                } finally {
                    lock.unlock();
                }
                if (message.isEmpty()) {
                    return List.of();
                }
                ActiveMessage entry = message.getFirst().active;
                if (!queue.mayAttempt(entry.message().id())) {
                    // SAFETY 13: deleted, held or requeued while it waited for its turn
                    message.forEach(t -> through(t.active));
                    continue;
                }
                if (entry.isOnlyAQuestion()) {
                    lock.lock();
                    try {
                        lane.putBack(message);
                    } finally {
                        lock.unlock();
                    }
                    return List.of();
                }
                further++;
                return add(message);
            }
            return List.of();
        }

        @Override
        public void settled(Delivery delivery, Outcome outcome) {
            Member member = open.remove(delivery);
            if (member == null) {
                throw new IllegalStateException("an outcome for one that has none to come");
            }
            settle(member.task, lane.agent.program(), outcome, member.sinceNanos);
            lock.lock();
            try {
                if (told != member.task.active) {
                    told = member.task.active;
                    lane.reached();
                }
                beginWorker(lane);
            } finally {
                lock.unlock();
            }
        }

        void end(List<Outcome> outcomes) {
            for (int i = 0; i < members.size(); i++) {
                Member member = members.get(i);
                if (open.remove(member.delivery) != null) {
                    settle(member.task, lane.agent.program(), outcomes.get(i), member.sinceNanos);
                }
            }
        }
    }

    /** The text for the recipients concerned. */
    private String ourBug(Agent agent, Throwable e) {
        String text = "delivery failed: " + e + at(e);
        log.error(agent.program(), text);
        notices.software(agent.program() + ": " + text);
        return "internal error: " + e.getClass().getSimpleName();
    }

    /** Those whose senders only ask. Postfix: sendmail(1), {@code -bv}. */
    private void verify(Agent agent, List<Task> batch) {
        if (batch.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        List<Verification> answers;
        List<Delivery> deliveries =
                batch.stream().map(task -> delivery(agent, task)).toList();
        try {
            answers = agent.deliverer().verify(deliveries);
            if (answers.size() != batch.size()) {
                throw new IllegalStateException(answers.size() + " answers for " + batch.size() + " recipients");
            }
        } catch (RuntimeException | StackOverflowError e) {
            answers = Verification.ofEach(deliveries, "none", ourBug(agent, e));
        }
        for (int i = 0; i < batch.size(); i++) {
            Task task = batch.get(i);
            Verification answer = answers.get(i);
            answer.found().forEach(status -> asked(task, agent.program(), status, began));
            if (answer.then().orElse(null) instanceof Outcome.HandedTo(String transport, String nextHop)) {
                enqueue(new Task(task.active, task.recipient, transport, nextHop, task.hops + 1));
            } else {
                through(task.active);
            }
        }
    }

    private void asked(Task task, String program, DeliveryStatus status, long beganNanos) {
        FailedRecipient.Action action = FailedRecipient.Action.ifAsked(status);
        report(task, program, status, beganNanos, action.word());
        task.active.traced(new FailedRecipient(task.recipient, status, Optional.of(action)));
    }

    private static String at(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return trace.length == 0 ? "" : " at " + trace[0];
    }

    private ReversePath accountOf(Agent agent, Task task) {
        return leaves(agent)
                        && account(task.active) instanceof AccountRule.Answer.Is(ReversePath is, Optional<Reason> why)
                ? is
                : task.active.message().envelope().sender();
    }

    private Delivery delivery(Agent agent, Task task) {
        QueuedMessage message = task.active.message();
        int ordinal = task.recipient.ordinal();
        return new Delivery(
                message,
                task.recipient,
                accountOf(agent, task),
                task.nextHop,
                () -> queue.openContent(message.id()),
                place -> queue.begun(message.id(), ordinal, place));
    }

    // ---- outcomes

    private void settle(Task task, String program, Outcome outcome, long beganNanos) {
        ActiveMessage entry = task.active;
        if (entry.isOnlyAQuestion()) {
            // what never came to an agent: no transport, a destination that is away
            reason(outcome).forEach(status -> asked(task, program, status, beganNanos));
            through(entry);
            return;
        }
        try {
            switch (outcome) {
                case Outcome.Sent(DeliveryStatus status) -> {
                    report(task, program, status, beganNanos, "sent");
                    queue.done(entry.message().id(), task.recipient.ordinal());
                    if (wantsToHear(task, status.handover())) {
                        entry.sent(
                                status.recipient().isPresent()
                                        ? FailedRecipient.expanded(task.recipient, status.relay())
                                        : new FailedRecipient(task.recipient, status));
                    }
                }
                case Outcome.Deferred(DeliveryStatus status) -> defer(task, program, status, beganNanos);
                case Outcome.Waiting(DeliveryStatus status) -> await(task, program, status, beganNanos);
                case Outcome.Bounced(DeliveryStatus status) -> bounce(task, program, status, beganNanos);
                case Outcome.HandedTo(String transport, String nextHop) -> {
                    enqueue(new Task(entry, task.recipient, transport, nextHop, task.hops + 1));
                    return;
                }
                case Outcome.Expanded expanded -> {
                    if (expand(task, program, expanded, beganNanos)) {
                        return;
                    }
                }
                case Outcome.Several(List<DeliveryStatus> sent, Outcome last) -> {
                    sent.forEach(status -> report(task, program, status, beganNanos, "sent"));
                    if (!(last instanceof Outcome.Sent(DeliveryStatus status))) {
                        settle(task, program, last, beganNanos);
                        return;
                    }
                    report(task, program, status, beganNanos, "sent");
                    expandedAll(task, FailedRecipient.expanded(task.recipient, program));
                }
            }
        } catch (IOException e) {
            log.error("qmgr", entry.message().id() + ": cannot record an outcome: " + e.getMessage());
        }
        through(entry);
    }

    private void defer(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        task.active.somebodyWasAsked();
        await(task, program, status, beganNanos);
    }

    /** Nobody could be asked: in all else as deferred. */
    private void await(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        leave(task, program, status, beganNanos, "deferred");
    }

    /** @param word for the log: {@code deferred} */
    private void leave(Task task, String program, DeliveryStatus status, long beganNanos, String word)
            throws IOException {
        report(task, program, status, beganNanos, word);
        task.active.defer(new FailedRecipient(task.recipient, status));
        queue.deferred(task.active.message().id(), task.recipient.ordinal(), status.text());
    }

    private void bounce(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        if (task.active.plan().configuration().get(Parameters.SOFT_BOUNCE)) {
            // Postfix: postconf(5), soft_bounce: what would bounce waits
            task.active.somebodyWasAsked();
            leave(task, program, inClass(status, 4), beganNanos, "SOFTBOUNCE");
            return;
        }
        report(task, program, status, beganNanos, "bounced");
        task.active.bounce(new FailedRecipient(task.recipient, status));
    }

    /** True where the recipient went on to another transport and is not through yet. */
    private boolean expand(Task task, String program, Outcome.Expanded expanded, long beganNanos) throws IOException {
        QueuedMessage message = task.active.message();
        String text;
        try {
            text = notices.expand(message, task.recipient, expanded, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            defer(
                    task,
                    program,
                    DeliveryStatus.of(
                            program,
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            "unable to forward message: " + e.getMessage(),
                            Duration.ZERO),
                    beganNanos);
            return false;
        }
        if (!(expanded.then().orElse(null) instanceof Outcome.Deferred) || message.attempts() == 0) {
            report(
                    task,
                    program,
                    DeliveryStatus.of(program, EnhancedStatusCode.OK, text, Duration.ZERO),
                    beganNanos,
                    "sent",
                    FailedRecipient.Action.RELAYED);
        }
        FailedRecipient success = expanded.sender().isPresent()
                ? FailedRecipient.listed(task.recipient, program)
                : FailedRecipient.expanded(task.recipient, program);
        switch (expanded.then().orElse(expanded)) {
            case Outcome.Bounced(DeliveryStatus status) -> bounce(task, program, status, beganNanos);
            case Outcome.HandedTo(String transport, String nextHop) -> {
                enqueue(new Task(task.active, task.recipient, transport, nextHop, task.hops + 1));
                return true;
            }
            case Outcome.Sent s -> expandedAll(task, success);
            case Outcome.Deferred(DeliveryStatus status) -> defer(task, program, status, beganNanos);
            case Outcome.Waiting(DeliveryStatus status) -> await(task, program, status, beganNanos);
            case Outcome.Expanded e -> expandedAll(task, success);
            case Outcome.Several s -> expandedAll(task, success);
        }
        return false;
    }

    private void expandedAll(Task task, FailedRecipient success) throws IOException {
        queue.done(task.active.message().id(), task.recipient.ordinal());
        if (wantsToHear(task, DeliveryStatus.Handover.PLAIN)) {
            task.active.sent(success);
        }
    }

    /** Postfix: {@code confirm_delay_cleared}: who was warned hears too that it got through. */
    private static boolean wantsToHear(Task task, DeliveryStatus.Handover handover) {
        EnvelopeRecipient recipient = task.recipient.recipient();
        boolean cleared = task.active.message().warned()
                && task.active.plan().configuration().get(Parameters.CONFIRM_DELAY_CLEARED)
                && recipient.wantsDelay();
        return cleared || (recipient.wantsSuccess() && handover != DeliveryStatus.Handover.WITH_REQUEST);
    }

    private static Outcome deferred(EnhancedStatusCode code, String text) {
        return new Outcome.Deferred(DeliveryStatus.of("none", code, text, Duration.ZERO));
    }

    private static DeliveryStatus inClass(DeliveryStatus status, int statusClass) {
        return new DeliveryStatus(
                status.relay(),
                status.code().inClass(statusClass),
                status.text(),
                status.diagnostic(),
                status.remoteMta(),
                status.connect(),
                status.transmit(),
                status.recipient(),
                status.handover());
    }

    private void report(Task task, String program, DeliveryStatus status, long beganNanos, String word) {
        report(task, program, status, beganNanos, word, FailedRecipient.Action.ofAttempt(status));
    }

    /** @param action what a report for who asked for one says */
    private void report(
            Task task,
            String program,
            DeliveryStatus status,
            long beganNanos,
            String word,
            FailedRecipient.Action action) {
        ActiveMessage entry = task.active;
        log.delivery(
                program,
                entry.message().id(),
                task.recipient.recipient(),
                status,
                entry.beforeClaim(),
                entry.sinceClaim(beganNanos),
                word);
        if (entry.isTraced()) {
            entry.traced(new FailedRecipient(task.recipient, status, Optional.of(action)));
        }
    }

    // ---- the end of an attempt

    private void through(ActiveMessage entry) {
        if (!entry.oneThrough()) {
            return;
        }
        try {
            finish(entry);
        } catch (IOException | RuntimeException e) {
            log.error("qmgr", entry.message().id() + ": cannot end the attempt: " + e);
            giveBack(entry);
        } finally {
            lock.lock();
            try {
                active--;
            } finally {
                lock.unlock();
            }
            if (!poked.get()) {
                poke();
            }
        }
    }

    /** The attempt did not end as it should: the message is nobody's any more and is due again later. */
    private void giveBack(ActiveMessage entry) {
        try {
            queue.release(entry.message().id(), entry.plan().configuration().get(Parameters.MINIMAL_BACKOFF_TIME));
        } catch (IOException | RuntimeException e) {
            log.error("qmgr", entry.message().id() + ": stays claimed until the next start: " + e);
        }
    }

    private void finish(ActiveMessage entry) throws IOException {
        QueuedMessage message = entry.message();
        Duration total = message.age().plus(entry.sinceClaim(System.nanoTime()));
        Duration age = lifetime(entry, total);
        boolean waiting = !entry.deferred().isEmpty();
        if (!entry.bounced().isEmpty()) {
            waiting |= !tell(message, entry.bounced());
        }
        if (!entry.traced().isEmpty()) {
            waiting |= !tellWhatWasAsked(message, entry);
        } else if (!entry.sent().isEmpty()) {
            tellOfDelivery(message, entry.sent());
        }
        if (!entry.deferred().isEmpty()) {
            if (isExpired(entry, age)) {
                log.expired(message.id(), message.envelope().sender(), message.forcedExpiry());
                waiting = !tell(message, entry.deferred());
            } else {
                // whoever wants to hear of a delay wants it off line too
                warn(message, entry, total);
            }
        }
        boolean ours = queue.mayAttempt(message.id());
        boolean gone = queue.release(message.id(), backOff(age, entry.plan().configuration()));
        if (gone) {
            lifetimes.forget(message.id());
            log.removed(message.id());
        } else if (!waiting && ours) {
            log.warning("qmgr", Optional.of(message.id()), "stays in the queue: an outcome could not be recorded");
        }
    }

    /** True when the sender was told and the recipients are done. */
    private boolean tell(QueuedMessage message, List<FailedRecipient> recipients) throws IOException {
        try {
            notices.failure(message, recipients, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning("bounce", Optional.of(message.id()), "cannot tell the sender yet: " + e.getMessage());
            for (FailedRecipient failed : recipients) {
                queue.deferred(
                        message.id(),
                        failed.recipient().ordinal(),
                        "bounce or trace service failure: " + failed.status().text());
            }
            return false;
        }
        for (FailedRecipient failed : recipients) {
            queue.done(message.id(), failed.recipient().ordinal());
        }
        return true;
    }

    /** True where nothing is left to do for it: a question that could not be answered is asked again later. */
    private boolean tellWhatWasAsked(QueuedMessage message, ActiveMessage entry) throws IOException {
        List<FailedRecipient> traced = entry.traced();
        try {
            notices.trace(message, traced, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning(
                    "bounce",
                    Optional.of(message.id()),
                    "cannot send the report that was asked for: " + e.getMessage());
            return !entry.isOnlyAQuestion();
        }
        if (entry.isOnlyAQuestion()) {
            for (RecipientState recipient : message.recipients()) {
                queue.done(message.id(), recipient.ordinal());
            }
        }
        return true;
    }

    /** Nobody misses mail where this fails: it was delivered, and that is recorded. */
    private void tellOfDelivery(QueuedMessage message, List<FailedRecipient> recipients) {
        try {
            notices.success(message, recipients, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning("bounce", Optional.of(message.id()), "cannot tell of the delivery: " + e.getMessage());
        }
    }

    /** The part of its age that counts. DIFFERS: for Postfix all of it counts, also while this machine is off line. */
    private Duration lifetime(ActiveMessage entry, Duration age) throws IOException {
        if (entry.plan().configuration().get(Parameters.RECADERO_WAITING_USES_LIFETIME)) {
            return age;
        }
        if (entry.foundNoWay()) {
            queue.waited(entry.message().id());
        }
        return lifetimes.age(entry.message(), age, entry.foundNoWay());
    }

    /** SAFETY 30: nothing expires while nobody can be asked. */
    private static boolean isExpired(ActiveMessage entry, Duration age) {
        QueuedMessage message = entry.message();
        Configuration configuration = entry.plan().configuration();
        boolean mayWait = entry.foundNoWay() && !configuration.get(Parameters.RECADERO_WAITING_USES_LIFETIME);
        if (mayWait && !message.forcedExpiry()) {
            return false;
        }
        Duration lifetime = switch (message.envelope().sender()) {
            case ReversePath.Null n -> configuration.get(Parameters.BOUNCE_QUEUE_LIFETIME);
            case ReversePath.Sender s -> configuration.get(Parameters.MAXIMAL_QUEUE_LIFETIME);
        };
        return message.forcedExpiry() || age.compareTo(lifetime) >= 0;
    }

    private void warn(QueuedMessage message, ActiveMessage entry, Duration age) throws IOException {
        Duration after = entry.plan().configuration().get(Parameters.DELAY_WARNING_TIME);
        if (after.isZero() || message.warned() || age.compareTo(after) < 0) {
            return;
        }
        List<FailedRecipient> told = entry.deferred().stream()
                .filter(f -> f.recipient().recipient().wantsDelay())
                .toList();
        if (!told.isEmpty()) {
            notices.delay(message, told, () -> queue.openContent(message.id()));
        }
        queue.warned(message.id());
    }

    /** Postfix: qmgr(8): as long as it has waited already, between minimal_backoff_time and maximal_backoff_time. */
    private static Duration backOff(Duration age, Configuration configuration) {
        Duration least = configuration.get(Parameters.MINIMAL_BACKOFF_TIME);
        Duration most = configuration.get(Parameters.MAXIMAL_BACKOFF_TIME);
        if (age.compareTo(least) < 0) {
            return least;
        }
        return age.compareTo(most) > 0 ? most : age;
    }
}
