package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.QueueId;
import org.recadero.queue.Queue.Change;
import org.recadero.queue.QueuedMessage.State;
import org.recadero.queue.SimulatedDisk.Crash;

/** SAFETY 7 to 14, rule by rule; 15 is in QueueLockTest. */
class QueueSafetyTest extends OnSimulatedDisk {
    private static final String FIRST = "log/0000000001.seg";

    QueueSafetyTest() {
        super(7);
    }

    private boolean isOnDisk(String text) {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        return disk.names().stream().anyMatch(name -> indexOf(disk.content(name), wanted, 0) >= 0);
    }

    private static int indexOf(byte[] in, byte[] wanted, int from) {
        for (int i = from; i + wanted.length <= in.length; i++) {
            if (Arrays.equals(in, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private List<String> setAside() {
        return disk.names().stream().filter(name -> name.startsWith("corrupt/")).toList();
    }

    // ---- 7

    @Test
    void safety7TellsThoseWhoWaitedForAForceThatFailedAndGoesOnInANewSegment() throws IOException {
        for (Crash crash : Crash.values()) {
            disk = new SimulatedDisk();
            SegmentLogQueue queue = open();
            QueueId before = QueueFixture.put(queue, "before");
            // the write, then the force
            disk.failAfter(2, 1);
            assertThatThrownBy(() -> QueueFixture.put(queue, "failed")).hasMessageContaining("simulated failure");
            disk.clearJournal();
            QueueId after = QueueFixture.put(queue, "after");
            assertThat(disk.journal()).noneMatch(step -> step.endsWith(FIRST));
            try (SegmentLogQueue again = crash(queue, crash)) {
                assertThat(QueueFixture.ids(again)).containsExactly(before, after);
            }
        }
    }

    @Test
    void safety7WritesProgressOfAFailedSegmentAgain() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "two", 2);
        queue.claimDue(1);
        queue.done(id, 0);
        disk.failAfter(2, 1);
        assertThatThrownBy(queue::force).isInstanceOf(IOException.class);
        // nobody asked again: that it was written again is part of the failure's handling
        try (SegmentLogQueue again = crash(queue, Crash.LOSES_ALL)) {
            assertThat(again.find(id).orElseThrow().recipients())
                    .extracting(RecipientState::done)
                    .containsExactly(true, false);
        }
    }

    @Test
    void safety7StopsIntakeAndGoesOnReadingWhereANewSegmentFailsToo() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "before", 2);
        QueueId other = QueueFixture.put(queue, "other");
        queue.claimDue(1);
        queue.done(id, 0);
        disk.failAfter(1, Integer.MAX_VALUE / 2);
        assertThatThrownBy(() -> QueueFixture.put(queue, "x")).isInstanceOf(IOException.class);
        assertThatThrownBy(queue::begin)
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("cannot be written");
        assertThat(QueueFixture.content(queue, id)).isEqualTo("before");
        assertThat(queue.find(other)).isPresent();
        // outcomes could not be recorded, so nothing is attempted
        assertThat(queue.claimDue(10)).isEmpty();
        queue.done(id, 1);
        assertThat(queue.stats().warnings()).anyMatch(line -> line.contains("cannot be written"));
        disk.neverFail();
        QueueId after = QueueFixture.put(queue, "after");
        assertThat(queue.release(id, Duration.ZERO)).isTrue();
        queue.force();
        try (SegmentLogQueue again = crash(queue, Crash.LOSES_ALL)) {
            assertThat(QueueFixture.ids(again)).containsExactly(other, after);
        }
    }

