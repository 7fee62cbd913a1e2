package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.Notify;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.Queue.Change;
import org.recadero.queue.QueuedMessage.State;

/** What every queue does, whatever it is made of. */
abstract class QueueContract {
    final ManualClock clock = new ManualClock();
    Queue queue;

    /** The queue, new or as it was left. */
    abstract Queue open() throws IOException;

    @BeforeEach
    void openQueue() throws IOException {
        queue = open();
    }

    @AfterEach
    void closeQueue() throws IOException {
        queue.close();
    }

    private void reopen() throws IOException {
        queue.close();
        queue = open();
    }

    private QueuedMessage claimOne() throws IOException {
        List<QueuedMessage> claimed = queue.claimDue(1);
        assertThat(claimed).hasSize(1);
        return claimed.getFirst();
    }

    @Test
    void givesBackWhatWasPut() throws IOException {
        Envelope envelope = new Envelope(
                ReversePath.of("a b@example.net"),
                Optional.of("José \ud83d\ude00 Pérez"),
                List.of(
                        EnvelopeRecipient.of(Address.of("usuario@localhost")),
                        new EnvelopeRecipient(
                                Address.of("ñandú@xn--andú.example"),
                                "ñandú",
                                Set.of(Notify.SUCCESS, Notify.DELAY),
                                Optional.of("rfc822;x@y")),
                        new EnvelopeRecipient(
                                Address.of("\ud800lone@localhost"), "", Set.of(Notify.NEVER), Optional.empty())),
                BodyType.EIGHT_BIT_MIME,
                Optional.of("envid"),
                Optional.of(Envelope.Return.HEADERS),
                Optional.of(Envelope.Trace.VERIFY),
                Optional.of(-2));
        SubmissionId submission = QueueFixture.newSubmission();
        QueueId id = QueueFixture.put(
                queue, "Subject: hola\n\nñ\n".getBytes(StandardCharsets.UTF_8), envelope, submission, false);
        for (int round = 0; round < 2; round++) {
            QueuedMessage found = queue.find(id).orElseThrow();
            assertThat(found.envelope()).isEqualTo(envelope);
            assertThat(found.submission()).isEqualTo(submission);
            assertThat(found.state()).isEqualTo(State.INCOMING);
            assertThat(found.sizeBytes()).as("with CRLF line ends").isEqualTo(21);
            assertThat(found.arrival()).isEqualTo(clock.now());
            assertThat(found.recipients()).hasSize(3).noneMatch(RecipientState::done);
            assertThat(QueueFixture.content(queue, id)).isEqualTo("Subject: hola\n\nñ\n");
            reopen();
        }
    }

    /** SAFETY 22: what waits of each user is known without a scan, before and after a restart. */
    @Test
    void knowsWhatWaitsOfEachUser() throws IOException {
        List<QueueId> ids = new ArrayList<>();
        for (int uid : new int[] {1001, 1001, 1002}) {
            Envelope plain = QueueFixture.envelope(1);
            Envelope envelope = new Envelope(
                    plain.sender(),
                    Optional.of("José"),
                    plain.recipients(),
                    plain.body(),
                    Optional.of("id"),
                    Optional.empty(),
                    Optional.of(uid));
            byte[] content = new byte[uid];
            ids.add(QueueFixture.put(queue, content, envelope, QueueFixture.newSubmission(), false));
        }
        QueueFixture.put(queue, "of nobody");
        for (int round = 0; round < 2; round++) {
            assertThat(queue.loadOf(1001)).isEqualTo(new Queue.Load(2, 2_002));
            assertThat(queue.loadOf(1002)).isEqualTo(new Queue.Load(1, 1_002));
            assertThat(queue.loadOf(0)).isEqualTo(new Queue.Load(0, 0));
            assertThat(queue.loadOf(-1)).isEqualTo(new Queue.Load(0, 0));
            reopen();
        }
        queue.change(ids.getFirst(), Queue.Change.DELETE);
        queue.change(ids.get(2), Queue.Change.DELETE);
        assertThat(queue.loadOf(1001)).isEqualTo(new Queue.Load(1, 1_001));
        assertThat(queue.loadOf(1002)).isEqualTo(new Queue.Load(0, 0));
    }

