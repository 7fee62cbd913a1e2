package org.recadero.queue;

import java.util.Objects;

/**
 * Who is to hear that mail is due ({@link Queue#onDue}). Any thread may tell, but none that holds the catalog's lock: the
 * listener may ask the queue. What finds under that lock that there is something to tell {@link #owe owes} it; the thread that
 * writes the log tells as soon as it has given the lock back.
 */
final class DueNotice {
    private volatile Runnable listener = () -> {};

    /** Guarded by the catalog's lock. */
    private boolean owed;

    void listener(Runnable newListener) {
        listener = Objects.requireNonNull(newListener);
    }

    /** Under the catalog's lock. */
    void owe() {
        owed = true;
    }

    /** Whether a notice was owed; from now on it is not. Under the catalog's lock. */
    boolean takeOwed() {
        boolean was = owed;
        owed = false;
        return was;
    }

    void tell() {
        listener.run();
    }
}
