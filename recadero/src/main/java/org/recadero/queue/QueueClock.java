package org.recadero.queue;

import java.time.Duration;
import java.time.Instant;

/** The clocks that the queue trusts, and mistrusts (SAFETY 14). Safe for use by many threads. */
public interface QueueClock {
    /** Wall time: may jump. */
    Instant now();

    /** CLOCK_BOOTTIME: runs on while the machine sleeps, begins anew with {@link #bootId}. */
    Duration sinceBoot();

    /** Names this start of the machine. */
    String bootId();
}