    /** What waits since there is no way out counts for its user as long as it waits. */
    @Test
    void safety30WhatWaitsCountsAgainstItsUsersQuota() throws IOException {
        Envelope plain = QueueFixture.envelope(1);
        Envelope envelope = new Envelope(
                plain.sender(),
                Optional.empty(),
                plain.recipients(),
                plain.body(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(1001));
        QueueId id = QueueFixture.put(queue, new byte[500], envelope, QueueFixture.newSubmission(), false);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThat(claimOne().id()).isEqualTo(id);
            queue.deferred(id, 0, "no way out");
            queue.waited(id);
            assertThat(queue.loadOf(1001)).as("claimed").isEqualTo(new Queue.Load(1, 500));
            queue.release(id, Duration.ofHours(1));
            assertThat(queue.loadOf(1001)).as("waiting").isEqualTo(new Queue.Load(1, 500));
            clock.pass(Duration.ofDays(7));
            reopen();
        }
        claimOne();
        queue.done(id, 0);
        queue.release(id, Duration.ZERO);
        assertThat(queue.loadOf(1001)).isEqualTo(new Queue.Load(0, 0));
    }

    @Test
    void takesAnEmptyMessage() throws IOException {
        QueueId id = QueueFixture.put(queue, "");
        assertThat(QueueFixture.content(queue, id)).isEmpty();
        reopen();
        assertThat(QueueFixture.content(queue, id)).isEmpty();
    }

    @Test
    void leavesNothingOfAnIntakeThatIsNotCommitted() throws IOException {
        try (Intake intake = queue.begin()) {
            intake.content().write(new byte[Queue.LARGE_BYTES + 10]);
        }
        assertThat(QueueFixture.all(queue)).isEmpty();
        assertThat(queue.claimDue(10)).isEmpty();
        assertThat(queue.stats().messages()).isZero();
    }

    @Test
    void storesLargeContentAndDeletesItWithItsMessage() throws IOException {
        byte[] content = new byte[3 * Queue.LARGE_BYTES + 77];
        new Random(1).nextBytes(content);
        QueueId id = QueueFixture.put(queue, content, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
        for (int round = 0; round < 2; round++) {
            try (InputStream in = queue.openContent(id)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            assertThat(queue.stats().bytes()).isEqualTo(content.length);
            reopen();
        }
        QueueFixture.deliverAll(queue);
        assertThat(queue.stats().bytes()).isZero();
        reopen();
        assertThat(queue.find(id)).isEmpty();
        assertThat(queue.stats().warnings()).isEmpty();
    }

    @Test
    void keepsTenThousandRecipients() throws IOException {
        QueueId id = QueueFixture.put(queue, "x", 10_000);
        QueuedMessage claimed = claimOne();
        assertThat(claimed.recipients()).hasSize(10_000);
        for (int i = 0; i < 10_000; i += 2) {
            queue.done(id, i);
            queue.deferred(id, i + 1, "mailbox full");
        }
        assertThat(queue.release(id, Duration.ofMinutes(5))).isFalse();
        for (int round = 0; round < 2; round++) {
            QueuedMessage found = queue.find(id).orElseThrow();
            assertThat(found.recipients()).filteredOn(RecipientState::done).hasSize(5_000);
            assertThat(found.recipients().get(9_999).reason()).isEqualTo("mailbox full");
            reopen();
        }
    }

    @Test
    void claimsInOrderOfArrivalAndOnlyOnce() throws IOException {
        List<QueueId> put = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            put.add(QueueFixture.put(queue, "m" + i));
        }
        List<QueueId> claimed = new ArrayList<>();
        queue.claimDue(7).forEach(message -> claimed.add(message.id()));
        assertThat(claimed).hasSize(7);
        queue.claimDue(100).forEach(message -> claimed.add(message.id()));
        assertThat(claimed).isEqualTo(put);
        assertThat(queue.claimDue(100)).isEmpty();
        assertThat(queue.find(put.getFirst()).orElseThrow().state()).isEqualTo(State.ACTIVE);
        assertThat(queue.nextDue()).isEmpty();
    }

    @Test
    void leavesTheQueueWhenAllRecipientsAreDone() throws IOException {
        QueueId id = QueueFixture.put(queue, "x", 2);
        claimOne();
        queue.done(id, 0);
        assertThat(queue.release(id, Duration.ofMinutes(1))).isFalse();
        clock.pass(Duration.ofMinutes(1));
        claimOne();
        queue.done(id, 1);
        assertThat(queue.release(id, Duration.ofMinutes(1))).isTrue();
        assertThat(queue.find(id)).isEmpty();
        assertThat(queue.stats().messages()).isZero();
        reopen();
        assertThat(QueueFixture.all(queue)).isEmpty();
    }

    @Test
    void waitsForItsBackOff() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        queue.deferred(id, 0, "connection refused");
        queue.release(id, Duration.ofMinutes(5));
        assertThat(queue.claimDue(1)).isEmpty();
        assertThat(queue.nextDue()).contains(clock.now().plus(Duration.ofMinutes(5)));
        QueuedMessage waiting = queue.find(id).orElseThrow();
        assertThat(waiting.state()).isEqualTo(State.DEFERRED);
        assertThat(waiting.attempts()).isEqualTo(1);
        assertThat(waiting.recipients().getFirst().reason()).isEqualTo("connection refused");
        reopen();
        assertThat(queue.find(id).orElseThrow()).isEqualTo(waiting);
        clock.pass(Duration.ofSeconds(299));
        assertThat(queue.claimDue(1)).isEmpty();
        clock.pass(Duration.ofSeconds(1));
        QueuedMessage again = claimOne();
        assertThat(again.age()).isEqualTo(Duration.ofMinutes(5));
        assertThat(again.recipients().getFirst().reason()).isEqualTo("connection refused");
    }

