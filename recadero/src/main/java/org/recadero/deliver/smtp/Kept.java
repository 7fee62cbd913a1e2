package org.recadero.deliver.smtp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.recadero.net.tls.ClientPolicy;

/**
 * Sessions that wait for more mail (SAFETY 27: those of two accounts, policies or configurations never mix). A session waits at
 * most {@code smtp_connection_cache_time_limit}, and lives at most {@code smtp_connection_reuse_time_limit}. Safe for all threads.
 */
final class Kept implements AutoCloseable {
    /** Bound for all that wait. */
    private static final int MOST = 100;

    /**
     * What must be equal. The session itself knows its address and port, which the next hop as written led to.
     *
     * @param bind our own addresses, as configured
     * @param generation of the configuration
     */
    record Key(
            String transport,
            String written,
            String bind,
            ClientPolicy policy,
            String login,
            String secretHash,
            long generation) {}

    /**
     * A session and what is known of it.
     *
     * @param lastHost whether it was the last host to try when it was opened
     * @param openedNanos when
     * @param transactions how many messages it has taken
     */
    record Entry(Session session, boolean lastHost, long openedNanos, int transactions) {}

    private record Waiting(Entry entry, long sinceNanos) {}

    private final ScheduledExecutorService timer;
    private final Map<Key, Deque<Waiting>> waiting = new HashMap<>();
    private int count;
    private boolean closed;

    Kept(ScheduledExecutorService timer) {
        this.timer = Objects.requireNonNull(timer);
    }

    /** The session that was used last, if one waits. */
    synchronized Optional<Entry> take(Key key) {
        Deque<Waiting> all = waiting.get(key);
        if (all == null) {
            return Optional.empty();
        }
        Waiting last = all.removeLast();
        count--;
        if (all.isEmpty()) {
            waiting.remove(key);
        }
        return Optional.of(last.entry);
    }

    /** Keeps a session, or ends it. Does not wait for the server. */
    void put(Key key, Entry entry, Duration wait) {
        Waiting fresh = new Waiting(entry, System.nanoTime());
        synchronized (this) {
            if (!closed && count < MOST && !entry.session.isBroken()) {
                waiting.computeIfAbsent(key, k -> new ArrayDeque<>()).addLast(fresh);
                count++;
                var _ = timer.schedule(() -> expire(key, fresh), wait.toMillis(), TimeUnit.MILLISECONDS);
                return;
            }
        }
        end(entry.session);
    }

    private void expire(Key key, Waiting which) {
        boolean found = false;
        synchronized (this) {
            Deque<Waiting> all = waiting.get(key);
            if (all != null) {
                for (Iterator<Waiting> i = all.iterator(); i.hasNext() && !found; ) {
                    // the very same turn of waiting, not a later one of the same session
                    if (i.next().equals(which)) {
                        i.remove();
                        count--;
                        found = true;
                    }
                }
                if (all.isEmpty()) {
                    waiting.remove(key);
                }
            }
        }
        if (found) {
            end(which.entry.session);
        }
    }

    /** On a thread of its own: a server may be slow to take a QUIT. */
    private static void end(Session session) {
        Thread.ofVirtual().name("smtp-quit").start(session::quit);
    }

    @Override
    public void close() {
        List<Session> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            waiting.values().forEach(d -> d.forEach(w -> all.add(w.entry.session)));
            waiting.clear();
            count = 0;
        }
        all.forEach(Kept::end);
    }
}
