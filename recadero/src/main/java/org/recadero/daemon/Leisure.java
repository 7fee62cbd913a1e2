package org.recadero.daemon;

import java.util.function.LongSupplier;
import org.recadero.os.MappedFiles;

/**
 * Gives memory back when nothing goes on any more: one collection, after which the heap shrinks, and the pages of files that nobody uses.
 * A mail system is idle nearly always.
 */
final class Leisure {
    private final LongSupplier doings;
    private final Runnable collect;
    private final Runnable letGo;
    private long last = Long.MIN_VALUE;
    private boolean busy = true;

    /** @param doings a number that grows with all that is done */
    Leisure(LongSupplier doings) {
        this(doings, System::gc, MappedFiles::letGo);
    }

    Leisure(LongSupplier doings, Runnable collect, Runnable letGo) {
        this.doings = doings;
        this.collect = collect;
        this.letGo = letGo;
    }

    /**
     * To be called every few seconds.
     *
     * @param disturbed whether something small was done that is no doing: it brought back more pages than it needed
     */
    void look(boolean disturbed) {
        long now = doings.getAsLong();
        if (now != last) {
            busy = true;
            last = now;
        } else if (busy) {
            busy = false;
            collect.run();
            letGo.run();
        } else if (disturbed) {
            letGo.run();
        }
    }
}
