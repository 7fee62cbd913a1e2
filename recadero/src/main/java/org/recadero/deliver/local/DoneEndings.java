package org.recadero.deliver.local;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.SubmissionId;

/**
 * What a message has reached already of all that its recipient stands for, where something else waits: so that a command or a
 * mailbox does not get the message again with each attempt, as it does from Postfix. Bounded, in memory: after a restart of
 * the daemon there may be a duplicate, never a loss. Safe for all threads.
 */
final class DoneEndings {
    private static final int MOST = 10_000;

    private record Key(SubmissionId message, int ordinal) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Set<Ending>> done = new LinkedHashMap<>();

    boolean contains(Delivery delivery, Ending ending) {
        lock.lock();
        try {
            return done.getOrDefault(key(delivery), Set.of()).contains(ending);
        } finally {
            lock.unlock();
        }
    }

    /** Replaces what was known. */
    void remember(Delivery delivery, Set<Ending> endings) {
        lock.lock();
        try {
            done.remove(key(delivery));
            if (!endings.isEmpty()) {
                done.put(key(delivery), new HashSet<>(endings));
            }
            if (done.size() > MOST) {
                done.remove(done.keySet().iterator().next());
            }
        } finally {
            lock.unlock();
        }
    }

    void forget(Delivery delivery) {
        lock.lock();
        try {
            done.remove(key(delivery));
        } finally {
            lock.unlock();
        }
    }

    private static Key key(Delivery delivery) {
        return new Key(delivery.message().random(), delivery.recipient().ordinal());
    }
}
