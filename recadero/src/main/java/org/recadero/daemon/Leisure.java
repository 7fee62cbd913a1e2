package org.recadero.daemon;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.recadero.os.MappedFiles;

/**
 * Gives memory back when nothing goes on any more: one collection, after which the heap shrinks, and the pages of files that nobody uses.
 * A mail system is idle nearly always.
 */
final class Leisure {
    static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final LongSupplier doings;
    private final Runnable collect;
    private long last = Long.MIN_VALUE;
    private boolean busy = true;

    /** @param doings a number that grows with all that is done */
    Leisure(LongSupplier doings) {
        this(doings, () -> {
            System.gc();
            MappedFiles.letGo();
        });
    }

    Leisure(LongSupplier doings, Runnable collect) {
        this.doings = doings;
        this.collect = collect;
    }

    /** To be called every {@link #LOOK_EVERY}. */
    void look() {
        long now = doings.getAsLong();
        if (now != last) {
            busy = true;
            last = now;
        } else if (busy) {
            busy = false;
            collect.run();
        }
    }
}
