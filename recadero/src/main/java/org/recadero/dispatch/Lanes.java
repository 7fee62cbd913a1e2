package org.recadero.dispatch;

import java.time.Duration;
import java.util.HashMap;
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
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.table.LatestMap;

/**
 * The destinations that have mail, a {@link Lane} for each, and the workers (virtual threads) that serve them: at most
 * {@value #MOST_WORKERS} for mailboxes and {@value #MOST_REMOTE_WORKERS} for servers at a time.
 *
 * <p>Its one lock guards the map, each lane with its {@link Window}, the destinations that were not reached, and {@link Pacing}. It is
 * never held while an agent, the queue or the log is asked.
 */
final class Lanes {
    /** Bound for mailboxes served at the same time. */
    static final int MOST_WORKERS = 64;

    /** Bound for batches that are on their way to servers. Postfix: default_process_limit. */
    static final int MOST_REMOTE_WORKERS = 100;

    /** Bound for destinations that are known not to be reached. */
    private static final int MOST_UNREACHED = 1_000;

    /**
     * A mailbox for which less than a whole batch waits rests so long after a batch: of mail that comes in a stream the next batch is
     * then worth its thread, its lock and its flush, and a single message never waits.
     */
    private static final Duration REST = Duration.ofMillis(5);

    /** Bound for destinations of which is known how much they took last. */
    private static final int MOST_ENDED = 1_000;

    /**
     * How long that is known. DIFFERS: Postfix forgets it with the last message of a destination, and begins with
     * initial_destination_concurrency again. Here connections may be open still that would have nothing to do.
     */
    private static final Duration MEMORY = Duration.ofSeconds(10);

    /** Whose turn comes sooner waits here in any case. */
    private static final Duration NEAR = Duration.ofSeconds(10);

    /** Of the messages that may be claimed, one in so many may wait behind pauses. */
    private static final int PART_BEHIND_PAUSES = 4;

    private final Courier courier;
    private final Routing routing;
    private final ReentrantLock lock = new ReentrantLock();
    private final Pacing pacing;
    private final Map<Lane.Key, Lane> lanes = new HashMap<>();
    /** Destinations that the last batch did not reach; the oldest are forgotten. */
    private final Set<Lane.Key> unreached = LatestMap.setByAge(MOST_UNREACHED);

    /** What ended a moment ago. */
    private final Map<Lane.Key, Ended> ended = LatestMap.byAge(MOST_ENDED);

