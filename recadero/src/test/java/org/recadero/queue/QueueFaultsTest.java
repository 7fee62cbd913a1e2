package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.queue.Queue.Change;
import org.recadero.queue.SimulatedDisk.Crash;

/** Faults that the queue once had, each under the number of the rule that it broke. */
class QueueFaultsTest extends OnSimulatedDisk {
    QueueFaultsTest() {
        super(11);
    }

    /** Nobody needs to send new mail for old mail to go out again once the disk is well. */
    @Test
    void safety7DeliversAgainWhenTheDiskIsWellThoughNothingComesIn() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueId id = QueueFixture.put(queue, "waits");
            disk.failAfter(1, Integer.MAX_VALUE / 2);
            assertThatThrownBy(() -> QueueFixture.put(queue, "x")).isInstanceOf(IOException.class);
            assertThat(queue.claimDue(10)).isEmpty();
            disk.neverFail();
            assertThat(queue.claimDue(10)).extracting(QueuedMessage::id).containsExactly(id);
            assertThat(queue.stats().warnings()).noneMatch(line -> line.contains("cannot be written"));
        }
    }

    /** What the committer still has to write goes into files that are open, and is forced, whatever else fails at the end. */
    @Test
    void safety13ForcesProgressAtTheEndThoughTidyingFails() throws IOException {
        SegmentLogQueue queue = open();
        byte[] large = new byte[Queue.LARGE_BYTES + 1];
        Envelope envelope = QueueFixture.envelope(1);
        QueueFixture.put(queue, large, envelope, QueueFixture.newSubmission(), false);
        QueueFixture.deliverAll(queue);
        queue.force();
        QueueId two = QueueFixture.put(queue, "two", 2);
        queue.claimDue(1);
        queue.done(two, 0);
        disk.failOn(step -> step.equals("force folder large"));
        assertThatThrownBy(queue::close).isInstanceOf(IOException.class);
        disk = disk.afterCrash(Crash.LOSES_ALL, random);
        try (SegmentLogQueue again = open()) {
            assertThat(again.find(two).orElseThrow().recipients())
                    .extracting(RecipientState::done)
                    .containsExactly(true, false);
        }
    }

    /** A bug in the midst of writing costs no outcome: else mail would be delivered again. */
    @Test
    void safety7WritesProgressAgainThatABugWasInTheWayOf() throws IOException {
        SegmentLogQueue queue = open();
        QueueId two = QueueFixture.put(queue, "two", 2);
        queue.claimDue(1);
        disk.failOn(step -> {
            throw new IllegalStateException("a bug at " + step);
        });
        queue.done(two, 0);
        assertThatThrownBy(() -> QueueFixture.put(queue, "x")).isInstanceOf(IOException.class);
        disk.failOn(step -> false);
        queue.force();
        try (SegmentLogQueue again = crash(queue, Crash.LOSES_ALL)) {
            assertThat(again.find(two).orElseThrow().recipients())
                    .extracting(RecipientState::done)
                    .containsExactly(true, false);
        }
    }

    /** Without a reserve there is nothing to record outcomes in once the segment in use is full. */
    @Test
    void safety12TakesNothingInWhereTheReserveCannotBeMade() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueFixture.put(queue, "before", 3);
            disk.usableBytes(0);
            queue.keepHouse();
            assertThat(disk.names()).doesNotContain("log/spare");
            String refusal = "";
            for (int i = 0; i < 100 && refusal.isEmpty(); i++) {
                try {
                    QueueFixture.put(queue, "x".repeat(1_000), 3);
                } catch (QueueFullException e) {
                    refusal = String.valueOf(e.getMessage());
                }
            }
            assertThat(refusal).contains("Insufficient system storage");
            QueueFixture.deliverAll(queue);
            queue.force();
            assertThat(queue.stats().messages()).isZero();
        }
        disk.usableBytes(Long.MAX_VALUE);
        try (SegmentLogQueue queue = open()) {
            queue.keepHouse();
            assertThat(disk.names()).contains("log/spare");
            QueueFixture.put(queue, "taken again");
        }
    }

    /**
     * Segment 1 cannot be deleted, so its old copy of a message stays. That it is old is said where the next compaction copied
     * it to, or in the segment after that one where it fell on the border; then the copy's own segment may go before segment 1.
     */
    @Test
    void safety13AnOldCopyInASegmentThatCouldNotBeDeletedNeverComesBack() throws IOException {
        boolean onTheBorder = false;
        for (int filler = 17_000; filler < 23_000; filler += 40) {
            onTheBorder |= oldCopyStaysAway(filler);
        }
        assertThat(onTheBorder).as("the border was met").isTrue();
    }

    private boolean oldCopyStaysAway(int filler) throws IOException {
        disk = new SimulatedDisk();
        disk.failOn(step -> step.equals("delete log/0000000001.seg"));
        SegmentLogQueue queue = open();
        QueueId moved = QueueFixture.put(queue, "moved");
        queue.change(moved, Change.HOLD);
        passUntilRoll(queue);
        clock.pass(Duration.ofHours(1));
        assertThatThrownBy(queue::keepHouse).hasMessageContaining("delete log/0000000001.seg");
        passUntilRoll(queue);
        QueueId large = held(queue, filler);
        disk.clearJournal();
        queue.keepHouse();
        boolean rolled = disk.journal().stream().anyMatch(step -> step.startsWith("rename log/next.tmp"));
        List<QueueId> kept = new ArrayList<>();
        int segments = queue.stats().segments();
        while (queue.stats().segments() == segments) {
            kept.add(held(queue, 1_500));
        }
        queue.change(kept.removeLast(), Change.DELETE);
        queue.change(large, Change.DELETE);
        queue.change(moved, Change.DELETE);
        passUntilRoll(queue);
        queue.keepHouse();
        queue = crash(queue, Crash.OF_THE_PROGRAM);
        assertThat(QueueFixture.ids(queue)).as("with a filler of " + filler).isEqualTo(kept);
        queue.close();
        return rolled;
    }

    private static QueueId held(SegmentLogQueue queue, int bytes) throws IOException {
        byte[] content = "x".repeat(bytes).getBytes(StandardCharsets.UTF_8);
        return QueueFixture.put(queue, content, QueueFixture.envelope(1), QueueFixture.newSubmission(), true);
    }

    /** Mail that is deleted at once, until another segment is in use. */
    private static void passUntilRoll(SegmentLogQueue queue) throws IOException {
        int before = queue.stats().segments();
        for (int i = 0; i < 1_000 && queue.stats().segments() == before; i++) {
            queue.change(QueueFixture.put(queue, "y".repeat(1_000)), Change.DELETE);
        }
    }

    /** A segment whose header is lost may have held many reservations of ids. */
    @Test
    void safety14NeverRepeatsAnIdOfASegmentThatIsLost() throws IOException {
        SegmentLogQueue queue = open();
        QueueFixture.put(queue, "in the first segment");
        queue.close();
        queue = open();
        long highest = 0;
        for (int i = 0; i < 30_000; i++) {
            try (Intake intake = queue.begin()) {
                highest = Math.max(highest, intake.id().number());
            }
        }
        queue.close();
        String last = disk.names().stream()
                .filter(name -> name.endsWith(".seg"))
                .reduce((a, b) -> b)
                .orElseThrow();
        byte[] bytes = disk.content(last);
        Arrays.fill(bytes, 0, SegmentHeader.AREA_BYTES, (byte) 0);
        disk.content(last, bytes);
        try (SegmentLogQueue again = open();
                Intake intake = again.begin()) {
            assertThat(intake.id().number()).isGreaterThan(highest);
        }
    }

    /** One segment that cannot be tidied does not keep all others from it. */
    @Test
    void safety13CompactsOtherSegmentsWhereOneCannotBeRead() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueId unreadable = held(queue, 1_000);
            for (int i = 0; i < 19; i++) {
                held(queue, 1_000);
            }
            passUntilRoll(queue);
            // how it stands lies in the second segment now, beside dead bodies
            queue.change(unreadable, Change.EXPIRE);
            passUntilRoll(queue);
            QueueFixture.put(queue, "a body that shall go");
            QueueFixture.deliverAll(queue);
            QueueId last = held(queue, 10);
            disk.damage("log/0000000001.seg", "x".repeat(1_000), -60);
            clock.pass(Duration.ofHours(1));
            for (int i = 0; i < 3; i++) {
                try {
                    queue.keepHouse();
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("cannot be read");
                }
            }
            assertThat(queue.find(last)).isPresent();
            assertThat(disk.names()).noneMatch(this::holdsTheBody);
        }
    }

    private boolean holdsTheBody(String name) {
        return new String(disk.content(name), StandardCharsets.ISO_8859_1).contains("a body that shall go");
    }

    /** A large file is never left behind by the segment that says whose it was. */
    @Test
    void safety10DeletesALargeFileBeforeTheSegmentThatNamesIt() throws IOException {
        try (SegmentLogQueue queue = open()) {
            byte[] large = new byte[Queue.LARGE_BYTES + 1];
            QueueId id = QueueFixture.put(queue, large, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
            passUntilRoll(queue);
            disk.clearJournal();
            // the message leaves while the housekeeper makes the reserve, after it has looked for such files
            disk.onStep("force log/spare.tmp", () -> {
                try {
                    queue.change(id, Change.DELETE);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            queue.keepHouse();
            queue.keepHouse();
            List<String> journal = disk.journal();
            int file = journal.indexOf("force folder large");
            assertThat(file).isPositive();
            assertThat(file).isLessThan(journal.indexOf("delete log/0000000001.seg"));
        }
    }
}
