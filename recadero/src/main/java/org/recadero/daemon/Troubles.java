package org.recadero.daemon;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.recadero.bounce.Bounces;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.table.LatestMap;

/**
 * Tells the postmaster of the mail system's own troubles, each at most once in {@link #AGAIN_AFTER}. Safe for all threads.
 *
 * <p>Postfix: {@code notify_classes}, resource and software.
 */
final class Troubles {
    static final Duration AGAIN_AFTER = Duration.ofHours(1);
    /** How many are remembered. */
    private static final int MOST = 100;

    private final Bounces bounces;
    private final MailLog log;
    private final LongSupplier nanoTime;
    private final SecureRandom random = new SecureRandom();

    /** When each was told, by {@link #nanoTime}. */
    private final Map<String, Long> told = LatestMap.byAge(MOST);

    /** @param nanoTime nanoseconds that never go back, as System.nanoTime */
    Troubles(Bounces bounces, MailLog log, LongSupplier nanoTime) {
        this.bounces = bounces;
        this.log = log;
        this.nanoTime = nanoTime;
    }

    void software(String what) {
        tell(Bounces.Trouble.SOFTWARE, "software error", what);
    }

    /** What the queue warns of now; those that are new are logged too. */
    void look(List<String> warnings) {
        for (String warning : warnings) {
            if (tell(Bounces.Trouble.RESOURCE, "trouble with the mail queue", warning)) {
                log.warning("qmgr", warning);
            }
        }
    }

    /** An SMTP session with errors of a class that the postmaster wants to hear of. */
    void session(String client, List<String> transcript) {
        try {
            var _ = bounces.session(new SubmissionId(random.nextLong(), random.nextLong()), client, transcript);
        } catch (IOException | RuntimeException e) {
            log.warning("smtpd", "the postmaster cannot be told of errors from " + client + ": " + e.getMessage());
        }
    }

    private boolean tell(Bounces.Trouble kind, String subject, String what) {
        synchronized (told) {
            long now = nanoTime.getAsLong();
            Long before = told.get(what);
            if (before != null && now - before < AGAIN_AFTER.toNanos()) {
                return false;
            }
            told.remove(what);
            told.put(what, now);
        }
        try {
            SubmissionId id = new SubmissionId(random.nextLong(), random.nextLong());
            var _ = bounces.trouble(kind, id, subject, List.of(what));
        } catch (IOException | RuntimeException e) {
            // the log has it, and a queue that is full is a likely reason
            log.warning("bounce", "the postmaster cannot be told of a trouble: " + e.getMessage());
        }
        return true;
    }
}
