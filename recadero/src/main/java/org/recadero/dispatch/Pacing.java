package org.recadero.dispatch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.recadero.table.LatestMap;

/**
 * The pauses between deliveries that a destination or a transport wants: workers wait here until theirs is over, and here is known when
 * about it is whose turn. Postfix: postconf(5), default_destination_rate_delay and default_transport_rate_delay.
 *
 * <p>Guarded by the lanes' lock, which it is given: who waits for a turn gives up as soon as his lane is empty.
 */
final class Pacing {
    /** Who waits for a delivery's time looks at least so often whether a reload has changed it. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private static final int MOST_PROMISED = 1_000;

    private final ReentrantLock lock;
    /** Pauses may be over, or nobody waits for them any more. */
    private final Condition changed;

    private final Function<String, Agent.Pauses> pauses;
    /** No clock that is set changes a pause. */
    private final LongSupplier nanoTime;

    /** When the last delivery of a transport that pauses began, by {@link #nanoTime}. */
    private final Map<String, Long> begins = new HashMap<>();

    /** To whom of a destination, or of a transport that pauses, the last turn far away was promised; in the clock's ns. */
    private final Map<Lane.Key, Long> promised = LatestMap.byUse(MOST_PROMISED);

    private boolean closed;

    /** @param pauses of a transport, as the present configuration has them */
    Pacing(ReentrantLock lock, Function<String, Agent.Pauses> pauses, LongSupplier nanoTime) {
        this.lock = Objects.requireNonNull(lock);
        this.changed = lock.newCondition();
        this.pauses = Objects.requireNonNull(pauses);
        this.nanoTime = Objects.requireNonNull(nanoTime);
    }

    /** As the present configuration has them, which may be newer than the lane; needs no lock. */
    Agent.Pauses pauses(Lane lane) {
        return pauses.apply(lane.key.transport());
    }

    /** Until the transport may begin a delivery, which is this worker's then; or until nothing waits for it. */
    void awaitTransport(Lane lane) {
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
    void awaitDestination(Lane lane) {
        long endedNanos = nanoTime.getAsLong();
        lock.lock();
        try {
            lane.endedNanos = endedNanos;
            awaitEndOf(() -> endedNanos + pauses(lane).destination().toNanos() - nanoTime.getAsLong());
            lane.endedNanos = null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * How long about a recipient who comes now waits for his turn. Called with the lock held.
     *
     * @param before deliveries to the destination whose pause has not begun
     * @param ofTransport deliveries by its transport that wait
     */
    Duration untilTurn(Lane lane, int before, int ofTransport) {
        Agent.Pauses wanted = pauses(lane);
        Duration own = wanted.destination().multipliedBy(before).plus(left(lane.endedNanos, wanted.destination()));
        Long began = begins.get(lane.key.transport());
        Duration whole = wanted.transport().multipliedBy(ofTransport).plus(left(began, wanted.transport()));
        return longer(own, whole);
    }

    /** Of a pause that began then, if one did. */
    private Duration left(@Nullable Long began, Duration pause) {
        return began == null ? Duration.ZERO : longer(pause.minusNanos(nanoTime.getAsLong() - began), Duration.ZERO);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /**
     * For how long who must wait is put off: each one a pause longer than the one before, so that they come back one by one. Called with
     * the lock held.
     *
     * @param longest for which anybody is; where that is too short for all, some come back before their turn
     */
    Duration promise(Lane lane, Duration untilTurn, Duration longest) {
        Agent.Pauses wanted = pauses(lane);
        Lane.Key whose = wanted.transport().isZero() ? lane.key : new Lane.Key(lane.key.transport(), "");
        long now = nanoTime.getAsLong();
        Long before = promised.get(whose);
        Duration after = before == null
                ? Duration.ZERO
                : longer(wanted.destination(), wanted.transport()).plusNanos(before - now);
        Duration until = longer(untilTurn, after);
        if (until.compareTo(longest) > 0) {
            until = untilTurn.compareTo(longest) > 0 ? longest : untilTurn;
        }
        promised.put(whose, now + until.toNanos());
        return until;
    }

    /**
     * Called with the lock held.
     *
     * @param left of the pause, in ns
     */
    private void awaitEndOf(LongSupplier left) {
        try {
            for (long nanos = left.getAsLong(); nanos > 0 && !closed; nanos = left.getAsLong()) {
                var _ = changed.awaitNanos(Math.min(nanos, LONGEST_LOOK.toNanos()));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a lane's worker", e);
        }
    }

    /** Who waits for a pause to end looks at once whether it has. */
    void look() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
