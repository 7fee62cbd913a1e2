package org.recadero.queue;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * A message in the queue, as it stood when it was asked for. Its content is read by {@link Queue#openContent}.
 *
 * @param random 128 random bits made at intake; survives requeue; names Maildir files (SAFETY 16)
 * @param submission the id it was submitted under; derived for children (SAFETY: a crash does not double them)
 * @param sizeBytes the size that log and mailq show: with CRLF line ends, a few bytes more for long lines, never less than the
 *     content's
 * @param age elapsed time since arrival as observed (SAFETY 14), for back-off and expiry
 * @param attempts finished delivery attempts
 * @param warned whether the delay warning went out
 * @param waited whether at some attempt nobody could be asked
 */
public record QueuedMessage(
        QueueId id,
        SubmissionId random,
        SubmissionId submission,
        Instant arrival,
        java.time.Duration age,
        long sizeBytes,
        Envelope envelope,
        List<RecipientState> recipients,
        State state,
        Instant due,
        int attempts,
        boolean warned,
        boolean forcedExpiry,
        boolean waited) {
    /** Postfix's queues. */
    public enum State {
        /** Waiting for its time, not tried yet. */
        INCOMING,
        /** Claimed by dispatch. */
        ACTIVE,
        DEFERRED,
        HOLD
    }

    public QueuedMessage {
        Objects.requireNonNull(id);
        recipients = List.copyOf(recipients);
    }
}
