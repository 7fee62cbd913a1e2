package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.Queue.Change;
import org.recadero.queue.QueuedMessage.State;

/**
 * Uses a queue at random, but the same way for the same seed, and knows what must be in it, what may be, and what must not.
 *
 * <p>What was promised must be there; what was not promised yet may be or not; nothing else may be. A message is known by its
 * submission id, which survives requeueing.
 */
final class CrashScript {
    /** What is known of one message. */
    private static final class Known {
        final byte[] content;
        final int recipients;
        /** Forced: promised. */
        final BitSet done = new BitSet();
        /** Told to the queue: may be forced or not. */
        final BitSet told = new BitSet();

        final BitSet begun = new BitSet();
        /** Recipients of whom a part has the mail: forced, and told to the queue. */
        final BitSet reached = new BitSet();

        final BitSet toldReached = new BitSet();
        boolean committed;
        boolean mayBeGone;
        boolean held;
        boolean mayBeHeldOrNot;
        QueueId id;

        Known(QueueId id, byte[] content, int recipients) {
            this.id = id;
            this.content = content;
            this.recipients = recipients;
        }
    }

    private static final List<Change> CHANGES = List.of(Change.values());

    private final Random random;
    private final ManualClock clock;
    private final Map<SubmissionId, Known> known = new HashMap<>();
    private final Set<SubmissionId> gone = new HashSet<>();
    private final Set<QueueId> everGiven = new HashSet<>();
    /** Applied when something later was forced: then all before it is. */
    private final List<Runnable> whenForced = new ArrayList<>();

    private int count;

    CrashScript(long seed, ManualClock clock) {
        this.random = new Random(seed);
        this.clock = clock;
    }

    private void forced() {
        whenForced.forEach(Runnable::run);
        whenForced.clear();
    }

    /** Runs some steps; an IOException is the crash, or a failure that the queue told of. */
    void run(SegmentLogQueue queue, int steps) throws IOException {
        for (int i = 0; i < steps; i++) {
            step(queue);
        }
    }

