package org.recadero.daemon;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.recadero.bounce.Bounces;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;

/**
 * Tells those whose mail waits for a relay or an account, in their mailboxes on this machine, else the postmaster: after an hour, after a
 * day, then weekly (SAFETY 30). Used by one thread.
 */
final class WaitNotices {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final List<Duration> FIRST = List.of(Duration.ofHours(1), Duration.ofDays(1), WEEK);

    private record Key(String what, Instant since) {}

    /** Whom a notice reaches without the network. */
    interface Mailboxes {
        /** Whether mail of this user waits. */
        boolean hasMail(int uid);

        /** The address of a user's mailbox on this machine; empty where he has none. */
        Optional<String> of(int uid);

        /** The postmaster's; empty where it is not here, or nobody wants to hear. */
        Optional<String> postmaster();
    }

    private final Bounces bounces;
    private final Mailboxes mailboxes;
    private final MailLog log;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<Key, Integer> told = new HashMap<>();

    WaitNotices(Bounces bounces, Mailboxes mailboxes, MailLog log, InstantSource clock) {
        this.bounces = bounces;
        this.mailboxes = mailboxes;
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
        for (String address : addresses(wait)) {
            try {
                var _ = bounces.waiting(
                        new SubmissionId(random.nextLong(), random.nextLong()),
                        address,
                        "mail waits for " + wait.what(),
                        List.of(
                                "Since " + wait.since() + " mail waits: " + wait.reason(),
                                "",
                                "Nothing is lost: it goes out as soon as this is mended.",
                                "mailq lists what waits, recadero test SENDER (as root) tries the account."));
            } catch (IOException | RuntimeException e) {
                log.warning("bounce", address + " cannot be told that mail waits: " + e.getMessage());
            }
        }
    }

    private Set<String> addresses(SmtpClients.Wait wait) {
        Set<String> all = new LinkedHashSet<>();
        for (Optional<Integer> submitter : wait.submitters()) {
            if (submitter.isEmpty() || mailboxes.hasMail(submitter.get())) {
                submitter.flatMap(mailboxes::of).or(mailboxes::postmaster).ifPresent(all::add);
            }
        }
        return all;
    }
}
