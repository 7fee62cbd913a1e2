package org.recadero.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.route.AccountRule;
import org.recadero.route.Resolution;
import org.recadero.status.EnhancedStatusCode;

/**
 * The queue manager: claims what is due, has each recipient routed and put into the lane of its destination, and ends the claim when
 * all recipients of a message are through. Postfix: qmgr(8).
 *
 * <p>One platform thread claims ({@code dispatch}); the workers of {@link Lanes} deliver. Who does what: {@link Routing} says where a
 * recipient goes, {@link Lanes} when it is his turn, {@link Courier} hands him to the agent, {@link Outcomes} records what came of it, and
 * {@link AttemptEnd} ends the attempt. There are two locks, never held together with a call to queue, log or agent: that of the
 * lanes, and that of each {@link ActiveMessage}.
 */
public final class Dispatcher implements AutoCloseable {
    /** Bound for claimed messages, whatever qmgr_message_active_limit allows: more would only cost memory. */
    static final int MOST_ACTIVE = 4_000;

    /** Between two claims; with what comes meanwhile the next one is worth its while. */
    private static final Duration GATHERING = Duration.ofMillis(2);

    /** Claimed in one go. */
    private static final int CLAIM = 100;

    /** A recipient is handed from transport to transport at most so often. */
    private static final int MOST_HOPS = 5;

    /** The claiming thread looks at the queue at least so often. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Queue queue;
    private final Supplier<Plan> plan;
    private final Notices notices;
    private final MailLog log;
    private final InstantSource clock;
    private final Routing routing;
    private final Outcomes outcomes;
    private final Lanes lanes;
    private final AttemptEnd end;
    /** Claimed messages. */
    private final AtomicInteger active = new AtomicInteger();

    private final AtomicBoolean poked = new AtomicBoolean();
    private final Thread claimer;
    private volatile boolean closed;

    public Dispatcher(Queue queue, Supplier<Plan> plan, Notices notices, MailLog log, InstantSource clock) {
        this(queue, plan, notices, log, clock, System::nanoTime);
    }

    /** @param nanoTime for the pauses between deliveries, which no clock that is set changes */
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
        this.routing = new Routing(queue, log);
        this.outcomes = new Outcomes(queue, notices, log, this::place, this::through);
        this.lanes = new Lanes(new Courier(queue, routing, outcomes, notices, log), routing, plan, nanoTime);
        this.end = new AttemptEnd(queue, notices, log);
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
        return active.get() == 0 && lanes.isEmpty();
    }

    /** Who waits for a pause to end looks at once whether it has. */
    void lookAtPauses() {
        lanes.lookAtPauses();
    }

    /** Claims no more, and waits at most {@code patience} for the batches that are with agents; the rest stays in the queue. */
    public void close(Duration patience) {
        closed = true;
        lanes.close();
        poke();
        try {
            claimer.join(patience);
            if (!lanes.awaitEnd(patience)) {
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
        int room = now.mostActive() - active.get();
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
        active.incrementAndGet();
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
            resolution = routing.resolve(entry, recipient.recipient().address());
        } catch (RuntimeException | StackOverflowError e) {
            // a bug of ours: this recipient waits, the other messages of the claim go on
            log.error("qmgr", entry.message().id() + ": routing failed: " + e + Courier.at(e));
            notices.software("routing failed: " + e);
            resolution =
                    new Resolution.TryLater("internal error: " + e.getClass().getSimpleName(), List.of());
        }
        switch (resolution) {
            case Resolution.Routed routed -> place(new Task(entry, recipient, routed.transport(), routed.nextHop(), 0));
            case Resolution.TryLater later ->
                outcomes.settle(
                        new Task(entry, recipient, "error", "", 0),
                        "error",
                        Outcomes.deferred(EnhancedStatusCode.SYSTEM_TROUBLE, later.text()),
                        System.nanoTime());
        }
    }

    /** Into its lane, if its transport can have it. */
    private void place(Task task) {
        Plan now = task.active.plan();
        if (now.isDeferred(task.transport)) {
            // Postfix: qmgr(8), defer_transports
            outcomes.settle(
                    task,
                    "error",
                    Outcomes.deferred(EnhancedStatusCode.of(4, 3, 2), "deferred transport"),
                    System.nanoTime());
            return;
        }
        Optional<Agent> agent = now.agent(task.transport);
        if (agent.isEmpty()) {
            outcomes.settle(
                    task,
                    "error",
                    Outcomes.deferred(
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            "mail transport unavailable: " + task.transport + " is not a transport of this version"),
                    System.nanoTime());
            return;
        }
        if (task.hops > MOST_HOPS) {
            outcomes.settle(
                    task,
                    agent.get().program(),
                    Outcomes.deferred(
                            EnhancedStatusCode.SYSTEM_TROUBLE, "transports hand this recipient round in a circle"),
                    System.nanoTime());
            return;
        }
        if (agent.get().leaves() && routing.account(task.active) instanceof AccountRule.Answer.Failed(String why)) {
            outcomes.settle(
                    task,
                    agent.get().program(),
                    Outcomes.deferred(EnhancedStatusCode.SYSTEM_TROUBLE, why),
                    System.nanoTime());
            return;
        }
        lanes.add(agent.get(), task).ifPresent(until -> outcomes.putOff(task, until));
    }

    private void through(ActiveMessage entry) {
        if (!entry.oneThrough()) {
            return;
        }
        try {
            end.of(entry);
        } finally {
            active.decrementAndGet();
            if (!poked.get()) {
                poke();
            }
        }
    }
}
