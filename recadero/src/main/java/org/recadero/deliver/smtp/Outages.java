package org.recadero.deliver.smtp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Relays that could not be used, since when and why, until one of them can (SAFETY 30). Safe for all threads. */
final class Outages {
    private static final int MOST = 1_000;

    /** A relay as written; since when; the latest reason. */
    record Outage(String relay, Instant since, String reason) {}

    private final InstantSource clock;
    private final Map<String, Outage> known = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Outage> eldest) {
            return size() > MOST;
        }
    };

    Outages(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock);
    }

    synchronized void failed(String relay, String reason) {
        Outage before = known.get(relay);
        known.put(relay, new Outage(relay, before == null ? clock.instant() : before.since, reason));
    }

    synchronized void answered(String relay) {
        known.remove(relay);
    }

    /** Of some age; the others are for the log alone. */
    synchronized List<Outage> olderThan(Duration age) {
        Instant before = clock.instant().minus(age);
        return known.values().stream().filter(o -> !o.since.isAfter(before)).toList();
    }
}
