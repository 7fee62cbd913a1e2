package org.recadero.dispatch;

import java.util.Objects;

/**
 * How many workers may serve a destination: it grows while the destination takes mail and shrinks while it does not. Guarded by the
 * lanes' lock.
 *
 * <p>Steps of less than one add up: one worker more at their end, one less at their begin. A failure here is one that says something
 * against the destination as a whole. Postfix: SCHEDULER_README, concurrency scheduling.
 */
final class Window {
    private static final double ROUNDING = 1e-9;

    private final Agent.Limits limits;
    private final int initial;
    private final boolean probing;
    private int size;
    /** What has added up since the last change. */
    private double successes;

    private double failures;
    /** Failures in a row, each as the part of the window that it was. */
    private double failedCohorts;

    /** @param probing whether the destination was not reached last: one worker finds out (SAFETY 30) */
    Window(Agent.Limits limits, boolean probing) {
        this.limits = Objects.requireNonNull(limits);
        this.initial = Math.min(limits.initial(), limits.concurrency());
        this.probing = probing;
        this.size = probing ? 1 : initial;
    }

    int size() {
        return size;
    }

    /** Begins with as many as the destination took a moment ago, where that is more; one that was not reached shows itself first. */
    void resume(int before) {
        if (!probing) {
            size = Math.max(size, Math.min(before, limits.concurrency()));
        }
    }

    boolean isWhole() {
        return size >= limits.concurrency();
    }

    /**
     * A delivery found its destination.
     *
     * @param busy workers that are there: what nobody uses does not grow
     */
    void reached(int busy) {
        failedCohorts = 0;
        if (size >= busy + initial) {
            return;
        }
        successes += limits.feedback().positive().of(size);
        while (successes >= 1 - ROUNDING) {
            size = Math.min(limits.concurrency(), size + 1);
            successes -= 1;
            failures = 0;
        }
    }

    /** A delivery did not. */
    void missed() {
        failedCohorts += 1.0 / size;
        failures -= limits.feedback().negative().of(size);
        while (failures < -ROUNDING) {
            size = Math.max(1, size - 1);
            failures += 1;
            successes = 0;
        }
    }

    /** Whether there were so many in a row that did not that what waits need not be tried. */
    boolean isDead() {
        int limit = limits.feedback().failedCohorts();
        return limit > 0 && failedCohorts >= limit - ROUNDING;
    }
}