    /** The machine reads a requeue from memory that a failed flush left there; the old id must not come back with the old file. */
    @Test
    void safety7ARequeueThatWasOnlyInMemoryIsWrittenAnew() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x");
        disk.failAfter(2, Integer.MAX_VALUE / 2);
        SegmentLogQueue failing = queue;
        assertThatThrownBy(() -> failing.change(id, Change.REQUEUE)).isInstanceOf(IOException.class);
        disk.neverFail();
        queue = crash(queue, Crash.OF_THE_PROGRAM);
        List<QueueId> shown = QueueFixture.ids(queue);
        assertThat(shown).hasSize(1).doesNotContain(id);
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(QueueFixture.ids(queue)).isEqualTo(shown);
        queue.close();
    }

    // ---- 8

    @Test
    void safety8ACopyOfASegmentMailedToItselfNeverBecomesRecords() throws IOException {
        SegmentLogQueue queue = SegmentLogQueue.open(disk, clock, QueueFixture.options(256 << 10), false);
        QueueId delivered = QueueFixture.put(queue, "secret of another");
        QueueFixture.deliverAll(queue);
        QueueId kept = QueueFixture.put(queue, "kept");
        queue.force();
        byte[] copy = Arrays.copyOf(disk.content(FIRST), 60_000);
        QueueId evil = QueueFixture.put(queue, copy, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
        QueueId last = QueueFixture.put(queue, "last");
        queue.close();
        byte[] segment = disk.content(FIRST);
        int body = indexOf(segment, copy, SegmentHeader.AREA_BYTES);
        for (int damage = body - 400; damage < body; damage += 8) {
            SimulatedDisk damaged = disk.copy();
            byte[] bytes = segment.clone();
            Arrays.fill(bytes, damage, damage + 8, (byte) 0x55);
            damaged.content(FIRST, bytes);
            try (SegmentLogQueue again = SegmentLogQueue.open(damaged, clock, QueueFixture.options(256 << 10), false)) {
                assertThat(QueueFixture.ids(again)).isSubsetOf(kept, evil, last).contains(last);
                assertThat(again.find(delivered)).isEmpty();
            }
        }
    }

    @Test
    void safety8OldRecordsInARecycledFileAreNothing() throws IOException {
        SegmentLogQueue queue = open();
        QueueId first = QueueFixture.put(queue, "old mail");
        queue.close();
        byte[] old = disk.content(FIRST);
        disk = new SimulatedDisk();
        // a reserve full of records that were valid where they lie, but in another life
        disk.content("log/spare", old);
        queue = open();
        queue.keepHouse();
        disk.usableBytes(0);
        disk.usableBytes(Long.MAX_VALUE);
        List<QueueId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(QueueFixture.put(queue, "new " + "y".repeat(1_000)));
        }
        QueueId held = ids.getFirst();
        disk.usableBytes(0);
        // no room for new segments: changes go on into the reserve
        for (int i = 0; i < 400; i++) {
            queue.change(held, i % 2 == 0 ? Change.HOLD : Change.RELEASE);
        }
        assertThat(disk.names()).doesNotContain("log/spare");
        for (Crash crash : Crash.values()) {
            disk.usableBytes(Long.MAX_VALUE);
            queue = crash(queue, crash);
            assertThat(QueueFixture.ids(queue)).isEqualTo(ids).doesNotContain(first);
        }
        queue.close();
    }

    @Test
    void safety8ARecordIsValidOnlyWhereItWasWritten() {
        SegmentHeader segment = new SegmentHeader(1, 1, 11, 12, "x");
        RecordHeader record = new RecordHeader(RecordType.GONE.code(), true, 7, 1, 2, 3, 4, 5, 6);
        ByteBuffer bytes = ByteBuffer.allocate(64);
        record.write(bytes, segment, 8_192);
        assertThat(RecordHeader.read(bytes, 0, segment, 8_192)).isEqualTo(record);
        assertThat(RecordHeader.read(bytes, 0, segment, 8_200)).isNull();
        assertThat(RecordHeader.read(bytes, 0, new SegmentHeader(2, 1, 11, 12, "x"), 8_192))
                .isNull();
        assertThat(RecordHeader.read(bytes, 0, new SegmentHeader(1, 2, 11, 12, "x"), 8_192))
                .isNull();
        assertThat(RecordHeader.read(bytes, 0, new SegmentHeader(1, 1, 11, 13, "x"), 8_192))
                .isNull();
        for (int bit = 0; bit < RecordHeader.BYTES * 8; bit++) {
            bytes.put(bit / 8, (byte) (bytes.get(bit / 8) ^ 1 << bit % 8));
            assertThat(RecordHeader.read(bytes, 0, segment, 8_192)).isNull();
            bytes.put(bit / 8, (byte) (bytes.get(bit / 8) ^ 1 << bit % 8));
        }
    }

    /** The paper's own example. */
    @Test
    void safety8ComputesSipHashAsPublished() {
        byte[] message = new byte[15];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) i;
        }
        assertThat(SipHash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, message, 15))
                .isEqualTo(0xa129ca6149be45e5L);
    }

    // ---- 9

    private Map<QueueId, String> fill(SegmentLogQueue queue, int count) throws IOException {
        Map<QueueId, String> contents = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String content = "text " + i + " " + "z".repeat(random.nextInt(500));
            contents.put(QueueFixture.put(queue, content), content);
        }
        return contents;
    }

    @Test
    void safety9SetsABadRecordAsideAndKeepsWhatFollows() throws IOException {
        SegmentLogQueue queue = open();
        QueueId first = QueueFixture.put(queue, "first");
        QueueId second = QueueFixture.put(queue, "second");
        QueueId third = QueueFixture.put(queue, "third");
        queue.close();
        byte[] bytes = disk.content(FIRST);
        int at = indexOf(bytes, "second".getBytes(StandardCharsets.UTF_8), 0);
        // its envelope
        bytes[at - 20] ^= 1;
        disk.content(FIRST, bytes);
        queue = open();
        assertThat(QueueFixture.ids(queue)).containsExactly(first, third);
        assertThat(setAside()).hasSize(1);
        assertThat(indexOf(disk.content(setAside().getFirst()), "second".getBytes(StandardCharsets.UTF_8), 0))
                .isPositive();
        assertThat(queue.stats().warnings()).anyMatch(line -> line.contains("corrupt/0000000001.seg"));
        assertThat(queue.find(second)).isEmpty();
        queue.keepHouse();
        // the damaged segment was compacted away; nobody stumbles over it again
        assertThat(disk.names()).doesNotContain(FIRST);
        queue.close();
        disk.remove(setAside().getFirst());
        try (SegmentLogQueue again = open()) {
            assertThat(setAside()).isEmpty();
            assertThat(QueueFixture.ids(again)).containsExactly(first, third);
            assertThat(again.stats().warnings()).isEmpty();
        }
    }

    /** Recipient 0 has the message, 1 and 2 wait; the record that says so goes bad. Returns the message. */
    private QueueId withProgressThatGoesBad(SegmentLogQueue queue) throws IOException {
        QueueId id = QueueFixture.put(queue, "kept text", 3);
        assertThat(queue.claimDue(1)).hasSize(1);
        queue.done(id, 0);
        queue.deferred(id, 1, "reason that goes bad");
        queue.deferred(id, 2, "reason that goes bad");
        queue.release(id, Duration.ofMinutes(10));
        queue.force();
        return id;
    }

    private void isOnHoldAndLosesNobody(SegmentLogQueue queue, QueueId id, Integer... open) throws IOException {
        clock.pass(Duration.ofDays(1));
        assertThat(queue.claimDue(10)).as("nobody gets it twice").isEmpty();
        assertThat(queue.find(id).orElseThrow().state()).isEqualTo(State.HOLD);
        assertThat(queue.stats().warnings())
                .anyMatch(line -> line.contains("message " + id + " is on hold, since the record of which recipients"));
        assertThat(QueueFixture.content(queue, id)).isEqualTo("kept text");
        assertThat(queue.change(id, Change.RELEASE)).isTrue();
        List<QueuedMessage> claimed = queue.claimDue(10);
        assertThat(claimed).hasSize(1);
        assertThat(claimed.getFirst().recipients().stream()
                        .filter(r -> !r.done())
                        .map(RecipientState::ordinal))
                .containsExactly(open);
    }

    @Test
    void safety9AMessageWhoseProgressIsUnreadableAtTheStartIsHeld() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = withProgressThatGoesBad(queue);
        queue.close();
        disk.damageTheLast("reason that goes bad");
        queue = open();
        assertThat(queue.claimDue(10)).isEmpty();
        queue.keepHouse();
        queue.close();
        try (SegmentLogQueue again = open()) {
            assertThat(again.find(id).orElseThrow().state())
                    .as("after compaction too")
                    .isEqualTo(State.HOLD);
            clock.pass(Duration.ofDays(1));
            assertThat(again.claimDue(10)).isEmpty();
            again.change(id, Change.RELEASE);
            assertThat(again.claimDue(10).getFirst().recipients().stream()
                            .filter(r -> !r.done())
                            .map(RecipientState::ordinal))
                    .as("the single record that says «done» was whole")
                    .containsExactly(1, 2);
        }
    }

    @Test
    void safety9AMessageWhoseProgressIsUnreadableIsHeldAndNotSetAsideByCompaction() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueFixture.put(queue, "delivered text");
            QueueFixture.deliverAll(queue);
            QueueId id = withProgressThatGoesBad(queue);
            clock.pass(Duration.ofMinutes(1));
            disk.damageTheLast("reason that goes bad");
            clock.pass(Duration.ofMinutes(59));
            queue.keepHouse();
            assertThat(isOnDisk("delivered text")).as("it was compacted").isFalse();
            assertThat(setAside()).isEmpty();
            isOnHoldAndLosesNobody(queue, id, 0, 1, 2);
        }
    }

    @Test
    void safety9ALaterRecordOfAllProgressMakesUpForAnUnreadableOne() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = withProgressThatGoesBad(queue);
        disk.damageTheLast("reason that goes bad");
        // a newer one by the queue's own hand: what is in memory counts
        queue.close();
        byte[] bytes = disk.content(FIRST);
        assertThat(indexOf(bytes, "reason that goes bad".getBytes(StandardCharsets.UTF_8), 0))
                .isPositive();
        SegmentLogQueue again = open();
        again.change(id, Change.RELEASE);
        clock.pass(Duration.ofHours(1));
        List<QueuedMessage> claimed = again.claimDue(1);
        again.deferred(id, 1, "good");
        again.deferred(id, 2, "good");
        again.release(claimed.getFirst().id(), Duration.ofMinutes(10));
        again.keepHouse();
        again.close();
        try (SegmentLogQueue third = open()) {
            clock.pass(Duration.ofHours(1));
            assertThat(third.claimDue(1)).hasSize(1);
        }
    }

    @Test
    void safety9CutsATornSuffixOnlyAfterCopyingIt() throws IOException {
        SegmentLogQueue queue = open();
        QueueId first = QueueFixture.put(queue, "first");
        QueueId last = QueueFixture.put(queue, "last one");
        disk.stop();
        closeBroken(queue);
        disk = disk.afterCrash(Crash.OF_THE_PROGRAM, random);
        byte[] bytes = disk.content(FIRST);
        int at = indexOf(bytes, "last one".getBytes(StandardCharsets.UTF_8), 0);
        Arrays.fill(bytes, at + 3, bytes.length, (byte) 0);
        disk.content(FIRST, bytes);
        for (int start = 0; start < 3; start++) {
            queue = open();
            assertThat(QueueFixture.ids(queue)).containsExactly(first);
            assertThat(queue.find(last)).isEmpty();
            assertThat(setAside()).hasSize(1);
            queue.close();
        }
        assertThat(isOnDisk("las")).isTrue();
    }

    @Test
    void safety9FindsAllThatIsWholeWhereverALogIsCut() throws IOException {
        SegmentLogQueue queue = SegmentLogQueue.open(disk, clock, QueueFixture.options(64 << 10), false);
        Map<QueueId, String> contents = fill(queue, 12);
        queue.close();
        byte[] bytes = disk.content(FIRST);
        Map<QueueId, Integer> ends = new HashMap<>();
        contents.forEach((id, content) ->
                ends.put(id, indexOf(bytes, content.getBytes(StandardCharsets.UTF_8), 0) + content.length()));
        for (int cut = SegmentHeader.AREA_BYTES; cut < 24_000; cut += 1 + random.nextInt(40)) {
            SimulatedDisk damaged = new SimulatedDisk();
            byte[] shorter = Arrays.copyOf(bytes, cut);
            damaged.content(FIRST, random.nextBoolean() ? shorter : Arrays.copyOf(shorter, bytes.length));
            int end = cut;
            try (SegmentLogQueue again = QueueFixture.open(damaged, clock)) {
                Set<QueueId> expected = new HashSet<>();
                ends.forEach((id, at) -> {
                    if (at + 7 <= end) {
                        expected.add(id);
                    }
                });
                Set<QueueId> found = new HashSet<>(QueueFixture.ids(again));
                assertThat(found).containsAll(expected);
                for (QueueId id : found) {
                    assertThat(QueueFixture.content(again, id)).isEqualTo(contents.get(id));
                }
            }
        }
    }

    @Test
    void safety9AFlippedBitHarmsAtMostItsOwnRecord() throws IOException {
        SegmentLogQueue queue = SegmentLogQueue.open(disk, clock, QueueFixture.options(64 << 10), false);
        Map<QueueId, String> contents = fill(queue, 12);
        queue.close();
        byte[] bytes = disk.content(FIRST);
        for (int at = 0; at < 16_000; at += 1 + random.nextInt(17)) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            SimulatedDisk damaged = new SimulatedDisk();
            damaged.content(FIRST, flipped);
            try (SegmentLogQueue again = QueueFixture.open(damaged, clock)) {
                int whole = 0;
                for (QueueId id : QueueFixture.ids(again)) {
                    try {
                        assertThat(QueueFixture.content(again, id)).isEqualTo(contents.get(id));
                        whole++;
                    } catch (IOException e) {
                        // told, not given out
                        assertThat(e).hasMessageContaining("damaged");
                    }
                }
                assertThat(whole).as("bit at " + at).isGreaterThanOrEqualTo(contents.size() - 1);
            }
        }
    }

    @Test
    void safety9MovesALargeFileThatNobodyNamesToCorrupt() throws IOException {
        SegmentLogQueue queue = open();
        byte[] content = new byte[Queue.LARGE_BYTES + 1];
        QueueFixture.put(queue, content, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
        queue.close();
        String name = disk.names().stream()
                .filter(n -> n.startsWith("large/"))
                .findFirst()
                .orElseThrow();
        byte[] file = disk.content(name);
        disk.content("large/ABCDEF", file);
        disk.content("large/ABCDF0.tmp", new byte[100]);
        disk.content("large/ABCDF1.tmp", file);
        try (SegmentLogQueue again = open()) {
            assertThat(setAside()).containsExactly("corrupt/large-ABCDEF", "corrupt/large-ABCDF1.tmp");
            assertThat(disk.names()).contains(name).doesNotContain("large/ABCDEF", "large/ABCDF0.tmp");
            assertThat(again.stats().warnings()).hasSize(2);
            // it carries its own envelope
            assertThat(indexOf(disk.content("corrupt/large-ABCDEF"), "usuario0".getBytes(StandardCharsets.UTF_8), 0))
                    .isPositive();
        }
    }

    @Test
    void safety9KeepsAMessageBackWhoseLargeFileIsMissing() throws IOException {
        SegmentLogQueue queue = open();
        byte[] content = new byte[Queue.LARGE_BYTES + 1];
        QueueId id = QueueFixture.put(queue, content, QueueFixture.envelope(1), QueueFixture.newSubmission(), false);
        queue.close();
        disk.remove(disk.names().stream()
                .filter(n -> n.startsWith("large/"))
                .findFirst()
                .orElseThrow());
        try (SegmentLogQueue again = open()) {
            assertThat(again.find(id)).isPresent();
            assertThat(again.claimDue(10)).isEmpty();
            assertThat(again.stats().warnings()).anyMatch(line -> line.contains(id.text()));
        }
    }

    @Test
    void safety9RefusesAnUnknownVersionAndTouchesNothing() throws IOException {
        SegmentLogQueue queue = open();
        QueueFixture.put(queue, "x");
        queue.close();
        byte[] bytes = disk.content(FIRST);
        ByteBuffer area = new SegmentHeader(1, 1, 2, 3, "9.9").encode();
        area.putInt(8, 7);
        for (int copy : new int[] {0, 4_096}) {
            area.putInt(copy + 8, 7);
            java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
            crc.update(area.slice(copy, 112));
            area.putInt(copy + 112, (int) crc.getValue());
        }
        area.get(0, bytes, 0, area.capacity());
        disk.content(FIRST, bytes);
        int steps = disk.steps();
        assertThatThrownBy(this::open).isInstanceOf(QueueFormatException.class).hasMessageContaining("Recadero 9.9");
        assertThat(disk.steps()).isEqualTo(steps);
    }

    @Test
    void safety9RefusesAnUnknownCriticalRecordAndPassesOverOthers() throws IOException {
        for (boolean critical : new boolean[] {true, false}) {
            disk = new SimulatedDisk();
            SegmentLogQueue queue = open();
            QueueId id = QueueFixture.put(queue, "x");
            queue.close();
            byte[] bytes = disk.content(FIRST);
            SegmentHeader header =
                    SegmentHeader.read(1, disk.open(FIRST, false)).orElseThrow();
            int end = SegmentScan.of(new RecordReader(disk.open(FIRST, false), header), bytes.length, false)
                    .end();
            new RecordHeader(99, critical, 0, 0, 0, 0, 0, end, 0)
                    .write(ByteBuffer.wrap(bytes).position(end), header, end);
            disk.content(FIRST, bytes);
            if (critical) {
                int steps = disk.steps();
                assertThatThrownBy(this::open)
                        .isInstanceOf(QueueFormatException.class)
                        .hasMessageContaining("kind 99")
                        .hasMessageContaining("0.1-test");
                assertThat(disk.steps()).isEqualTo(steps);
            } else {
                try (SegmentLogQueue again = open()) {
                    assertThat(QueueFixture.ids(again)).containsExactly(id);
                }
            }
        }
    }

    @Test
    void safety9ReadsASegmentWithOneGoodHeaderAndSetsOneWithoutAside() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x");
        queue.close();
        byte[] bytes = disk.content(FIRST);
        Arrays.fill(bytes, 0, 4_096, (byte) 1);
        SimulatedDisk one = disk.copy();
        one.content(FIRST, bytes);
        try (SegmentLogQueue again = QueueFixture.open(one, clock)) {
            assertThat(QueueFixture.ids(again)).containsExactly(id);
        }
        Arrays.fill(bytes, 4_096, 8_192, (byte) 1);
        disk.content(FIRST, bytes);
        try (SegmentLogQueue again = open()) {
            assertThat(QueueFixture.ids(again)).isEmpty();
            assertThat(setAside()).containsExactly("corrupt/log-0000000001.seg");
            assertThat(disk.content("corrupt/log-0000000001.seg")).isEqualTo(bytes);
            QueueFixture.put(again, "y");
            assertThat(disk.names()).contains("log/0000000002.seg");
        }
    }

    // ---- 10

    /** A new segment whose folder entry fails is void, and the one in use stays in use: it must not be tidied away. */
    @Test
    void safety10ASegmentThatFailedToBeginIsNotTakenForTheOneInUse() throws IOException {
        SegmentLogQueue queue = open();
        queue.keepHouse();
        List<QueueId> ids = new ArrayList<>();
        for (int at = 1; at < 12; at++) {
            for (int i = 0; i < 40; i++) {
                try {
                    if (i == 20) {
                        disk.failAfter(at, 1);
                    }
                    ids.add(QueueFixture.put(queue, "x".repeat(3_000)));
                } catch (IOException e) {
                    queue.keepHouse();
                }
            }
            disk.neverFail();
            while (ids.size() > 2) {
                queue.change(ids.removeFirst(), Change.DELETE);
            }
            queue.keepHouse();
            queue = crash(queue, Crash.LOSES_ALL);
            assertThat(QueueFixture.ids(queue)).isEqualTo(ids);
        }
        queue.close();
    }

    @Test
    void safety10ForcesFilesInOrder() throws IOException {
        try (SegmentLogQueue queue = open()) {
            for (int i = 0; i < 120; i++) {
                QueueFixture.put(queue, "x".repeat(1_000));
                if (i % 10 == 9) {
                    QueueFixture.deliverAll(queue);
                    queue.keepHouse();
                }
            }
            queue.force();
        }
        List<String> journal = disk.journal();
        String current = "";
        boolean dirty = false;
        boolean deletedUnforced = false;
        for (String step : journal) {
            if (step.startsWith("rename log/next.tmp")) {
                assertThat(dirty)
                        .as("the last segment is forced before the next one begins")
                        .isFalse();
                current = step.substring(step.lastIndexOf(' ') + 1);
            } else if (step.equals("write " + current)) {
                dirty = true;
            } else if (step.equals("force " + current)) {
                dirty = false;
            } else if (step.startsWith("delete log/0")) {
                assertThat(deletedUnforced)
                        .as("a segment goes only after the last one's going is forced")
                        .isFalse();
                deletedUnforced = true;
            } else if (step.equals("force folder log")) {
                deletedUnforced = false;
            }
        }
        assertThat(journal)
                .filteredOn(step -> step.startsWith("rename log/next.tmp"))
                .hasSizeGreaterThan(3);
        for (int i = 0; i < journal.size(); i++) {
            if (journal.get(i).startsWith("rename log/next.tmp")) {
                assertThat(journal.get(i - 1)).isEqualTo("force log/next.tmp".replace("next.tmp", nameAt(journal, i)));
                assertThat(journal.get(i + 1)).isEqualTo("force folder log");
            }
        }
    }

    /** The handle was opened under the temporary name, and the simulated disk goes on to call it so. */
    private static String nameAt(List<String> journal, int i) {
        String step = journal.get(i);
        return step.substring("rename log/".length(), step.lastIndexOf(' '));
    }

    @Test
    void safety10ForcesALargeFileAndItsEntryBeforeTheRecordThatNamesIt() throws IOException {
        try (SegmentLogQueue queue = open()) {
            disk.clearJournal();
            QueueFixture.put(
                    queue,
                    new byte[Queue.LARGE_BYTES + 1],
                    QueueFixture.envelope(1),
                    QueueFixture.newSubmission(),
                    false);
        }
        List<String> journal = disk.journal();
        int record = journal.indexOf("write log/next.tmp");
        List<String> before = journal.subList(0, record);
        assertThat(before).filteredOn(step -> step.startsWith("force large/")).hasSize(1);
        assertThat(before.getLast()).isEqualTo("force folder large");
    }

    /** Each order is violated in turn, and the crash scripts notice it: they would see a queue that forgets one. */
    @Test
    void safety10CrashScriptsNoticeEachForceThatIsLeftOut() throws IOException {
        Map<String, java.util.function.Predicate<String>> lies = Map.of(
                "records", step -> step.startsWith("force log/"),
                "entries of segments", step -> step.equals("force folder log"),
                "large files", step -> step.startsWith("force large/"),
                "entries of large files", step -> step.equals("force folder large"));
        for (Map.Entry<String, java.util.function.Predicate<String>> lie : lies.entrySet()) {
            boolean noticed = false;
            for (int seed = 0; seed < 200 && !noticed; seed++) {
                noticed = noticesLoss(lie.getValue(), seed);
            }
            assertThat(noticed)
                    .as("nobody noticed that these are not forced: " + lie.getKey())
                    .isTrue();
        }
    }

    private boolean noticesLoss(java.util.function.Predicate<String> lie, int seed) {
        SimulatedDisk lying = new SimulatedDisk();
        CrashScript script = new CrashScript(seed, clock);
        try {
            SegmentLogQueue queue = QueueFixture.open(lying, clock);
            lying.lieAbout(lie);
            script.run(queue, 40);
            lying.stop();
            closeBroken(queue);
            try (SegmentLogQueue again =
                    QueueFixture.open(lying.afterCrash(Crash.LOSES_ALL, new Random(seed)), clock)) {
                script.check(again, true);
            }
            return false;
        } catch (AssertionError | IOException e) {
            return true;
        }
    }

    // ---- 11: QueueContract.isNotHarmedByInterruptedCallers; the lock: QueueLockTest

    // ---- 12

    @Test
    void safety12AFullDiskStopsIntakeAndCanBeDrained() throws IOException {
        SegmentLogQueue queue = open();
        queue.keepHouse();
        assertThat(disk.names()).contains("log/spare");
        List<QueueId> ids = new ArrayList<>();
        disk.usableBytes(0);
        String refusal = "";
        while (refusal.isEmpty()) {
            try {
                ids.add(QueueFixture.put(queue, "x".repeat(2_000), 3));
            } catch (QueueFullException e) {
                refusal = e.getMessage();
            }
        }
        assertThat(refusal).contains("Insufficient system storage");
        assertThat(disk.names()).as("the reserve is intact").contains("log/spare");
        assertThat(ids).hasSizeGreaterThan(5);
        // outcomes and changes go on: more than what is left of the segment in use, deferrals as long as one likes
        for (int round = 0; round < 300; round++) {
            for (QueuedMessage message : queue.claimDue(100)) {
                if (disk.names().contains("log/spare")) {
                    queue.begun(message.id(), 0, "p".repeat(200)).await();
                }
                queue.deferred(message.id(), 1, "reason ".repeat(10));
                queue.release(message.id(), Duration.ZERO);
            }
            queue.force();
        }
        assertThat(disk.names()).doesNotContain("log/spare");
        for (QueuedMessage message : queue.claimDue(100)) {
            for (RecipientState recipient : message.recipients()) {
                queue.done(message.id(), recipient.ordinal());
            }
            queue.release(message.id(), Duration.ZERO);
        }
        queue.force();
        assertThatThrownBy(() -> QueueFixture.put(queue, "y")).isInstanceOf(QueueFullException.class);
        disk.clearJournal();
        disk.usableBytes(10L * QueueFixture.SEGMENT_BYTES);
        queue.keepHouse();
        // wholly done segments went without a record written
        assertThat(disk.journal()).anyMatch(step -> step.startsWith("delete log/0"));
        assertThat(queue.stats().segments()).isEqualTo(1);
        assertThat(disk.names()).contains("log/spare");
        QueueFixture.put(queue, "taken again");
        queue.close();
    }

    @Test
    void safety12KeepsTheMinimumFree() throws IOException {
        QueueOptions options = new QueueOptions(32 << 10, 1_000_000, "x", 10, Duration.ZERO, false);
        try (SegmentLogQueue queue = SegmentLogQueue.open(disk, clock, options, false)) {
            disk.usableBytes(1_000_000);
            QueueFixture.put(queue, "fits");
            disk.usableBytes(999_999);
            assertThatThrownBy(queue::begin)
                    .isInstanceOf(QueueFullException.class)
                    .hasMessageContaining("999999");
            disk.usableBytes(5_000_000);
            try (Intake intake = queue.begin()) {
                intake.content().write(new byte[Queue.LARGE_BYTES]);
                disk.usableBytes(10);
                assertThatThrownBy(() -> intake.content().write(new byte[3 * Queue.LARGE_BYTES]))
                        .isInstanceOf(QueueFullException.class);
                assertThatThrownBy(() -> intake.commit(QueueFixture.newSubmission(), QueueFixture.envelope(1), false))
                        .isInstanceOf(IOException.class);
            }
            assertThat(disk.names()).noneMatch(name -> name.startsWith("large/"));
        }
    }

    // ---- 13

    @Test
    void safety13ForcesProgressWithinASecondThoughNobodyWaits() throws Exception {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x", 2);
        queue.claimDue(1);
        disk.clearJournal();
        queue.done(id, 0);
        disk.awaitStep("force log/next.tmp");
        // the step is noted at its beginning; a later one that waits proves that it is over
        queue.stats();
        queue.begun(id, 1, "x").await();
        try (SegmentLogQueue again = crash(queue, Crash.LOSES_ALL)) {
            assertThat(again.find(id).orElseThrow().recipients().getFirst().done())
                    .isTrue();
        }
    }

    @Test
    void safety13ChangesAreForcedBeforeTheyAreAnswered() throws IOException {
        SegmentLogQueue queue = open();
        List<QueueId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(QueueFixture.put(queue, "m" + i));
        }
        queue.change(ids.get(1), Change.HOLD);
        queue.change(ids.get(0), Change.DELETE);
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(ids.get(0))).isEmpty();
        assertThat(queue.find(ids.get(1)).orElseThrow().state()).isEqualTo(State.HOLD);
        queue.change(ids.get(1), Change.RELEASE);
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(ids.get(1)).orElseThrow().state()).isEqualTo(State.INCOMING);
        queue.change(ids.get(2), Change.EXPIRE);
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(ids.get(2)).orElseThrow().forcedExpiry()).isTrue();
        queue.change(ids.get(3), Change.REQUEUE);
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(ids.get(3))).isEmpty();
        assertThat(QueueFixture.ids(queue)).hasSize(4);
        queue.close();
    }

    @Test
    void safety13PunchesOutTheBodyOfADeletedMessage() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueId id = QueueFixture.put(queue, "a very private text");
            QueueId other = QueueFixture.put(queue, "another text");
            assertThat(isOnDisk("a very private text")).isTrue();
            try (InputStream reader = queue.openContent(other)) {
                queue.change(id, Change.DELETE);
                queue.keepHouse();
                // not under the eyes of somebody who may be reading it
                assertThat(reader.readAllBytes()).hasSize(12);
            }
            queue.keepHouse();
            assertThat(isOnDisk("a very private text")).isFalse();
            assertThat(isOnDisk("another text")).isTrue();
        }
        try (SegmentLogQueue again = open()) {
            assertThat(QueueFixture.all(again)).hasSize(1);
            assertThat(again.stats().warnings()).isEmpty();
        }
    }

    @Test
    void safety13CompactsDeadBodiesWithinAnHour() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueId kept = QueueFixture.put(queue, "kept text");
            queue.change(kept, Change.HOLD);
            QueueFixture.put(queue, "delivered text");
            QueueFixture.deliverAll(queue);
            queue.force();
            queue.keepHouse();
            assertThat(isOnDisk("delivered text")).isTrue();
            clock.pass(Duration.ofMinutes(59));
            queue.keepHouse();
            assertThat(isOnDisk("delivered text")).isFalse();
            assertThat(QueueFixture.content(queue, kept)).isEqualTo("kept text");
            assertThat(queue.stats().segments()).isEqualTo(1);
        }
        try (SegmentLogQueue again = open()) {
            assertThat(QueueFixture.all(again)).hasSize(1).allMatch(message -> message.state() == State.HOLD);
        }
    }

    @Test
    void safety13KeepsAtMostTwoSegmentsOfMailThatWentThrough() throws IOException {
        try (SegmentLogQueue queue = open()) {
            QueueId held = QueueFixture.put(queue, "held");
            queue.change(held, Change.HOLD);
            for (int i = 0; i < 2_000; i++) {
                QueueFixture.put(queue, "x".repeat(300));
                if (i % 100 == 99) {
                    QueueFixture.deliverAll(queue);
                    queue.force();
                    queue.keepHouse();
                    assertThat(queue.stats().segments()).isLessThanOrEqualTo(2);
                }
            }
            assertThat(QueueFixture.content(queue, held)).isEqualTo("held");
        }
    }

    @Test
    void safety13NothingComesBackThroughCompactionInAnyOrder() throws IOException {
        // mostly live segments stay while those that tell of deaths in them are compacted again and again
        SegmentLogQueue queue = open();
        List<QueueId> live = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            live.add(QueueFixture.put(queue, "x".repeat(1_500)));
        }
        for (int round = 0; round < 6; round++) {
            queue.change(live.removeFirst(), Change.DELETE);
            queue.change(live.remove(live.size() / 2), Change.DELETE);
            for (int i = 0; i < 60; i++) {
                QueueId passing = QueueFixture.put(queue, "y".repeat(1_000));
                queue.change(passing, Change.DELETE);
            }
            queue.keepHouse();
            queue = crash(queue, Crash.LOSES_ALL);
            assertThat(QueueFixture.ids(queue)).isEqualTo(live);
        }
        queue.close();
    }

    // ---- 14

    @Test
    void safety14AgeIsTimeThatPassed() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x");
        clock.pass(Duration.ofHours(2));
        assertThat(queue.find(id).orElseThrow().age()).isEqualTo(Duration.ofHours(2));
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(id).orElseThrow().age()).isEqualTo(Duration.ofHours(2));
        clock.reboot(Duration.ofHours(3));
        queue = crash(queue, Crash.LOSES_ALL);
        assertThat(queue.find(id).orElseThrow().age()).isEqualTo(Duration.ofHours(5));
        queue.close();
    }

    @Test
    void safety14AWallStepMovesAllTimesAlong() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x");
        queue.claimDue(1);
        queue.release(id, Duration.ofHours(10));
        Instant arrival = clock.now();
        Duration step = Duration.ofDays(20_000);
        clock.step(step);
        for (int round = 0; round < 2; round++) {
            QueuedMessage message = queue.find(id).orElseThrow();
            assertThat(message.age()).isZero();
            assertThat(message.arrival()).isEqualTo(arrival.plus(step));
            assertThat(message.due()).isEqualTo(arrival.plus(step).plus(Duration.ofHours(10)));
            assertThat(queue.claimDue(1)).isEmpty();
            queue.close();
            queue = open();
        }
        // backwards, while the queue is closed
        queue.close();
        clock.step(step.negated());
        queue = open();
        assertThat(queue.find(id).orElseThrow().arrival()).isEqualTo(arrival);
        assertThat(queue.find(id).orElseThrow().age()).isZero();
        clock.pass(Duration.ofHours(10));
        assertThat(queue.claimDue(1)).hasSize(1);
        queue.close();
    }

    @Test
    void safety14AStepIsRememberedAcrossAPowerCut() throws IOException {
        SegmentLogQueue queue = open();
        QueueId before = QueueFixture.put(queue, "x");
        Instant arrival = clock.now();
        clock.step(Duration.ofDays(365));
        QueueId after = QueueFixture.put(queue, "y");
        clock.reboot(Duration.ofHours(1));
        queue = crash(queue, Crash.LOSES_ALL);
        for (QueueId id : List.of(before, after)) {
            QueuedMessage message = queue.find(id).orElseThrow();
            assertThat(message.age()).isEqualTo(Duration.ofHours(1));
            assertThat(message.arrival()).isEqualTo(arrival.plus(Duration.ofDays(365)));
        }
        queue.close();
    }

    @Test
    void safety14AClockThatWasNeverSetAgesNothing() throws IOException {
        clock.wall(Instant.EPOCH.plusSeconds(30));
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x");
        clock.pass(Duration.ofMinutes(5));
        queue.close();
        clock.reboot(Duration.ofMinutes(1));
        clock.wall(Instant.parse("2026-03-01T00:00:00Z"));
        queue = open();
        QueuedMessage message = queue.find(id).orElseThrow();
        assertThat(message.age()).isLessThan(Duration.ofMinutes(6));
        assertThat(Duration.between(message.arrival(), clock.now())).isLessThan(Duration.ofHours(1));
        queue.close();
    }

    @Test
    void safety14NeverRepeatsAnIdThatWasOnlyShown() throws IOException {
        Set<QueueId> shown = new HashSet<>();
        SegmentLogQueue queue = open();
        for (int life = 0; life < 30; life++) {
            for (int i = 0; i < 60; i++) {
                try (Intake intake = queue.begin()) {
                    assertThat(shown.add(intake.id())).isTrue();
                }
            }
            clock.step(Duration.ofHours(-5));
            queue = crash(queue, Crash.LOSES_ALL);
        }
        queue.close();
    }

    @Test
    void safety14ReservesIdsBeforeTheyRunOut() throws IOException {
        Set<QueueId> shown = new HashSet<>();
        SegmentLogQueue queue = open();
        for (int i = 0; i < 3_000; i++) {
            try (Intake intake = queue.begin()) {
                assertThat(shown.add(intake.id())).isTrue();
            }
        }
        queue = crash(queue, Crash.LOSES_ALL);
        try (Intake intake = queue.begin()) {
            assertThat(shown).doesNotContain(intake.id());
            assertThat(intake.id().number())
                    .isGreaterThan(
                            shown.stream().mapToLong(QueueId::number).max().orElseThrow());
        }
        queue.close();
    }

    // ---- reading only

    @Test
    void readsATornQueueWithoutTouchingIt() throws IOException {
        SegmentLogQueue queue = open();
        QueueId id = QueueFixture.put(queue, "x", 2);
        queue.claimDue(1);
        queue.done(id, 0);
        queue.begun(id, 1, "somewhere").await();
        disk.stop();
        closeBroken(queue);
        disk = disk.afterCrash(Crash.OF_THE_PROGRAM, random);
        byte[] bytes = disk.content(FIRST);
        bytes[
                SegmentScan.of(
                                        new RecordReader(
                                                disk.open(FIRST, false),
                                                SegmentHeader.read(1, disk.open(FIRST, false))
                                                        .orElseThrow()),
                                        bytes.length,
                                        false)
                                .end()
                        + 5] = 77;
        disk.content(FIRST, bytes);
        int steps = disk.steps();
        try (SegmentLogQueue reading = SegmentLogQueue.open(disk, clock, QueueFixture.options(), true)) {
            QueuedMessage message = reading.find(id).orElseThrow();
            assertThat(message.recipients()).extracting(RecipientState::done).containsExactly(true, false);
            assertThat(message.recipients().get(1).place()).isEqualTo("somewhere");
            assertThat(QueueFixture.content(reading, id)).isEqualTo("x");
            assertThatThrownBy(reading::begin).hasMessageContaining("reading only");
            assertThatThrownBy(() -> reading.change(id, Change.DELETE)).isInstanceOf(IOException.class);
        }
        assertThat(disk.steps()).isEqualTo(steps);
    }
}