    @Test
    void whatIsPutOffWasNotTried() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        queue.deferred(id, 0, "waits for its turn");
        assertThat(queue.putOff(id, Duration.ofMinutes(5))).isFalse();
        assertThat(queue.claimDue(1)).isEmpty();
        QueuedMessage waiting = queue.find(id).orElseThrow();
        assertThat(waiting.attempts()).isZero();
        assertThat(waiting.due()).isEqualTo(clock.now().plus(Duration.ofMinutes(5)));
        assertThat(waiting.recipients().getFirst().reason()).isEqualTo("waits for its turn");
        reopen();
        assertThat(queue.find(id).orElseThrow()).isEqualTo(waiting);
        clock.pass(Duration.ofMinutes(5));
        claimOne();
        queue.done(id, 0);
        assertThat(queue.putOff(id, Duration.ZERO)).isTrue();
        assertThat(queue.find(id)).isEmpty();
    }

    @Test
    void makesSelectedMessagesDue() throws IOException {
        QueueId first = QueueFixture.put(queue, "a");
        QueueId second = QueueFixture.put(queue, "b");
        QueueId held = QueueFixture.put(queue, "c");
        queue.claimDue(10).forEach(message -> releaseLater(message.id()));
        queue.change(held, Change.HOLD);
        AtomicInteger told = new AtomicInteger();
        queue.onDue(told::incrementAndGet);
        assertThat(queue.makeDue(message -> message.id().equals(second))).isEqualTo(1);
        assertThat(told).hasPositiveValue();
        assertThat(claimOne().id()).isEqualTo(second);
        assertThat(queue.makeDue(message -> true)).isEqualTo(1);
        assertThat(claimOne().id()).isEqualTo(first);
        assertThat(queue.makeDue(message -> true)).isZero();
    }

    private void releaseLater(QueueId id) {
        try {
            queue.release(id, Duration.ofHours(1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsWhenSomethingBecomesDue() throws IOException {
        AtomicInteger told = new AtomicInteger();
        queue.onDue(told::incrementAndGet);
        QueueId id = QueueFixture.put(queue, "x");
        assertThat(told).hasValue(1);
        claimOne();
        queue.release(id, Duration.ofMinutes(1));
        assertThat(told).hasValue(2);
    }

    @Test
    void takesASubmissionOnce() throws IOException {
        SubmissionId submission = QueueFixture.newSubmission();
        assertThat(queue.taken(submission)).isEmpty();
        QueueId first = QueueFixture.put(
                queue, "x".getBytes(StandardCharsets.UTF_8), QueueFixture.envelope(1), submission, false);
        QueueId again = QueueFixture.put(
                queue, "x".getBytes(StandardCharsets.UTF_8), QueueFixture.envelope(1), submission, false);
        assertThat(again).isEqualTo(first);
        assertThat(QueueFixture.ids(queue)).containsExactly(first);
        QueueFixture.deliverAll(queue);
        reopen();
        assertThat(queue.taken(submission)).contains(first);
        assertThat(QueueFixture.put(queue, new byte[1], QueueFixture.envelope(1), submission, false))
                .isEqualTo(first);
        assertThat(QueueFixture.all(queue)).isEmpty();
    }

    @Test
    void takesASubmissionOnceFromManyThreads() throws Exception {
        SubmissionId submission = QueueFixture.newSubmission();
        Set<QueueId> ids = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<QueueId>> results = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                results.add(threads.submit(
                        () -> QueueFixture.put(queue, new byte[9], QueueFixture.envelope(1), submission, false)));
            }
            for (Future<QueueId> result : results) {
                ids.add(result.get());
            }
        }
        assertThat(ids).hasSize(1);
        assertThat(QueueFixture.ids(queue)).hasSize(1);
    }

    @Test
    void neverRepeatsAnId() throws IOException {
        Set<QueueId> ids = new HashSet<>();
        for (int run = 0; run < 4; run++) {
            for (int i = 0; i < 50; i++) {
                try (Intake intake = queue.begin()) {
                    assertThat(ids.add(intake.id())).isTrue();
                    if (i % 2 == 0) {
                        intake.commit(QueueFixture.newSubmission(), QueueFixture.envelope(1), false);
                    }
                }
            }
            reopen();
        }
        assertThat(ids).allMatch(id -> id.text().length() >= 9 && id.text().length() <= 12);
    }

    @Test
    void holdsAndReleases() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        assertThat(queue.change(id, Change.RELEASE)).isFalse();
        assertThat(queue.change(id, Change.HOLD)).isTrue();
        assertThat(queue.change(id, Change.HOLD)).isFalse();
        assertThat(queue.claimDue(1)).isEmpty();
        assertThat(queue.stats().held()).isEqualTo(1);
        assertThat(queue.nextDue()).isEmpty();
        reopen();
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(State.HOLD);
        assertThat(queue.change(id, Change.RELEASE)).isTrue();
        assertThat(queue.stats().held()).isZero();
        assertThat(claimOne().id()).isEqualTo(id);
    }

    @Test
    void takesAMessageInOnHold() throws IOException {
        QueueId id = QueueFixture.put(queue, new byte[3], QueueFixture.envelope(1), QueueFixture.newSubmission(), true);
        assertThat(queue.claimDue(1)).isEmpty();
        reopen();
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(State.HOLD);
    }

    @Test
    void holdsAClaimedMessageAsSoonAsItIsReleased() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        assertThat(queue.mayAttempt(id)).isTrue();
        assertThat(queue.change(id, Change.HOLD)).isTrue();
        assertThat(queue.mayAttempt(id)).isFalse();
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(State.ACTIVE);
        queue.release(id, Duration.ZERO);
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(State.HOLD);
        assertThat(queue.claimDue(1)).isEmpty();
    }

    @Test
    void deletesAWaitingMessage() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        assertThat(queue.change(id, Change.DELETE)).isTrue();
        assertThat(queue.change(id, Change.DELETE)).isFalse();
        assertThat(queue.find(id)).isEmpty();
        assertThat(queue.claimDue(1)).isEmpty();
        assertThatThrownBy(() -> queue.openContent(id)).isInstanceOf(IOException.class);
        reopen();
        assertThat(QueueFixture.all(queue)).isEmpty();
    }

    @Test
    void startsNoAttemptOfAClaimedMessageAfterItsDeletion() throws IOException {
        QueueId id = QueueFixture.put(queue, "x", 2);
        claimOne();
        assertThat(queue.change(id, Change.DELETE)).isTrue();
        assertThat(queue.mayAttempt(id)).isFalse();
        assertThatThrownBy(() -> queue.begun(id, 1, "place").await()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> queue.openContent(id)).isInstanceOf(IOException.class);
        queue.done(id, 0);
        queue.deferred(id, 1, "no");
        assertThat(queue.release(id, Duration.ZERO)).isTrue();
        assertThat(queue.claimDue(10)).isEmpty();
        reopen();
        assertThat(QueueFixture.all(queue)).isEmpty();
    }

    @Test
    void requeuesUnderANewIdAndKeepsTheRandomOne() throws IOException {
        QueueId id = QueueFixture.put(queue, "text", 2);
        claimOne();
        queue.done(id, 0);
        queue.deferred(id, 1, "why");
        queue.release(id, Duration.ofHours(1));
        queue.change(id, Change.HOLD);
        QueuedMessage before = queue.find(id).orElseThrow();
        assertThat(queue.change(id, Change.REQUEUE)).isTrue();
        assertThat(queue.find(id)).isEmpty();
        for (int round = 0; round < 2; round++) {
            QueuedMessage after = QueueFixture.all(queue).getFirst();
            assertThat(after.id()).isNotEqualTo(id);
            assertThat(after.random()).isEqualTo(before.random());
            assertThat(after.arrival()).isEqualTo(before.arrival());
            assertThat(after.attempts()).isZero();
            assertThat(after.state()).isEqualTo(State.INCOMING);
            assertThat(after.recipients()).extracting(RecipientState::done).containsExactly(true, false);
            assertThat(after.recipients().get(1).reason()).isEmpty();
            assertThat(QueueFixture.content(queue, after.id())).isEqualTo("text");
            assertThat(queue.taken(before.submission())).contains(after.id());
            reopen();
        }
        assertThat(claimOne().id()).isNotEqualTo(id);
    }

    @Test
    void requeuesAClaimedMessageWhenItIsReleased() throws IOException {
        QueueId id = QueueFixture.put(queue, "text");
        claimOne();
        assertThat(queue.change(id, Change.REQUEUE)).isTrue();
        assertThat(queue.mayAttempt(id)).isFalse();
        queue.release(id, Duration.ofHours(1));
        assertThat(queue.find(id)).isEmpty();
        assertThat(QueueFixture.content(queue, claimOne().id())).isEqualTo("text");
    }

    @Test
    void expiresByRequest() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        queue.release(id, Duration.ofHours(1));
        assertThat(queue.change(id, Change.EXPIRE)).isTrue();
        assertThat(queue.change(id, Change.EXPIRE)).isFalse();
        reopen();
        assertThat(claimOne().forcedExpiry()).isTrue();
    }

    @Test
    void changesNothingOfWhatIsNotThere() throws IOException {
        for (Change change : Change.values()) {
            assertThat(queue.change(QueueId.of(77), change)).isFalse();
        }
        assertThat(queue.find(QueueId.of(77))).isEmpty();
        assertThat(queue.mayAttempt(QueueId.of(77))).isFalse();
    }

    @Test
    void remembersTheDelayWarning() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        queue.warned(id);
        queue.release(id, Duration.ofHours(1));
        assertThat(queue.find(id).orElseThrow().warned()).isTrue();
        reopen();
        assertThat(queue.find(id).orElseThrow().warned()).isTrue();
    }

    /** SAFETY 30. */
    @Test
    void remembersThatAMessageHadToWait() throws IOException {
        QueueId id = QueueFixture.put(queue, "x");
        claimOne();
        assertThat(queue.find(id).orElseThrow().waited()).isFalse();
        queue.waited(id);
        queue.release(id, Duration.ofHours(1));
        assertThat(queue.find(id).orElseThrow().waited()).isTrue();
        reopen();
        assertThat(queue.find(id).orElseThrow().waited()).isTrue();
    }

    @Test
    void forgetsThatADeliveryBeganWhenItEnds() throws IOException {
        QueueId id = QueueFixture.put(queue, "x", 2);
        claimOne();
        queue.begun(id, 0, "mbox 1 2 3").await();
        queue.begun(id, 1, "mbox 4 5 6").await();
        queue.deferred(id, 0, "no");
        queue.release(id, Duration.ZERO);
        QueuedMessage found = queue.find(id).orElseThrow();
        assertThat(found.recipients().get(0).begun()).isFalse();
        assertThat(found.recipients().get(0).place()).isEmpty();
        // of the other one nobody said how it ended
        assertThat(found.recipients().get(1).begun()).isTrue();
        reopen();
        assertThat(queue.find(id).orElseThrow().recipients().get(1).place()).isEqualTo("mbox 4 5 6");
    }

    /** What a recipient stands for may have several parts, and some have the mail while others wait. */
    @Test
    void remembersWhichPartsOfARecipientHaveTheMail() throws IOException {
        SubmissionId first = new SubmissionId(1, 2);
        SubmissionId second = new SubmissionId(3, 4);
        QueueId id = QueueFixture.put(queue, "x", 2);
        claimOne();
        queue.reached(id, 0, Set.of(first));
        queue.reached(id, 1, Set.of(first));
        queue.reached(id, 0, Set.of(second));
        queue.deferred(id, 0, "no");
        queue.done(id, 1);
        queue.release(id, Duration.ZERO);
        for (int i = 0; i < 2; i++) {
            List<RecipientState> found = queue.find(id).orElseThrow().recipients();
            assertThat(found.get(0).reached()).containsExactlyInAnyOrder(first, second);
            assertThat(found.get(0).reason()).isEqualTo("no");
            assertThat(found.get(1).reached()).as("he has it as a whole").isEmpty();
            reopen();
        }
        queue.change(id, Change.REQUEUE);
        reopen();
        assertThat(QueueFixture.all(queue).getFirst().recipients().get(0).reached())
                .as("what is done stays done")
                .containsExactlyInAnyOrder(first, second);
    }

    /** Not even for one byte in the records of all other mail, so that an earlier version can read it. */
    @Test
    void progressWithoutPartsIsWrittenAsBefore() throws IOException {
        Progress before = new Progress(2);
        before.deferred(0, "no");
        before.begun(1, "there");
        Encoder out = new Encoder();
        before.encode(out);
        int bytes = out.bytes().length;
        Progress after = Progress.decode(new Decoder(out.bytes()), 2);
        assertThat(after.reached(0)).isEmpty();
        after.reached(0, Set.of(new SubmissionId(1, 2)));
        out = new Encoder();
        after.encode(out);
        assertThat(out.bytes()).as("two counts, a recipient and a part").hasSize(bytes + 3 + 16);
        assertThat(Progress.decode(new Decoder(out.bytes()), 2).reached(0)).containsExactly(new SubmissionId(1, 2));
        assertThat(Progress.decode(new Decoder(out.bytes()), 2).place(1)).isEqualTo("there");
    }

    @Test
    void browsesInOrderOfArrival() throws IOException {
        List<QueueId> put = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            put.add(QueueFixture.put(queue, "m" + i));
            clock.pass(Duration.ofSeconds(1));
        }
        queue.claimDue(3).forEach(message -> releaseLater(message.id()));
        assertThat(QueueFixture.ids(queue)).isEqualTo(put);
        queue.change(put.get(4), Change.REQUEUE);
        assertThat(QueueFixture.all(queue)).extracting(QueuedMessage::arrival).isSorted();
    }

    @Test
    void readsContentThatIsDeletedMeanwhileToItsEnd() throws IOException {
        byte[] content = new byte[50_000];
        new Random(3).nextBytes(content);
        QueueId id = QueueFixture.put(queue, content, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
        try (InputStream in = queue.openContent(id)) {
            byte[] first = in.readNBytes(10);
            queue.change(id, Change.DELETE);
            for (int i = 0; i < 100; i++) {
                QueueFixture.deliverAll(queue);
                QueueFixture.put(queue, "more " + "x".repeat(2_000));
            }
            byte[] rest = in.readAllBytes();
            assertThat(first.length + rest.length).isEqualTo(content.length);
            assertThat(rest[rest.length - 1]).isEqualTo(content[content.length - 1]);
        }
    }

    @Test
    void worksForManyThreadsAtOnce() throws Exception {
        Set<QueueId> ids = java.util.concurrent.ConcurrentHashMap.newKeySet();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int number = i;
                results.add(threads.submit(() -> {
                    for (int j = 0; j < 10; j++) {
                        ids.add(QueueFixture.put(queue, "text " + number + " " + j, 2));
                        for (QueuedMessage claimed : queue.claimDue(2)) {
                            queue.begun(claimed.id(), 0, "").await();
                            queue.done(claimed.id(), 0);
                            queue.deferred(claimed.id(), 1, "later");
                            queue.release(claimed.id(), Duration.ofHours(1));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
        assertThat(ids).hasSize(500);
        reopen();
        assertThat(new HashSet<>(QueueFixture.ids(queue))).isEqualTo(ids);
        for (QueuedMessage message : QueueFixture.all(queue)) {
            assertThat(QueueFixture.content(queue, message.id())).startsWith("text ");
        }
    }

    @Test
    void isNotHarmedByInterruptedCallers() throws Exception {
        QueueId id = QueueFixture.put(queue, "x");
        List<Throwable> failures = new ArrayList<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            Thread.currentThread().interrupt();
            try {
                QueueFixture.content(queue, id);
                QueueFixture.put(queue, "y");
                queue.claimDue(1);
                queue.find(id);
                queue.change(id, Change.HOLD);
            } catch (IOException e) {
                failures.add(e);
            }
        });
        thread.join();
        assertThat(failures).isEmpty();
        assertThat(QueueFixture.content(queue, id)).isEqualTo("x");
        assertThat(QueueFixture.ids(queue)).hasSize(2);
    }
}