    private final Semaphore workers = new Semaphore(MOST_WORKERS);
    private final Semaphore remoteWorkers = new Semaphore(MOST_REMOTE_WORKERS);
    private final ExecutorService workerThreads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("lane-", 0).factory());
    private final LongSupplier nanoTime;
    private volatile boolean closed;

    /** @param window how many batches at a time the destination took */
    private record Ended(int window, long nanos) {}

    Lanes(Courier courier, Routing routing, Supplier<Plan> plan, LongSupplier nanoTime) {
        this.courier = Objects.requireNonNull(courier);
        this.routing = Objects.requireNonNull(routing);
        this.nanoTime = Objects.requireNonNull(nanoTime);
        this.pacing = new Pacing(lock, transport -> pauses(plan.get(), transport), nanoTime);
    }

    private static Agent.Pauses pauses(Plan plan, String transport) {
        return plan.agent(transport).map(a -> a.limits().pauses()).orElse(Agent.Pauses.NONE);
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return lanes.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Who waits for a pause to end looks at once whether it has. */
    void lookAtPauses() {
        pacing.look();
    }

    /** No batch begins any more. */
    void close() {
        closed = true;
        // takes the lock: who found it open has begun his worker when this returns
        pacing.close();
    }

    /** After {@link #close}; whether the batches that are with agents ended within {@code patience}. */
    boolean awaitEnd(Duration patience) throws InterruptedException {
        workerThreads.shutdown();
        return workerThreads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * A recipient for an agent, who waits for his turn.
     *
     * @return for how long he is to be put off instead: his turn is far away, and many wait behind pauses already
     */
    Optional<Duration> add(Agent agent, Task task) {
        Lane.Key key = new Lane.Key(task.transport, destination(agent, task));
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            if (lane == null || !lane.agent.equals(agent)) {
                // of an older configuration: what it has it ends, what comes now goes by the new one
                lane = new Lane(key, agent, t -> routing.accountOf(agent, t), unreached.contains(key));
                resume(lane);
            }
            Optional<Duration> putOff = putOff(lane, task);
            if (putOff.isEmpty()) {
                lanes.put(key, lane);
                lane.add(task);
                beginWorker(lane);
            }
            return putOff;
        } finally {
            lock.unlock();
        }
    }

    private void resume(Lane lane) {
        Ended before = ended.get(lane.key);
        if (before != null && nanoTime.getAsLong() - before.nanos <= MEMORY.toNanos()) {
            lane.window.resume(before.window);
        }
    }

    /** DIFFERS: Postfix keeps all that it has claimed, and what waits behind a pause keeps other mail out. */
    private Optional<Duration> putOff(Lane lane, Task task) {
        if (!pacing.pauses(lane).some()) {
            return Optional.empty();
        }
        int ofTransport = waiting(l -> l.key.transport().equals(task.transport));
        Duration untilTurn = pacing.untilTurn(lane, lane.before(), ofTransport);
        // whom another transport handed on stays: it would do its part again
        boolean stays = task.hops > 0 || task.active.message().forcedExpiry() || lane.endsWith(task.active);
        if (stays || untilTurn.compareTo(NEAR) <= 0) {
            return Optional.empty();
        }
        int behindPauses = waiting(l -> pacing.pauses(l).some());
        Plan plan = task.active.plan();
        return behindPauses < plan.mostActive() / PART_BEHIND_PAUSES
                ? Optional.empty()
                : Optional.of(
                        pacing.promise(lane, untilTurn, plan.configuration().get(Parameters.MAXIMAL_BACKOFF_TIME)));
    }

    private int waiting(Predicate<Lane> where) {
        return lanes.values().stream().filter(where).mapToInt(Lane::size).sum();
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
            case LOCAL_DOMAIN, NEXT_HOP, ANSWER -> task.nextHop;
        };
    }

    private void serve(Lane lane) {
        // a slow server must not keep mailboxes waiting
        Semaphore turns = lane.agent.batchedBy() == Agent.Destination.NEXT_HOP ? remoteWorkers : workers;
        boolean more = true;
        while (more) {
            pacing.awaitTransport(lane);
            turns.acquireUninterruptibly();
            try {
                more = serveOnce(lane);
            } finally {
                turns.release();
            }
            if (more) {
                pacing.awaitDestination(lane);
                if (!lane.agent.leaves() && !hasWholeBatch(lane)) {
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
        List<Task> batch = nextBatch(lane);
        if (batch.isEmpty()) {
            return false;
        }
        Feedback feedback = courier.deliver(this, lane, batch);
        for (Task task : learn(lane, feedback)) {
            courier.suspend(task, lane.agent, feedback.dead().orElseThrow());
        }
        return true;
    }

    /** Empty where a worker found nothing to do any more, who then no longer counts. */
    private List<Task> nextBatch(Lane lane) {
        lock.lock();
        try {
            List<Task> batch = closed ? List.of() : lane.nextBatch();
            if (batch.isEmpty() && lane.hasEnded()) {
                lanes.remove(lane.key, lane);
                if (lane.agent.limits().concurrency() > 1) {
                    ended.remove(lane.key);
                    ended.put(lane.key, new Ended(lane.window.size(), nanoTime.getAsLong()));
                }
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** How many workers the destination may have from now on; returns those who need not even be tried. */
    private List<Task> learn(Lane lane, Feedback feedback) {
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
        return suspended;
    }

    // ---- for an agent that goes on with what waits

    /** The next message of an account, taken out; empty where none waits or each delivery stands for itself. */
    List<Task> nextMessage(Lane lane, ReversePath account) {
        if (closed || pacing.pauses(lane).some()) {
            return List.of();
        }
        lock.lock();
        try {
            return lane.nextMessage(account);
        } finally {
            lock.unlock();
        }
    }

    void putBack(Lane lane, List<Task> message) {
        lock.lock();
        try {
            lane.putBack(message);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A recipient of a batch that is under way has his outcome.
     *
     * @param ofAnotherMessage whether the one before was of another message
     */
    void settled(Lane lane, boolean ofAnotherMessage) {
        lock.lock();
        try {
            if (ofAnotherMessage) {
                lane.reached();
            }
            beginWorker(lane);
        } finally {
            lock.unlock();
        }
    }
}
