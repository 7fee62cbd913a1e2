package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.QueueId;

/**
 * Gives disk space back and keeps the reserve: deletes large files of messages that left, zeroes bodies that postsuper -d
 * deleted, makes the spare segment (SAFETY 12), drops segments that nothing needs, copies what lives in mostly dead ones (SAFETY
 * 13). One platform thread of its own.
 *
 * <p>When may a segment go? When no live message or state lies in it, and no record in it speaks of a message whose own record
 * is in another segment that is still there: without «M is gone» M would come back. Most segments fulfil that by themselves,
 * oldest first, and are deleted without a word written. From others what lives is copied into the current segment and what must
 * be remembered is said there again; all of that is forced, then the old one goes. The folder is forced after each deletion,
 * before the next one (SAFETY 10): segments vanish in that order, whatever a crash does.
 */
final class Housekeeping implements AutoCloseable {
    /** Dead bodies lie no longer than an hour (SAFETY 13), so a look every five minutes at least. */
    private static final Duration DEAD_FOR = Duration.ofMinutes(50);

    /** How long a segment that could not be tidied is left alone. */
    private static final Duration REST = Duration.ofMinutes(10);

    private static final Duration LOOK_EVERY = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final long SPARE_RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final String SPARE_TEMPORARY = Log.SPARE + ".tmp";
    private static final int MOST_WAITING_BYTES = 2 << 20;
    /** With the last reserve in use: a segment of which less than this part lives is worth it. */
    private static final int SCARCE_SHARE = 8;

    private static final int MOST_PUNCHES = 10_000;
    /** More than this many segments in one round would be a sign that it does not come to an end. */
    private static final int MOST_ROUNDS = 1_000;

    private final Disk disk;
    private final Catalog catalog;
    private final Log log;
    private final QueueTime time;
    private final QueueOptions options;
    private final @Nullable Thread thread;

    /** One round at a time. */
    private final ReentrantLock round = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean wanted = true;
    private boolean closing;
    private long spareFailedAt;
    private boolean spareFailed;
    private volatile String spareTrouble = "";

    // guarded by the catalog's lock
    private List<Catalog.Located> deadLarge = new ArrayList<>();
    private List<Long> punches = new ArrayList<>();

    Housekeeping(Disk disk, Catalog catalog, Log log, QueueTime time, QueueOptions options) {
        this.disk = Objects.requireNonNull(disk);
        this.catalog = Objects.requireNonNull(catalog);
        this.log = Objects.requireNonNull(log);
        this.time = Objects.requireNonNull(time);
        this.options = Objects.requireNonNull(options);
        this.thread = options.housekeeper()
                ? Thread.ofPlatform().name("queue-house").daemon().unstarted(this::run)
                : null;
    }

    void start() {
        if (thread != null) {
            thread.start();
        }
    }

    private void run() {
        while (true) {
            lock.lock();
            try {
                if (!wanted && !closing) {
                    changed.awaitNanos(LOOK_EVERY.toNanos());
                }
                if (closing) {
                    return;
                }
                wanted = false;
            } catch (InterruptedException e) {
                // nobody interrupts this thread
                continue;
            } finally {
                lock.unlock();
            }
            try {
                keepHouse();
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                // without this thread the disk would fill: it goes on whatever happens
                catalog.warn("the queue cannot be tidied: " + e.getMessage());
            }
            pause();
        }
    }

