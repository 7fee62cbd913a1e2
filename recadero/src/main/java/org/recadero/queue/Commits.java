package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * Puts new messages into the queue, each submission once: where two intakes of one submission come at a time, the second waits
 * for the first, and tries itself only if that one failed.
 *
 * <p>Any thread. No lock is held while the disk works: under the catalog's lock a submission is only looked up and registered.
 */
final class Commits {
    private final Catalog catalog;
    private final Log log;
    private final QueueTime time;
    private final Ids ids;
    private volatile boolean ended;

    /** Guarded by the catalog's lock. */
    private final Map<SubmissionId, CompletableFuture<QueueId>> committing = new HashMap<>();

    Commits(Catalog catalog, Log log, QueueTime time, Ids ids) {
        this.catalog = Objects.requireNonNull(catalog);
        this.log = Objects.requireNonNull(log);
        this.time = Objects.requireNonNull(time);
        this.ids = Objects.requireNonNull(ids);
    }

    /** The queue is being closed: nothing is put in any more. */
    void end() {
        ended = true;
    }

    boolean isInTrouble() {
        return !log.trouble().isEmpty();
    }

    /** @return the id under which the submission is in the queue: the intake's, or an earlier one's */
    QueueId commit(SegmentIntake intake, SubmissionId submission, Envelope envelope, boolean hold) throws IOException {
        CompletableFuture<QueueId> mine = new CompletableFuture<>();
        while (true) {
            CompletableFuture<QueueId> other;
            catalog.lock.lock();
            try {
                Long before = catalog.taken.find(submission);
                if (before != null) {
                    return QueueId.of(before);
                }
                other = committing.putIfAbsent(submission, mine);
            } finally {
                catalog.lock.unlock();
            }
            if (other == null) {
                break;
            }
            Optional<QueueId> theirs = outcome(other);
            if (theirs.isPresent()) {
                return theirs.get();
            }
        }
        try {
            put(intake, submission, envelope, hold);
            mine.complete(intake.id());
            return intake.id();
        } finally {
            catalog.lock.lock();
            try {
                committing.remove(submission);
            } finally {
                catalog.lock.unlock();
            }
            if (!mine.isDone()) {
                mine.completeExceptionally(new IOException("not taken"));
            }
        }
    }

    /** Empty where the other one failed: then this one may try. */
    private static Optional<QueueId> outcome(CompletableFuture<QueueId> other) {
        try {
            return Optional.of(other.join());
        } catch (CompletionException e) {
            return Optional.empty();
        }
    }

    private void put(SegmentIntake intake, SubmissionId submission, Envelope envelope, boolean hold)
            throws IOException {
        if (ended) {
            throw new IOException("the queue is closed");
        }
        long id = intake.id().number();
        LargeFile file = intake.file();
        ByteBuffer small = intake.small();
        MessageMeta.Content content = file == null
                ? new MessageMeta.Content(small.remaining(), intake.shownBytes(), 0, 0)
                : new MessageMeta.Content(file.contentBytes(), intake.shownBytes(), id, file.contentCrc());
        MessageMeta meta = MessageMeta.of(
                ids.random(),
                submission,
                intake.arrivalTime(),
                time.toKept(intake.arrival()),
                content,
                new Standing(hold ? Standing.HELD : 0, 0, intake.arrivalTime()),
                envelope);
        byte[] encoded = meta.encode();
        if (encoded.length > RecordHeader.MOST_META_BYTES) {
            throw new IOException("an envelope of " + encoded.length + " bytes");
        }
        if (file != null) {
            file.finish(encoded);
        }
        Write write = Write.intake(id, encoded, small, (segment, offset, bytes) -> {
            int slot = catalog.add(id, segment, offset, bytes, meta);
            catalog.taken.add(submission, id);
            catalog.lineUp(slot);
            if (!hold) {
                catalog.dueNotice.owe();
            }
        });
        log.commit(write);
    }
}
