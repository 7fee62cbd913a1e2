package org.recadero.queue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Queue time: milliseconds that have passed for this queue as far as was observed (SAFETY 14). While the machine runs it
 * follows CLOCK_BOOTTIME, across its restarts the wall clock; never backwards. Ages and due times are queue time.
 *
 * <p>A wall step of over an hour ages nothing: it is added up, and the times that people see move along with it. A machine whose
 * clock was never set (before {@link #PLAUSIBLE}) says nothing about how long it was off.
 *
 * <p>Safe for use by many threads.
 */
final class QueueTime {
    private static final long STEP = Duration.ofHours(1).toMillis();
    /** No clock that was ever set shows an earlier time. */
    private static final Instant PLAUSIBLE = Instant.parse("2020-01-01T00:00:00Z");

    private final QueueClock clock;
    /** Queue time less time since boot. */
    private final long base;

    private long steps;
    private long lastOffset;
    private long last;
    private boolean stepped;

    /**
     * What is written down of the clocks.
     *
     * @param queue queue time
     * @param wall ms since 1970
     * @param steps sum of all wall steps over an hour
     * @param sinceBoot ms
     */
    record Stamp(long queue, long wall, long steps, long sinceBoot, String bootId) {
        void encode(Encoder out) {
            out.i64(queue).i64(wall).i64(steps).i64(sinceBoot).text(bootId);
        }

        static Stamp decode(Decoder in) throws IOException {
            return new Stamp(in.i64(), in.i64(), in.i64(), in.i64(), in.text());
        }
    }

    /**
     * @param before what was last written down; null for a new queue
     * @param least queue time is at least that: something of that time is in the queue
     */
    QueueTime(QueueClock clock, @Nullable Stamp before, long least) {
        this.clock = clock;
        long boot = clock.sinceBoot().toMillis();
        long wall = clock.now().toEpochMilli();
        long now = least;
        if (before != null) {
            long elapsed = elapsed(before, boot, wall, clock.bootId());
            long step = wall - (before.wall() + elapsed);
            steps = before.steps();
            if (Math.abs(step) > STEP) {
                steps += step;
                stepped = true;
            }
            now = Math.max(least, before.queue() + elapsed);
        }
        this.base = now - boot;
        this.last = now;
        this.lastOffset = wall - boot;
    }

    private static long elapsed(Stamp before, long boot, long wall, String bootId) {
        if (before.bootId().equals(bootId)) {
            return Math.max(0, boot - before.sinceBoot());
        }
        boolean plausible = before.wall() >= PLAUSIBLE.toEpochMilli() && wall >= PLAUSIBLE.toEpochMilli();
        return plausible ? Math.max(0, wall - before.wall()) : 0;
    }

    /** Queue time, ms. */
    synchronized long now() {
        observe();
        return last;
    }

    private long observe() {
        long boot = clock.sinceBoot().toMillis();
        long wall = clock.now().toEpochMilli();
        long offset = wall - boot;
        if (Math.abs(offset - lastOffset) > STEP) {
            steps += offset - lastOffset;
            stepped = true;
        }
        lastOffset = offset;
        last = Math.max(last, base + boot);
        return wall;
    }

    /** Whether the wall clock has stepped since this was asked last: then it should be written down. */
    synchronized boolean tookStep() {
        boolean answer = stepped;
        stepped = false;
        return answer;
    }

    synchronized Stamp stamp() {
        long wall = observe();
        return new Stamp(last, wall, steps, clock.sinceBoot().toMillis(), clock.bootId());
    }

    /** What is kept of a wall time, so that it moves along with later steps. */
    synchronized long toKept(Instant wall) {
        observe();
        return wall.toEpochMilli() - steps;
    }

    /** A kept wall time as it is to be shown now. */
    synchronized Instant fromKept(long kept) {
        observe();
        return Instant.ofEpochMilli(kept + steps);
    }

    /** The wall time of a queue time, past or to come. */
    synchronized Instant wallOf(long queueTime) {
        long wall = observe();
        return Instant.ofEpochMilli(wall + (queueTime - last));
    }

    Instant wallNow() {
        return clock.now();
    }
}
