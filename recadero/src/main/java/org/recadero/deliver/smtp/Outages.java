package org.recadero.deliver.smtp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.recadero.table.LatestMap;

/** Relays that could not be used, since when and why, until one of them can (SAFETY 30). Safe for all threads. */
final class Outages {
    private static final int MOST = 1_000;

    /** What nobody tried for so long has no mail any more; longer than any back-off (maximal_backoff_time: 4000 s). */
    private static final Duration FORGOTTEN = Duration.ofHours(6);

    /** Bound for the users that are remembered of one outage. */
    private static final int MOST_USERS = 100;

    /**
     * A relay as written; since when; when it failed last, and why; whether another one has answered meanwhile.
     *
     * @param submitters whose mail waits; empty: not a user of this machine
     */
    record Outage(
            String relay,
            Instant since,
            Instant last,
            String reason,
            boolean othersAnswer,
            Set<Optional<Integer>> submitters) {}

    private final InstantSource clock;
    private final Map<String, Outage> known = LatestMap.byAge(MOST);

    /** When any server last answered. */
    private Instant answered = Instant.MIN;

    Outages(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock);
    }

    synchronized void failed(String relay, String reason, Set<Optional<Integer>> submitters) {
        Instant now = clock.instant();
        Outage before = known.get(relay);
        known.put(
                relay,
                new Outage(
                        relay,
                        before == null ? now : before.since,
                        now,
                        reason,
                        false,
                        before == null ? submitters : together(before.submitters, submitters)));
    }

    /** Somebody's mail waits for it too, and was not tried. */
    synchronized void alsoWaits(String relay, Optional<Integer> submitter) {
        known.computeIfPresent(
                relay,
                (k, o) -> o.submitters.contains(submitter)
                        ? o
                        : new Outage(
                                o.relay,
                                o.since,
                                o.last,
                                o.reason,
                                o.othersAnswer,
                                together(o.submitters, Set.of(submitter))));
    }

    static Set<Optional<Integer>> together(Set<Optional<Integer>> some, Set<Optional<Integer>> more) {
        return Stream.concat(some.stream(), more.stream())
                .distinct()
                .limit(MOST_USERS)
                .collect(Collectors.toUnmodifiableSet());
    }

    synchronized void answered(String relay) {
        answered = clock.instant();
        known.remove(relay);
    }

    /** Of some age; the others are for the log alone. */
    synchronized List<Outage> olderThan(Duration age) {
        Instant now = clock.instant();
        known.values().removeIf(o -> o.last.plus(FORGOTTEN).isBefore(now));
        Instant before = now.minus(age);
        return known.values().stream()
                .filter(o -> !o.since.isAfter(before))
                .map(o -> new Outage(o.relay, o.since, o.last, o.reason, answered.isAfter(o.since), o.submitters))
                .toList();
    }
}
