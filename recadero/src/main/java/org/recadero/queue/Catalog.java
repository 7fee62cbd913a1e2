package org.recadero.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.QueueId;

/**
 * What is in the queue and where it lies on disk: the index, the segments, and the progress that is not in a forced record yet.
 * One lock guards all of it; files are read outside of it, with a hold on their segment.
 */
final class Catalog {
    private static final int MOST_WARNINGS = 100;

    final ReentrantLock lock = new ReentrantLock();
    final Index index = new Index();
    final TreeMap<Integer, Segment> segments = new TreeMap<>();
    /** By id: of claimed messages, and of others whose last record is not forced yet. */
    final Map<Long, Progress> progress = new HashMap<>();
    /** Segments that count only up to an offset, by number. */
    final TreeMap<Integer, Integer> voids = new TreeMap<>();

    /**
     * Segments that hold an older record of a living message, by id, as {@code TRACE} records say. The message's own segment may
     * go before those; so when the message leaves, that is said of each of them. Few.
     */
    private final Map<Long, Set<Integer>> older = new HashMap<>();

    /** Of messages that are being changed, by id: completed when that is over. */
    private final Map<Long, CompletableFuture<Void>> frozen = new HashMap<>();

    final Taken taken;
    /** Told where the first in the line has changed. */
    final DueNotice dueNotice = new DueNotice();

    private final List<String> warnings = new ArrayList<>();

    Catalog(QueueOptions options) {
        this.taken = new Taken(options.takenSubmissions());
    }

    /** The slot of a message that is here and not leaving; {@link Index#NONE}. */
    int live(long id) {
        int slot = index.find(id);
        return slot == Index.NONE || index.is(slot, Index.LEAVING) ? Index.NONE : slot;
    }

    /** Under the lock, with nobody changing it: waits where somebody is. {@link Index#NONE} where it is not here. */
    @SuppressWarnings("LockNotBeforeTry") // the caller unlocks
    int lockSettled(long id) {
        while (true) {
            lock.lock();
            CompletableFuture<Void> other = frozen.get(id);
            if (other == null) {
                return live(id);
            }
            lock.unlock();
            other.join();
        }
    }

    /** From now on only the caller touches it, until he {@link #thaw thaws} it; under the lock, after {@link #lockSettled}. */
    void freeze(int slot) {
        index.takeFromLine(slot);
        index.set(slot, Index.FROZEN, true);
        frozen.put(index.id(slot), new CompletableFuture<>());
    }

    /** The change is over, whatever came of it: into the line again, and who waits goes on. Not under the lock. */
    void thaw(long id) {
        CompletableFuture<Void> thaw;
        boolean tell = false;
        lock.lock();
        try {
            thaw = Objects.requireNonNull(frozen.remove(id));
            int slot = live(id);
            if (slot != Index.NONE) {
                index.set(slot, Index.FROZEN, false);
                lineUp(slot);
                tell = index.first() == slot;
            }
        } finally {
            lock.unlock();
        }
        thaw.complete(null);
        if (tell) {
            dueNotice.tell();
        }
    }

    /** Adds a message that is on disk; the line is the caller's business. */
    int add(long id, Segment segment, int offset, int bytes, MessageMeta meta) {
        long place = Index.place(segment.number(), offset);
        count(place, bytes, 1);
        int user;
        try {
            user = EnvelopeCodec.submitter(meta.envelope());
        } catch (IOException e) {
            // whoever delivers it will say what is wrong with the envelope
            user = Index.NO_USER;
        }
        return index.add(id, place, bytes, meta, user);
    }

    /** A newer record holds the message, with all its progress. */
    void move(int slot, Segment segment, int offset, int bytes, long now) {
        markDead(slot, now);
        count(index.place(slot), index.recordBytes(slot), -1);
        count(index.state(slot), index.stateBytes(slot), -1);
        long place = Index.place(segment.number(), offset);
        count(place, bytes, 1);
        index.place(slot, place, bytes);
        index.state(slot, Index.NOWHERE, 0);
    }

