package org.recadero.queue;

import java.time.Duration;
import java.time.Instant;

/** Clocks that a test turns. */
public final class ManualClock implements QueueClock {
    private Instant wall = Instant.parse("2026-03-01T12:00:00Z");
    private Duration boot = Duration.ofMinutes(3);
    private String bootId = "boot-1";

    /** Time passes. */
    public synchronized void pass(Duration time) {
        wall = wall.plus(time);
        boot = boot.plus(time);
    }

    /** Somebody sets the clock. */
    public synchronized void step(Duration by) {
        wall = wall.plus(by);
    }

    /** The machine starts anew, after having been off for a while. */
    public synchronized void reboot(Duration off) {
        wall = wall.plus(off);
        boot = Duration.ofSeconds(20);
        bootId = bootId + "+";
    }

    public synchronized void wall(Instant now) {
        wall = now;
    }

    @Override
    public synchronized Instant now() {
        return wall;
    }

    @Override
    public synchronized Duration sinceBoot() {
        return boot;
    }

    @Override
    public synchronized String bootId() {
        return bootId;
    }
}
