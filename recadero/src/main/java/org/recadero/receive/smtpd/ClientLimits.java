package org.recadero.receive.smtpd;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Counts what each client does: connections at a time, and connections, messages, recipients and logins in a span of time. Safe
 * for use by many threads: one lock, held for a map look-up.
 *
 * <p>Postfix: anvil(8).
 */
final class ClientLimits {
    /** Bound for clients that are remembered; beyond it those that do nothing are forgotten, and then nobody new is counted. */
    static final int MAX_CLIENTS = 100_000;

    /** What is counted in a span of time. */
    enum Event {
        CONNECTION,
        MESSAGE,
        RECIPIENT,
        LOGIN
    }

    private static final class Counts {
        private int open;
        private Instant begin;
        private final Map<Event, Integer> events = new EnumMap<>(Event.class);

        Counts(Instant begin) {
            this.begin = begin;
        }
    }

    private final InstantSource clock;
    private final Map<InetAddress, Counts> clients = new HashMap<>();

    ClientLimits(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock);
    }

    /** A client connected; returns how many connections it has now. */
    synchronized int opened(InetAddress client, Duration span) {
        Counts counts = counts(client, span);
        return ++counts.open;
    }

    synchronized void closed(InetAddress client) {
        Counts counts = clients.get(client);
        if (counts != null && counts.open > 0) {
            counts.open--;
        }
    }

    /** Something happened; returns how often in this span. */
    synchronized int count(InetAddress client, Event event, Duration span) {
        return counts(client, span).events.merge(event, 1, Integer::sum);
    }

    private Counts counts(InetAddress client, Duration span) {
        Instant now = clock.instant();
        Counts counts = clients.get(client);
        if (counts == null) {
            counts = new Counts(now);
            if (clients.size() >= MAX_CLIENTS) {
                clients.values().removeIf(c -> c.open == 0 && c.begin.plus(span).isBefore(now));
            }
            if (clients.size() < MAX_CLIENTS) {
                clients.put(client, counts);
            }
        } else if (counts.begin.plus(span).isBefore(now) || now.isBefore(counts.begin)) {
            counts.begin = now;
            counts.events.clear();
        }
        return counts;
    }
}
