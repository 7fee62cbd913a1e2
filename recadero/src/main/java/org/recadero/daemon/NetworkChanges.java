package org.recadero.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Makes one event of the many that the kernel tells when a network comes up (SAFETY 30): a cable alone is an address, a link-local one, and
 * some routes. Used by one thread.
 */
final class NetworkChanges {
    /** Names are there a little later than routes. */
    static final Duration SETTLES = Duration.ofSeconds(5);

    /** So that not all machines of a house call their provider in the same moment. */
    static final Duration JITTER = Duration.ofSeconds(1);

    /** A network that never settles is used after so many pauses all the same. */
    static final int MOST_PAUSES = 12;

    private static final Duration LOOK = Duration.ofMinutes(10);

    /** {@link org.recadero.os.NetworkWatch}. */
    interface Events {
        /** Whether there is news by then; all of it is taken. */
        boolean await(Duration limit) throws IOException;
    }

    /** Lets time pass. */
    interface Pause {
        void of(Duration time);
    }

    private final Events events;
    private final Pause pause;
    private final RandomGenerator random;

    NetworkChanges(Events events, Pause pause, RandomGenerator random) {
        this.events = Objects.requireNonNull(events);
        this.pause = Objects.requireNonNull(pause);
        this.random = Objects.requireNonNull(random);
    }

    /**
     * Runs {@code changed} once for each change, when it is quiet again.
     *
     * @throws IOException where the events end
     */
    void run(BooleanSupplier goesOn, Runnable changed) throws IOException {
        while (goesOn.getAsBoolean()) {
            if (events.await(LOOK)) {
                int pauses = 0;
                do {
                    pause.of(SETTLES.plusMillis(random.nextInt((int) JITTER.toMillis())));
                    pauses++;
                } while (pauses < MOST_PAUSES && goesOn.getAsBoolean() && events.await(Duration.ZERO));
                changed.run();
            }
        }
    }
}