    /** A newer record holds all progress. */
    void state(int slot, Segment segment, int offset, int bytes) {
        count(index.state(slot), index.stateBytes(slot), -1);
        long place = Index.place(segment.number(), offset);
        count(place, bytes, 1);
        index.state(slot, place, bytes);
    }

    /** {@code home} has an older record of a living message. */
    void traced(long id, int home) {
        older.computeIfAbsent(id, i -> new TreeSet<>()).add(home);
    }

    /** That it has left is on disk; that nothing older may come back is handed in. */
    void remove(int slot, long now, Log log) {
        long id = index.id(slot);
        for (int home : older.getOrDefault(id, Set.of())) {
            if (segments.containsKey(home)) {
                log.add(Write.tombstone(id, home, Write.Wait.NOTHING));
            }
        }
        remove(slot, now);
    }

    /** That it has left is on disk. */
    void remove(int slot, long now) {
        markDead(slot, now);
        count(index.place(slot), index.recordBytes(slot), -1);
        count(index.state(slot), index.stateBytes(slot), -1);
        progress.remove(index.id(slot));
        older.remove(index.id(slot));
        index.remove(slot);
    }

    /** A dead body stays behind. */
    private void markDead(int slot, long now) {
        Segment segment = segments.get(Index.segmentOf(index.place(slot)));
        if (segment != null && !index.is(slot, Index.LARGE)) {
            segment.deadSince = Math.min(segment.deadSince, now);
        }
    }

    private void count(long place, int bytes, int sign) {
        if (place != Index.NOWHERE) {
            Segment segment = segments.get(Index.segmentOf(place));
            if (segment != null) {
                segment.live += sign;
                segment.liveBytes += (long) sign * bytes;
            }
        }
    }

    QueuedMessage.State stateOf(int slot) {
        if (index.is(slot, Index.ACTIVE)) {
            return QueuedMessage.State.ACTIVE;
        }
        if (index.is(slot, Standing.HELD)) {
            return QueuedMessage.State.HOLD;
        }
        return index.standing(slot).attempts() > 0 ? QueuedMessage.State.DEFERRED : QueuedMessage.State.INCOMING;
    }

    /** Into the line where it belongs there: not claimed, held, changed, leaving, damaged. */
    void lineUp(int slot) {
        int not = Index.ACTIVE | Index.FROZEN | Index.LEAVING | Index.DAMAGED | Standing.HELD;
        if (!index.is(slot, not)) {
            index.line(slot);
        }
    }

    /** All that is needed to read a message without the lock; the segments are held until it is closed. */
    final class Located implements AutoCloseable {
        final long id;
        final Standing standing;
        final QueuedMessage.State state;
        private final Segment segment;
        private final int offset;
        /** Where the newest progress record was. */
        final long statePlace;

        private final @Nullable Segment stateSegment;
        private final int stateOffset;
        private final @Nullable Progress known;

        private Located(int slot) {
            this.id = index.id(slot);
            this.standing = index.standing(slot);
            this.state = stateOf(slot);
            long place = index.place(slot);
            this.segment = held(Index.segmentOf(place));
            this.offset = Index.offsetOf(place);
            Progress now = progress.get(id);
            this.known = now == null ? null : now.copy();
            this.statePlace = index.state(slot);
            boolean reads = known == null && statePlace != Index.NOWHERE;
            this.stateSegment = reads ? held(Index.segmentOf(statePlace)) : null;
            this.stateOffset = Index.offsetOf(statePlace);
        }

        private static Segment orThrow(@Nullable Segment segment) {
            if (segment == null) {
                throw new IllegalStateException("a message lies in a segment that is gone");
            }
            return segment;
        }

        private Segment held(int number) {
            Segment found = orThrow(segments.get(number));
            found.hold();
            return found;
        }

        Segment segment() {
            return segment;
        }

        int offset() {
            return offset;
        }

        /** The message's record and its meta. */
        Read read() throws IOException {
            Read asArrived = readAsArrived();
            Progress now = known != null ? known : readProgress(asArrived.meta());
            return new Read(asArrived.header(), asArrived.meta(), now);
        }

