package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * The queue: put, claim what is due, record outcomes, hold, release, remove, requeue, browse, stats. Safe for use by many
 * threads.
 *
 * <p>Every implementation passes the same contract test-suite.
 */
public interface Queue extends AutoCloseable {
    /** Content over this size lies in a file of its own, in bytes. */
    int LARGE_BYTES = 1 << 20;

    /**
     * Begins a new message.
     *
     * @throws QueueFullException where {@code queue_minfree} would be touched or the log cannot be written: answer 452 or 75
     */
    Intake begin() throws IOException;

    /** Whether a submission was taken already. */
    Optional<QueueId> taken(SubmissionId submission);

    /** Claims up to {@code most} messages that are due now, oldest due first; a claimed one is {@code ACTIVE} until released. */
    List<QueuedMessage> claimDue(int most) throws IOException;

    /** When the next unclaimed message is due; empty where none waits. */
    Optional<Instant> nextDue();

    /** Told, in any thread and briefly, whenever something may have become due earlier than {@link #nextDue} last said. */
    void onDue(Runnable listener);

    /** The content of a message, from its first header line; LF line ends. The reader has a channel of its own. */
    InputStream openContent(QueueId id) throws IOException;

    /**
     * Whether another delivery of a claimed message may begin: not where it was deleted, held or requeued meanwhile (SAFETY 13).
     * A queue that knows no such changes says yes.
     */
    default boolean mayAttempt(QueueId id) {
        return true;
    }

    /**
     * Notes that a delivery to this recipient begins, and where (unforced; SAFETY 18): after a crash {@code begun} is true. It begins when
     * the note is written.
     */
    Note begun(QueueId id, int recipient, String place) throws IOException;

    /** Records a recipient as done; forced within 1 s (SAFETY 13). */
    void done(QueueId id, int recipient) throws IOException;

    /** Records that parts of what a recipient stands for have the mail, though he stays open; forced as {@link #done}. */
    void reached(QueueId id, int recipient, Set<SubmissionId> parts) throws IOException;

    /** Records why a recipient waits. */
    void deferred(QueueId id, int recipient, String reason) throws IOException;

    /** Records that the delay warning went out. */
    void warned(QueueId id) throws IOException;

    /** Records that a message had to wait since nobody could be asked; written with the claim's end. */
    default void waited(QueueId id) throws IOException {
        // a queue that forgets it lets such a message expire earlier
    }

    /**
     * Ends a claim: a message without open recipients leaves the queue; another is due again after {@code backOff}.
     *
     * @return whether it left the queue
     */
    boolean release(QueueId id, Duration backOff) throws IOException;

    /** As {@link #release}, but what is left was not tried: no attempt is counted. */
    boolean putOff(QueueId id, Duration until) throws IOException;

    /** One message, as it stands. */
    Optional<QueuedMessage> find(QueueId id) throws IOException;

    /** All messages in order of arrival, streamed one by one; what changes meanwhile may or may not be seen. */
    void browse(Consumer<QueuedMessage> reader) throws IOException;

    /** What an administrator may do to a message (postsuper(1)); forced before it returns, no new attempt afterwards. */
    enum Change {
        DELETE,
        HOLD,
        RELEASE,
        REQUEUE,
        EXPIRE
    }

    /** Applies a change; returns whether there was such a message and the change applied to it. */
    boolean change(QueueId id, Change change) throws IOException;

    /** Makes deferred messages due now; returns how many. */
    int makeDue(Predicate<QueuedMessage> selector) throws IOException;

    /** What waits of a user's submissions; asked for each new one, so nothing is scanned. */
    Load loadOf(int uid);

    /**
     * @param bytes of content
     */
    record Load(long messages, long bytes) {
        static final Load NONE = new Load(0, 0);
    }

    Stats stats();

    /**
     * @param warnings what an administrator should know (segments set aside, files in corrupt/), one line each
     */
    record Stats(long messages, long held, long bytes, int segments, List<String> warnings) {}

    @Override
    void close() throws IOException;
}
