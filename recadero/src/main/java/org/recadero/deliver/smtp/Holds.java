package org.recadero.deliver.smtp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.status.DeliveryStatus;
import org.recadero.table.LatestMap;

/**
 * Accounts whose password was refused: to try again and again would lock the account (SAFETY 30). Keyed by host, login and a hash
 * of the secret, so that a changed secret is tried at once. The pause grows from 5 minutes to 4 hours; a flush tries one account
 * at most once a minute. Only a refusal of the password itself begins one. Safe for all threads.
 */
final class Holds {
    private static final int MOST = 1_000;
    private static final Duration FIRST = Duration.ofMinutes(5);
    private static final Duration LONGEST = Duration.ofHours(4);
    private static final Duration FLUSH_PAUSE = Duration.ofMinutes(1);

    record Key(String host, String login, String secretHash) {}

    /**
     * @param since when it was refused first
     * @param submitters whose mail waits; empty: not a user of this machine
     */
    private record Hold(
            Instant since,
            Instant tried,
            Instant until,
            Duration pause,
            DeliveryStatus status,
            Set<Optional<Integer>> submitters) {
        Hold with(Set<Optional<Integer>> more) {
            return submitters.containsAll(more)
                    ? this
                    : new Hold(since, tried, until, pause, status, Outages.together(submitters, more));
        }
    }

    private final InstantSource clock;
    private final Map<Key, Hold> held = LatestMap.byUse(MOST);

    Holds(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock);
    }

    /**
     * Why this account waits; empty where it may be tried.
     *
     * @param submitters whose mail asks
     */
    synchronized Optional<DeliveryStatus> on(Key key, Set<Optional<Integer>> submitters) {
        Hold hold = held.computeIfPresent(key, (k, h) -> h.with(submitters));
        return hold == null || !clock.instant().isBefore(hold.until) ? Optional.empty() : Optional.of(hold.status);
    }

    /** Whether this very secret was refused, and may be tried again now. */
    synchronized boolean isOver(Key key) {
        Hold hold = held.get(key);
        return hold != null && !clock.instant().isBefore(hold.until);
    }

    /** The server refused the password. */
    synchronized Duration refused(Key key, DeliveryStatus status, Set<Optional<Integer>> submitters) {
        Hold before = held.get(key);
        Duration pause = before == null ? FIRST : before.pause.multipliedBy(2);
        Duration bounded = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        Instant now = clock.instant();
        held.put(
                key,
                new Hold(
                        before == null ? now : before.since,
                        now,
                        now.plus(bounded),
                        bounded,
                        status,
                        before == null ? submitters : Outages.together(before.submitters, submitters)));
        return bounded;
    }

    /** The server took it: whatever was refused before for this login is no password any more. */
    synchronized void accepted(Key key) {
        held.keySet().removeIf(k -> k.host.equals(key.host) && k.login.equals(key.login));
    }

    /** Somebody flushed: who was not tried within the last minute may be tried once now. */
    synchronized void flushed() {
        Instant now = clock.instant();
        held.replaceAll((key, hold) -> hold.tried.plus(FLUSH_PAUSE).isAfter(now)
                ? hold
                : new Hold(hold.since, hold.tried, now, hold.pause, hold.status, hold.submitters));
    }

    /** Who waits, since when and why; without those that nobody tried again when they could have been: no mail waits. */
    synchronized List<SmtpClients.Wait> waits() {
        Instant now = clock.instant();
        return held.entrySet().stream()
                .filter(e -> now.isBefore(e.getValue().until().plus(LONGEST)))
                .map(e -> new SmtpClients.Wait(
                        e.getKey().login() + " at " + e.getKey().host(),
                        e.getValue().since(),
                        e.getValue().status().text(),
                        e.getValue().submitters()))
                .toList();
    }
}