        /** The same, with the progress that the message's own record has: later ones may have replaced it. */
        Read readAsArrived() throws IOException {
            RecordReader reader = RecordReader.single(segment);
            RecordHeader header = reader.require(offset, RecordType.MESSAGE);
            MessageMeta meta = MessageMeta.decode(reader.meta(offset, header));
            return new Read(header, meta, meta.decodeProgress());
        }

        private Progress readProgress(MessageMeta meta) throws IOException {
            if (stateSegment == null) {
                return meta.decodeProgress();
            }
            RecordReader reader = RecordReader.single(stateSegment);
            RecordHeader header = reader.require(stateOffset, RecordType.STATE);
            Decoder in = new Decoder(reader.meta(stateOffset, header));
            Standing.decode(in);
            return Progress.decode(in, in.i32());
        }

        @Override
        public void close() throws IOException {
            segment.letGo();
            if (stateSegment != null) {
                stateSegment.letGo();
            }
        }
    }

    /**
     * @param header of the message's record
     * @param progress a copy
     */
    record Read(RecordHeader header, MessageMeta meta, Progress progress) {}

    /** Under the lock; to be closed outside of it. */
    Located locate(int slot) {
        return new Located(slot);
    }

    /** The progress of a message, from now on in memory; under the lock, reading from disk where nobody has claimed it. */
    Progress progressOf(int slot) throws IOException {
        Progress known = progress.get(index.id(slot));
        if (known == null) {
            try (Located located = locate(slot)) {
                known = located.read().progress();
            }
            progress.put(index.id(slot), known);
        }
        return known;
    }

    /**
     * As {@link #progressOf}; where the record of it cannot be read but the message can, what the message's own record says, and the
     * message is on hold: some recipients may have it, none is to get it twice, and none is to be lost.
     */
    Progress progressOrHold(int slot) throws IOException {
        try {
            return progressOf(slot);
        } catch (IOException e) {
            Progress older;
            try (Located located = locate(slot)) {
                older = located.readAsArrived().progress();
            }
            older.isAhead = true;
            progress.put(index.id(slot), older);
            holdInDoubt(slot);
            return older;
        }
    }

    /** Some of what became of its recipients is lost: nobody gets it until an administrator says so; under the lock. */
    void holdInDoubt(int slot) {
        index.takeFromLine(slot);
        index.set(slot, Index.DAMAGED, false);
        index.set(slot, Standing.HELD, true);
        QueueId id = QueueId.of(index.id(slot));
        warn("message " + id + " is on hold, since the record of which recipients have it cannot be read: postcat -q "
                + id
                + " shows it; postsuper -H " + id + " sends it to all that are not known to have it, postsuper -d " + id
                + " to nobody");
    }

    /** Writes how a message stands, all in one record; under the lock. */
    Write writeState(Log log, int slot, Progress of, Write.Wait wait) {
        long id = index.id(slot);
        progress.put(id, of);
        of.pending++;
        of.isAhead = false;
        Write write = Write.of(RecordType.STATE, id, stateMeta(slot, of), wait, (segment, offset, bytes) -> {
            int now = live(id);
            if (now != Index.NONE) {
                state(now, segment, offset, bytes);
            }
            settled(id, of);
        });
        log.add(write);
        return write;
    }

    Encoder stateMeta(int slot, Progress of) {
        Encoder meta = new Encoder();
        index.standing(slot).encode(meta);
        meta.i32(of.recipients);
        of.encode(meta);
        return meta;
    }

    /** A record of this progress is forced: where it was the last one and nobody has claimed the message, memory lets go. */
    void settled(long id, Progress of) {
        of.pending--;
        letGo(id, of);
    }

    /** Forgets progress that can be read from the log. */
    void letGo(long id, Progress of) {
        int slot = live(id);
        if (of.pending == 0 && !of.isAhead && slot != Index.NONE && !index.is(slot, Index.ACTIVE)) {
            progress.remove(id, of);
        }
    }

    void warn(String text) {
        lock.lock();
        try {
            if (warnings.size() < MOST_WARNINGS && !warnings.contains(text)) {
                warnings.add(text);
            }
        } finally {
            lock.unlock();
        }
    }

    List<String> warnings() {
        lock.lock();
        try {
            return List.copyOf(warnings);
        } finally {
            lock.unlock();
        }
    }
}