    /** Many small changes are one round. */
    private void pause() {
        lock.lock();
        try {
            long left = PAUSE.toNanos();
            while (!closing && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // nobody interrupts this thread
            return;
        } finally {
            lock.unlock();
        }
    }

    /** Something is on disk: is there something to do? Brief. */
    void look() {
        boolean something;
        catalog.lock.lock();
        try {
            something = catalog.segments.size() > 2 || !deadLarge.isEmpty() || !punches.isEmpty();
        } finally {
            catalog.lock.unlock();
        }
        if (something || log.needsSpare()) {
            lock.lock();
            try {
                if (!wanted) {
                    wanted = true;
                    changed.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** What is to be done when it is on disk that a message has left: nobody finds it any more, and its large file may go. */
    Write.Applied removed(long id) {
        return (segment, offset, bytes) -> {
            int slot = catalog.index.find(id);
            if (slot != Index.NONE) {
                if (catalog.index.is(slot, Index.LARGE)) {
                    // closed by who deletes it
                    deadLarge.add(catalog.locate(slot));
                }
                catalog.remove(slot, time.now(), log);
            }
        };
    }

    /** The body of a message that was deleted shall be gone from the disk; under the catalog's lock. */
    void punchOut(long place) {
        if (punches.size() < MOST_PUNCHES) {
            punches.add(place);
        }
    }

    /** One round: all there is to do now. */
    void keepHouse() throws IOException {
        round.lock();
        try {
            deleteLargeFiles();
            punchAll();
            ensureSpare();
            for (int i = 0; i < MOST_ROUNDS; i++) {
                Segment dead = nextDead();
                if (dead != null) {
                    // without a word written: a full disk is drained that way
                    drop(dead);
                    ensureSpare();
                    continue;
                }
                if (!log.trouble().isEmpty()) {
                    return;
                }
                Segment victim = nextVictim();
                if (victim == null || !compactOrRest(victim)) {
                    return;
                }
            }
        } finally {
            round.unlock();
        }
    }

    // ---- files and bodies

    private void deleteLargeFiles() throws IOException {
        List<Catalog.Located> dead;
        catalog.lock.lock();
        try {
            dead = deadLarge;
            deadLarge = new ArrayList<>();
        } finally {
            catalog.lock.unlock();
        }
        boolean deleted = false;
        for (Catalog.Located located : dead) {
            try (located) {
                disk.delete(LargeFile.nameOf(located.read().meta().large()));
                deleted = true;
            } catch (IOException e) {
                // the next start finds it
                catalog.warn("a large file could not be deleted: " + e.getMessage());
            }
        }
        if (deleted) {
            // before the segment goes that says it is dead
            disk.forceFolder(QueueFolder.LARGE);
        }
    }

    private void punchAll() {
        List<Long> places;
        catalog.lock.lock();
        try {
            places = punches;
            punches = new ArrayList<>();
        } finally {
            catalog.lock.unlock();
        }
        for (long place : places) {
            try {
                punch(place);
            } catch (IOException e) {
                // compaction does away with it within the hour
                catalog.warn("a deleted body could not be zeroed: " + e.getMessage());
            }
        }
    }

    private void punch(long place) throws IOException {
        Segment segment;
        boolean inUse;
        catalog.lock.lock();
        try {
            segment = catalog.segments.get(Index.segmentOf(place));
            if (segment == null) {
                return;
            }
            inUse = segment.isBeingRead();
            if (inUse) {
                // somebody may be reading just this body: later
                punchOut(place);
                return;
            }
            segment.hold();
        } finally {
            catalog.lock.unlock();
        }
        try (Disk.Handle file = disk.open(segment.name, true)) {
            int offset = Index.offsetOf(place);
            RecordHeader header = RecordReader.single(segment).require(offset, RecordType.MESSAGE);
            if (header.contentLength() > 0) {
                file.punchHole(RecordReader.contentOffset(offset, header), header.contentLength());
            }
        } finally {
            segment.letGo();
        }
    }

    /** SAFETY 12. Where there is no room nothing new is taken in, and what is queued has what is left of the segment in use. */
    private void ensureSpare() throws IOException {
        if (!log.needsSpare() || (spareFailed && System.nanoTime() - spareFailedAt < SPARE_RETRY_NANOS)) {
            return;
        }
        List<String> names = disk.list(QueueFolder.LOG);
        if (names.contains(bare(Log.SPARE))) {
            log.spareReady(true);
            return;
        }
        if (names.contains(bare(SPARE_TEMPORARY))) {
            disk.delete(SPARE_TEMPORARY);
        }
        try {
            try (Disk.Handle file = disk.create(SPARE_TEMPORARY, options.segmentBytes())) {
                file.force();
            }
            disk.rename(SPARE_TEMPORARY, Log.SPARE);
            disk.forceFolder(QueueFolder.LOG);
            spareFailed = false;
            log.spareReady(true);
        } catch (IOException e) {
            spareFailed = true;
            log.spareImpossible();
            spareFailedAt = System.nanoTime();
            spareTrouble = "there is no room for the queue's reserve of " + options.segmentBytes() + " bytes: "
                    + e.getMessage();
        }
    }

    /** Empty, or why there is no reserve. */
    String spareTrouble() {
        return log.needsSpare() ? spareTrouble : "";
    }

    private static String bare(String name) {
        return name.substring(name.indexOf('/') + 1);
    }

    // ---- segments

    /** A segment that nothing needs. */
    private @Nullable Segment nextDead() {
        catalog.lock.lock();
        try {
            for (Segment segment : closed()) {
                if (segment.live == 0 && !segment.mustStay && isSpokenFor(segment)) {
                    return segment;
                }
            }
            return null;
        } finally {
            catalog.lock.unlock();
        }
    }

    /** Whether nothing in it concerns another segment that is still there. */
    private boolean isSpokenFor(Segment segment) {
        for (int other : segment.about) {
            if (other != segment.number() && catalog.segments.containsKey(other)) {
                return false;
            }
        }
        return true;
    }

    private void drop(Segment segment) throws IOException {
        // of messages that left meanwhile: once the segment is gone nothing says whose those files were
        deleteLargeFiles();
        try {
            disk.delete(segment.name);
            disk.forceFolder(QueueFolder.LOG);
        } catch (IOException e) {
            // it may come back after a crash: until the next start it counts as there, so that what tells that all in
            // it is
            // dead stays too; and a second try would prove nothing (SAFETY 7)
            catalog.lock.lock();
            try {
                segment.mustStay = true;
            } finally {
                catalog.lock.unlock();
            }
            throw e;
        }
        catalog.lock.lock();
        try {
            catalog.segments.remove(segment.number());
            catalog.voids.remove(segment.number());
        } finally {
            catalog.lock.unlock();
        }
        segment.letGo();
    }

    /** The segment most worth copying from: dead bodies for nearly an hour, else the least live of several. */
    private @Nullable Segment nextVictim() throws IOException {
        if (log.isScarce()) {
            // what is copied now is copied into the last reserve: it must win much more than it takes
            return leastLive(options.segmentBytes() / SCARCE_SHARE, 1);
        }
        long limit = time.now() - DEAD_FOR.toMillis();
        boolean rolls;
        catalog.lock.lock();
        try {
            Segment active = catalog.segments.get(log.activeNumber());
            rolls = active != null && active.deadSince <= limit;
        } finally {
            catalog.lock.unlock();
        }
        if (rolls) {
            Write write = Write.roll();
            log.add(write);
            Log.await(write.done);
        }
        catalog.lock.lock();
        try {
            for (Segment segment : closed()) {
                if (mayBeTidied(segment) && segment.deadSince <= limit) {
                    return segment;
                }
            }
        } finally {
            catalog.lock.unlock();
        }
        return leastLive(options.segmentBytes() / 2, 2);
    }

    private boolean mayBeTidied(Segment segment) {
        return !segment.mustStay && segment.restsUntil <= time.now();
    }

    /** All but the one in use, and the last one in any case; under the catalog's lock. */
    private List<Segment> closed() {
        return catalog.segments.headMap(catalog.segments.lastKey()).values().stream()
                .filter(segment -> segment.number() != log.activeNumber())
                .toList();
    }

    /** The segment with the fewest live bytes, below a limit, where there are at least that many. */
    private @Nullable Segment leastLive(int below, int count) {
        catalog.lock.lock();
        try {
            @Nullable Segment best = null;
            List<Segment> closed = closed();
            if (closed.size() < count) {
                return null;
            }
            for (Segment segment : closed) {
                boolean few = segment.liveBytes < (best == null ? below : best.liveBytes);
                if (few && mayBeTidied(segment)) {
                    best = segment;
                }
            }
            return best;
        } finally {
            catalog.lock.unlock();
        }
    }

    /** As {@link #compact}; where it fails, other segments come first from now on. */
    private boolean compactOrRest(Segment victim) throws IOException {
        boolean failed = true;
        try {
            boolean done = compact(victim);
            failed = false;
            return done;
        } finally {
            if (failed) {
                rest(victim);
            }
        }
    }

    private void rest(Segment segment) {
        catalog.lock.lock();
        try {
            segment.restsUntil = time.now() + REST.toMillis();
        } finally {
            catalog.lock.unlock();
        }
    }

    /** Copies what is needed out of a segment and drops it; false where somebody is changing a message in it: later. */
    private boolean compact(Segment victim) throws IOException {
        log.barrier();
        SegmentScan scan = SegmentScan.of(
                new RecordReader(victim.file, victim.header), Math.min(victim.end, victim.voidFrom), false);
        Copying copying = new Copying(victim);
        for (SegmentScan.Found found : scan.records()) {
            if (!copying.one(found)) {
                copying.awaitAll();
                return false;
            }
        }
        copying.awaitAll();
        log.barrier();
        catalog.lock.lock();
        try {
            if (victim.live != 0) {
                return false;
            }
            // said again elsewhere
            victim.about.clear();
        } finally {
            catalog.lock.unlock();
        }
        drop(victim);
        return true;
    }

    /** Copies from one segment. */
    private final class Copying {
        private final Segment victim;
        private final RecordReader reader;
        private final Set<Long> settled = new HashSet<>();
        private final List<Write> waiting = new ArrayList<>();
        private int waitingBytes;

        Copying(Segment victim) {
            this.victim = victim;
            this.reader = new RecordReader(victim.file, victim.header);
        }

        /** False where the message is being changed right now. */
        boolean one(SegmentScan.Found found) throws IOException {
            RecordHeader header = found.header();
            RecordType type = header.type();
            if (type == null || header.id() == 0) {
                return true;
            }
            if (type == RecordType.MESSAGE && !message(found)) {
                return false;
            }
            boolean done = switch (type) {
                case STATE, DONE, DEFERRED, BEGUN, CHANGE, REACHED -> progress(header.id());
                case START, MESSAGE, GONE, MARK, TIME, BARRIER, TRACE -> true;
            };
            if (done) {
                remember(header, type, found.offset());
            }
            return done;
        }

        /** What an older record elsewhere must not lose: that it is gone, or that it is old. */
        private void remember(RecordHeader header, RecordType type, int offset) throws IOException {
            byte[] meta = type == RecordType.MESSAGE ? reader.metaOrNull(offset, header) : null;
            long previous = meta == null ? 0 : MessageMeta.decode(meta).previous();
            Write write;
            catalog.lock.lock();
            try {
                write = reminder(header, type, previous);
                if (write != null) {
                    // in the order of what happens: the message may leave right now
                    log.add(write);
                }
            } finally {
                catalog.lock.unlock();
            }
            if (write != null) {
                count(write);
            }
        }

        private @Nullable Write reminder(RecordHeader header, RecordType type, long previous) {
            int home = header.home();
            if (home == 0 || home == victim.number() || !catalog.segments.containsKey(home)) {
                return null;
            }
            if (previous != 0) {
                return Write.tombstone(previous, home, Write.Wait.FORCED);
            }
            if (catalog.live(header.id()) == Index.NONE) {
                return Write.tombstone(header.id(), home, Write.Wait.FORCED);
            }
            if (type == RecordType.MESSAGE || type == RecordType.TRACE) {
                catalog.traced(header.id(), home);
                return Write.trace(header.id(), home);
            }
            return null;
        }

        private void add(Write write) throws IOException {
            log.add(write);
            count(write);
        }

        private void count(Write write) throws IOException {
            waiting.add(write);
            waitingBytes += write.bytes();
            if (waitingBytes > MOST_WAITING_BYTES) {
                awaitAll();
            }
        }

        void awaitAll() throws IOException {
            for (Write write : waiting) {
                Log.await(write.done);
            }
            waiting.clear();
            waitingBytes = 0;
        }

        /** Progress of a message that lies elsewhere: all of it in one new record. */
        private boolean progress(long id) throws IOException {
            Write write;
            catalog.lock.lock();
            try {
                int slot = catalog.live(id);
                if (slot == Index.NONE || settled.contains(id)) {
                    return true;
                }
                if (catalog.index.is(slot, Index.FROZEN)) {
                    return false;
                }
                if (Index.segmentOf(catalog.index.state(slot)) > victim.number()) {
                    // a later record has replaced it
                    return true;
                }
                settled.add(id);
                write = catalog.writeState(log, slot, catalog.progressOrHold(slot), Write.Wait.FORCED);
            } catch (IOException e) {
                throw new IOException(
                        "progress of message " + QueueId.of(id) + " cannot be read: " + e.getMessage(), e);
            } finally {
                catalog.lock.unlock();
            }
            count(write);
            return true;
        }

        /** A message's own record: copied with all its progress where it still is the one that counts. */
        private boolean message(SegmentScan.Found found) throws IOException {
            long id = found.header().id();
            Catalog.Located located = locate(id, found.offset());
            if (located == null) {
                return true;
            }
            try (located) {
                Catalog.Read read;
                ByteBuffer content;
                try {
                    read = readOrHold(located);
                    content = reader.content(found.offset(), read.header());
                } catch (IOException e) {
                    setAside(found, id, e);
                    return true;
                }
                return copy(found, located, read, content);
            }
        }

        /** @throws IOException where the message itself cannot be read */
        private Catalog.Read readOrHold(Catalog.Located located) throws IOException {
            try {
                return located.read();
            } catch (IOException e) {
                Catalog.Read asArrived = located.readAsArrived();
                catalog.lock.lock();
                try {
                    int slot = catalog.live(located.id);
                    return slot == Index.NONE
                            ? asArrived
                            : new Catalog.Read(
                                    asArrived.header(),
                                    asArrived.meta(),
                                    catalog.progressOrHold(slot).copy());
                } finally {
                    catalog.lock.unlock();
                }
            }
        }

        private Catalog.@Nullable Located locate(long id, int offset) {
            catalog.lock.lock();
            try {
                int slot = catalog.live(id);
                boolean here = slot != Index.NONE && catalog.index.place(slot) == Index.place(victim.number(), offset);
                return here ? catalog.locate(slot) : null;
            } finally {
                catalog.lock.unlock();
            }
        }

        private boolean copy(SegmentScan.Found found, Catalog.Located located, Catalog.Read read, ByteBuffer content)
                throws IOException {
            long id = located.id;
            Write write;
            catalog.lock.lock();
            try {
                int slot = catalog.live(id);
                if (slot == Index.NONE) {
                    return true;
                }
                if (catalog.index.is(slot, Index.FROZEN)) {
                    return false;
                }
                long place = Index.place(victim.number(), found.offset());
                // what happened since it was read is in memory, or in a newer record that was forced meanwhile
                if (catalog.index.state(slot) == located.statePlace) {
                    catalog.progress.putIfAbsent(id, read.progress());
                }
                Progress now = catalog.progressOf(slot);
                write = Write.copy(
                        id,
                        id,
                        read.meta().with(catalog.index.standing(slot), now, 0).encode(),
                        content,
                        read.header().contentCrc(),
                        Write.Wait.FORCED,
                        (segment, offset, bytes) -> {
                            int live = catalog.live(id);
                            if (live != Index.NONE && catalog.index.place(live) == place) {
                                catalog.move(live, segment, offset, bytes, time.now());
                            }
                            catalog.settled(id, now);
                        });
                now.pending++;
                now.isAhead = false;
                settled.add(id);
                log.add(write);
            } finally {
                catalog.lock.unlock();
            }
            count(write);
            return true;
        }

        /** It cannot be read: its bytes go to corrupt/, and what counts is that they are there. */
        private void setAside(SegmentScan.Found found, long id, IOException why) throws IOException {
            Corrupt.copy(disk, reader, victim.number(), found.offset(), found.end());
            catalog.warn("message " + QueueId.of(id) + " cannot be read, what is left of it is in corrupt/: "
                    + why.getMessage());
            Write write = Write.of(RecordType.GONE, id, new Encoder(), Write.Wait.FORCED, (segment, offset, bytes) -> {
                int slot = catalog.index.find(id);
                if (slot != Index.NONE) {
                    catalog.remove(slot, time.now(), log);
                }
            });
            add(write);
        }
    }

    /** Ends the thread; zeroes what was deleted lately. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closing = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            Log.awaitEnd(thread);
        }
        round.lock();
        try {
            deleteLargeFiles();
            punchAll();
        } finally {
            round.unlock();
        }
    }
}