    private void step(SegmentLogQueue queue) throws IOException {
        clock.pass(Duration.ofSeconds(random.nextInt(100)));
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> put(queue);
            case 4, 5 -> attempt(queue, true);
            case 6, 7 -> attempt(queue, false);
            case 8 -> change(queue, CHANGES.get(random.nextInt(CHANGES.size())));
            case 9 -> change(queue, Change.DELETE);
            case 10 -> {
                queue.force();
                forced();
            }
            default -> {
                queue.keepHouse();
                if (random.nextInt(4) == 0) {
                    clock.pass(Duration.ofHours(1));
                    queue.keepHouse();
                }
            }
        }
    }

    private byte[] newContent() {
        int kind = random.nextInt(200);
        int size = kind == 0
                ? Queue.LARGE_BYTES + random.nextInt(1_000)
                : kind < 20 ? random.nextInt(12_000) : random.nextInt(900);
        byte[] content = new byte[size];
        random.nextBytes(content);
        byte[] head = ("message " + count++ + "\n").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(head, 0, content, 0, Math.min(size, head.length));
        return content;
    }

    private void put(SegmentLogQueue queue) throws IOException {
        byte[] content = newContent();
        int recipients = 1 + random.nextInt(3);
        boolean hold = random.nextInt(10) == 0;
        SubmissionId submission = QueueFixture.newSubmission();
        try (Intake intake = queue.begin()) {
            assertThat(everGiven.add(intake.id()))
                    .as("id given twice: " + intake.id())
                    .isTrue();
            Known message = new Known(intake.id(), content, recipients);
            message.held = hold;
            intake.content().write(content);
            known.put(submission, message);
            intake.commit(submission, QueueFixture.envelope(recipients), hold);
            message.committed = true;
            forced();
        }
    }

    private void attempt(SegmentLogQueue queue, boolean succeeds) throws IOException {
        for (QueuedMessage claimed : queue.claimDue(1 + random.nextInt(3))) {
            Known message = known.get(claimed.submission());
            for (RecipientState recipient : claimed.recipients()) {
                int ordinal = recipient.ordinal();
                if (recipient.done()) {
                    assertThat(message.told.get(ordinal))
                            .as("done, but nobody said so")
                            .isTrue();
                    continue;
                }
                assertThat(message.done.get(ordinal))
                        .as("delivered again after done was forced")
                        .isFalse();
                assertThat(recipient.reached().isEmpty() && message.reached.get(ordinal))
                        .as("a part that was forced is forgotten")
                        .isFalse();
                if (claimed.attempts() == 1) {
                    queue.reached(claimed.id(), ordinal, Set.of(claimed.submission()));
                    message.toldReached.set(ordinal);
                    whenForced.add(() -> message.reached.set(ordinal));
                }
                if (random.nextBoolean()) {
                    queue.begun(claimed.id(), ordinal, "mbox 1 2 " + ordinal).await();
                    message.begun.set(ordinal);
                }
                if (succeeds || random.nextInt(4) == 0) {
                    message.told.set(ordinal);
                    whenForced.add(() -> message.done.set(ordinal));
                    queue.done(claimed.id(), ordinal);
                    message.begun.clear(ordinal);
                } else {
                    queue.deferred(claimed.id(), ordinal, "reason " + random.nextInt(5));
                    message.begun.clear(ordinal);
                }
            }
            release(queue, claimed, message);
        }
    }

    private void release(SegmentLogQueue queue, QueuedMessage claimed, Known message) throws IOException {
        boolean all = message.told.cardinality() == message.recipients;
        message.mayBeGone |= all;
        boolean left = queue.release(claimed.id(), Duration.ofMinutes(random.nextInt(10)));
        assertThat(left).isEqualTo(all);
        if (all) {
            whenForced.add(() -> isGone(claimed.submission()));
        }
    }

    private void isGone(SubmissionId submission) {
        known.remove(submission);
        gone.add(submission);
    }

    private void change(SegmentLogQueue queue, Change change) throws IOException {
        List<SubmissionId> ids = known.entrySet().stream()
                .filter(entry -> entry.getValue().committed && !entry.getValue().mayBeGone)
                .map(Map.Entry::getKey)
                .sorted((a, b) -> Long.compare(a.low(), b.low()))
                .toList();
        if (ids.isEmpty()) {
            return;
        }
        SubmissionId submission = ids.get(random.nextInt(ids.size()));
        Known message = known.get(submission);
        switch (change) {
            case DELETE -> message.mayBeGone = true;
            case HOLD, RELEASE, REQUEUE -> message.mayBeHeldOrNot = true;
            case EXPIRE -> {}
        }
        boolean applied = queue.change(message.id, change);
        switch (change) {
            case DELETE -> {
                assertThat(applied).isTrue();
                isGone(submission);
            }
            case HOLD -> message.held = true;
            case RELEASE, REQUEUE -> message.held = false;
            case EXPIRE -> {}
        }
        message.mayBeHeldOrNot = false;
        if (change == Change.REQUEUE) {
            message.id = queue.taken(submission).orElseThrow();
            everGiven.add(message.id);
        }
        if (applied) {
            forced();
        }
    }

    /** After a start: all that was promised is there, and nothing else. From then on what is there is what is known. */
    void check(SegmentLogQueue queue, boolean powerWasCut) throws IOException {
        Set<SubmissionId> found = new HashSet<>();
        List<QueuedMessage> all = QueueFixture.all(queue);
        for (QueuedMessage message : all) {
            Known promised = known.get(message.submission());
            String what = "message " + message.id() + ", " + message.submission();
            assertThat(promised)
                    .as(what + (gone.contains(message.submission()) ? " came back" : " was invented"))
                    .isNotNull();
            assertThat(found.add(message.submission()))
                    .as(what + " is there twice")
                    .isTrue();
            try (InputStream in = queue.openContent(message.id())) {
                assertThat(in.readAllBytes()).as(what).isEqualTo(promised.content);
            }
            if (!promised.mayBeHeldOrNot) {
                assertThat(message.state() == State.HOLD).as(what + " on hold").isEqualTo(promised.held);
            }
            promised.held = message.state() == State.HOLD;
            assertThat(message.recipients()).hasSize(promised.recipients);
            for (RecipientState recipient : message.recipients()) {
                int ordinal = recipient.ordinal();
                if (promised.done.get(ordinal)) {
                    assertThat(recipient.done())
                            .as(what + ": done was forced for " + ordinal)
                            .isTrue();
                }
                if (recipient.done()) {
                    assertThat(promised.told.get(ordinal))
                            .as(what + ": nobody said done")
                            .isTrue();
                    promised.done.set(ordinal);
                } else {
                    if (!powerWasCut && promised.begun.get(ordinal)) {
                        assertThat(recipient.begun())
                                .as(what + ": begun was written")
                                .isTrue();
                    }
                    promised.told.clear(ordinal);
                    if (promised.reached.get(ordinal)) {
                        assertThat(recipient.reached())
                                .as(what + ": a part was forced")
                                .isNotEmpty();
                    }
                    if (!recipient.reached().isEmpty()) {
                        assertThat(promised.toldReached.get(ordinal))
                                .as(what + ": nobody said that a part has it")
                                .isTrue();
                        assertThat(recipient.reached()).containsExactly(message.submission());
                    }
                    promised.reached.set(ordinal, !recipient.reached().isEmpty());
                    promised.toldReached.set(ordinal, !recipient.reached().isEmpty());
                }
            }
            assertThat(queue.taken(message.submission())).contains(message.id());
            promised.id = message.id();
            everGiven.add(message.id());
            promised.committed = true;
            promised.mayBeGone = false;
            promised.mayBeHeldOrNot = false;
            promised.begun.clear();
        }
        for (Map.Entry<SubmissionId, Known> entry : Map.copyOf(known).entrySet()) {
            if (!found.contains(entry.getKey())) {
                Known lost = entry.getValue();
                assertThat(lost.committed && !lost.mayBeGone)
                        .as("message " + lost.id + " is lost")
                        .isFalse();
                isGone(entry.getKey());
            }
        }
        whenForced.clear();
        assertThat(queue.stats().messages()).isEqualTo(all.size());
    }
}
