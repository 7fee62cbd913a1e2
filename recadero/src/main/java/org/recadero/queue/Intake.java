package org.recadero.queue;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * A message on its way into the queue. Its id is known at once (Received names it); it exists for others only after {@link
 * #commit}. Used by one thread; {@link #close} without a commit leaves nothing behind.
 */
public interface Intake extends AutoCloseable {
    QueueId id();

    Instant arrival();

    /** Takes the content; small content stays in memory, over {@link Queue#LARGE_BYTES} it goes into its own file. */
    OutputStream content();

    /**
     * Puts the message into the queue and returns when it is on disk (forced).
     *
     * @param submission a message under this id is taken once: where one was taken before, this one is discarded and the
     *     earlier one's id is returned
     * @throws IOException where it could not be made durable; then it is not in the queue
     */
    QueueId commit(SubmissionId submission, Envelope envelope, boolean hold) throws IOException;

    /** Discards what was not committed. */
    @Override
    void close();
}
