package org.recadero.dispatch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The pauses between deliveries that a destination or a transport wants: workers wait here until theirs is over. Postfix: postconf(5),
 * default_destination_rate_delay and default_transport_rate_delay.
 *
 * <p>Guarded by the lanes' lock, which it is given: who waits for a turn gives up as soon as his lane is empty.
 */
final class Pacing {
    /** Who waits for a delivery's time looks at least so often whether a reload has changed it. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private final ReentrantLock lock;
    /** Pauses may be over, or nobody waits for them any more. */
    private final Condition changed;

    private final Supplier<Plan> plan;
    /** No clock that is set changes a pause. */
    private final LongSupplier nanoTime;

    /** When the last delivery of a transport that pauses began, by {@link #nanoTime}. */
    private final Map<String, Long> begins = new HashMap<>();

    private boolean closed;

    Pacing(ReentrantLock lock, Supplier<Plan> plan, LongSupplier nanoTime) {
        this.lock = Objects.requireNonNull(lock);
        this.changed = lock.newCondition();
        this.plan = Objects.requireNonNull(plan);
        this.nanoTime = Objects.requireNonNull(nanoTime);
    }

    /** As the present configuration has them, which may be newer than the lane; needs no lock. */
    Agent.Pauses pauses(Lane lane) {
        return plan.get()
                .agent(lane.key.transport())
                .map(a -> a.limits().pauses())
                .orElse(Agent.Pauses.NONE);
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
