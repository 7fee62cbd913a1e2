package org.recadero.daemon;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.recadero.bounce.Bounces;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;

/**
 * Tells the postmaster that mail waits for a relay or an account: after an hour, after a day, then weekly (SAFETY 30). Used by one
 * thread.
 */
final class WaitNotices {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final List<Duration> FIRST = List.of(Duration.ofHours(1), Duration.ofDays(1), WEEK);

    private record Key(String what, Instant since) {}

    private final Bounces bounces;
    private final MailLog log;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<Key, Integer> told = new HashMap<>();

    WaitNotices(Bounces bounces, MailLog log, InstantSource clock) {
        this.bounces = bounces;
        this.log = log;
        this.clock = clock;
    }

    /** @param waits all that mail waits for now */
    void look(List<SmtpClients.Wait> waits) {
        Set<Key> now = new HashSet<>();
        for (SmtpClients.Wait wait : waits) {
            Key key = new Key(wait.what(), wait.since());
            now.add(key);
            int times = told.getOrDefault(key, 0);
            if (!clock.instant().isBefore(wait.since().plus(due(times)))) {
                told.put(key, times + 1);
                tell(wait);
            }
        }
        told.keySet().retainAll(now);
    }

    /** How long after its begin the next notice goes out. */
    static Duration due(int times) {
        return times < FIRST.size() ? FIRST.get(times) : WEEK.multipliedBy(times - FIRST.size() + 2L);
    }

    private void tell(SmtpClients.Wait wait) {
        try {
            var _ = bounces.trouble(
                    Bounces.Trouble.RESOURCE,
                    new SubmissionId(random.nextLong(), random.nextLong()),
                    "mail waits for " + wait.what(),
                    List.of(
                            "Since " + wait.since() + ": " + wait.reason(),
                            "Nothing is lost: it goes out as soon as this is mended.",
                            "mailq lists what waits, recadero test SENDER tries the account."));
        } catch (IOException | RuntimeException e) {
            log.warning("bounce", "the postmaster cannot be told that mail waits: " + e.getMessage());
        }
    }
}
