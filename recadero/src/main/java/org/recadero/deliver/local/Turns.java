package org.recadero.deliver.local;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who may work on a key at the same time: one on a mailbox (SAFETY 18), two for a user (SAFETY 6).
 *
 * <p>Holds an entry only for keys that somebody works on or waits for; so it is bounded by the number of batches in work.
 * Only ordinary threads use it, never one with a user's identity (SAFETY 3).
 */
final class Turns<K> {
    private static final class Turn {
        private final Semaphore permits;
        private int users;

        private Turn(int permits) {
            this.permits = new Semaphore(permits, true);
        }
    }

    private final int permits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, Turn> turns = new HashMap<>();

    Turns(int permits) {
        this.permits = permits;
    }

    /** False where no turn came within {@code patience}; then there is nothing to {@link #leave}. */
    boolean enter(K key, Duration patience) throws InterruptedException {
        Turn turn = hold(key);
        boolean entered = false;
        try {
            entered = turn.permits.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!entered) {
                drop(key, turn);
            }
        }
        return entered;
    }

    void leave(K key) {
        Turn turn;
        lock.lock();
        try {
            turn = turns.get(key);
        } finally {
            lock.unlock();
        }
        if (turn == null) {
            throw new IllegalStateException("nobody has a turn here");
        }
        turn.permits.release();
        drop(key, turn);
    }

    int size() {
        lock.lock();
        try {
            return turns.size();
        } finally {
            lock.unlock();
        }
    }

    private Turn hold(K key) {
        lock.lock();
        try {
            Turn turn = turns.computeIfAbsent(key, k -> new Turn(permits));
            turn.users++;
            return turn;
        } finally {
            lock.unlock();
        }
    }

    private void drop(K key, Turn turn) {
        lock.lock();
        try {
            turn.users--;
            if (turn.users == 0) {
                turns.remove(key);
            }
        } finally {
            lock.unlock();
        }
    }
}
