package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;

/** Small words for queue tests. */
final class QueueFixture {
    static final int SEGMENT_BYTES = 32 << 10;

    private static final AtomicLong SUBMISSIONS = new AtomicLong();

    private QueueFixture() {}

    static QueueOptions options() {
        return options(SEGMENT_BYTES);
    }

    static QueueOptions options(int segmentBytes) {
        return new QueueOptions(segmentBytes, 0, "0.1-test", 200, Duration.ZERO, false);
    }

    static SegmentLogQueue open(Disk disk, QueueClock clock) throws IOException {
        return SegmentLogQueue.open(disk, clock, options(), false);
    }

    static SubmissionId newSubmission() {
        return new SubmissionId(0x5eed, SUBMISSIONS.incrementAndGet());
    }

    static Envelope envelope(int recipients) {
        List<EnvelopeRecipient> to = new ArrayList<>();
        for (int i = 0; i < recipients; i++) {
            to.add(EnvelopeRecipient.of(Address.of("usuario" + i + "@localhost")));
        }
        return Envelope.of(ReversePath.of("pepe@example.net"), to);
    }

    static QueueId put(Queue queue, String content) throws IOException {
        return put(queue, content.getBytes(StandardCharsets.UTF_8), envelope(1), newSubmission(), false);
    }

    static QueueId put(Queue queue, String content, int recipients) throws IOException {
        return put(queue, content.getBytes(StandardCharsets.UTF_8), envelope(recipients), newSubmission(), false);
    }

    static QueueId put(Queue queue, byte[] content, Envelope envelope, SubmissionId submission, boolean hold)
            throws IOException {
        try (Intake intake = queue.begin()) {
            intake.content().write(content);
            return intake.commit(submission, envelope, hold);
        }
    }

    static String content(Queue queue, QueueId id) throws IOException {
        try (InputStream in = queue.openContent(id)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static List<QueuedMessage> all(Queue queue) throws IOException {
        List<QueuedMessage> messages = new ArrayList<>();
        queue.browse(messages::add);
        return messages;
    }

    static List<QueueId> ids(Queue queue) throws IOException {
        return all(queue).stream().map(QueuedMessage::id).toList();
    }

    /** Claims exactly this message's turn and delivers all its recipients. */
    static void deliverAll(Queue queue) throws IOException {
        for (QueuedMessage message : queue.claimDue(Integer.MAX_VALUE)) {
            for (RecipientState recipient : message.recipients()) {
                queue.done(message.id(), recipient.ordinal());
            }
            queue.release(message.id(), Duration.ZERO);
        }
    }
}
