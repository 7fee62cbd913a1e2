package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of the log: one thread at a time writes what everybody hands in and forces it once for all who wait (group
 * commit). While it forces, the next batch gathers. That thread is the committer, or, where nobody writes just then, the one that
 * needs it ({@link #commit}): a message that comes alone waits for the disk and for no other thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A segment comes into being whole: its header and its START record are forced under another name, then it is renamed and
 *       the folder forced; only then is a record in it acknowledged. All before it is forced before that (SAFETY 10).
 *   <li>What fails to be written or forced is never tried again there: the segment counts up to its last force, which the START
 *       record of the next one says («void from»); what nobody waits for is written there again, in the same step (SAFETY 7).
 *   <li>Where that fails too, the log is {@link #trouble broken}: nothing is taken in or claimed; each try to write begins with
 *       another new segment.
 * </ul>
 */
final class Log implements AutoCloseable {
    /** SAFETY 13. */
    static final Duration FORCED_WITHIN = Duration.ofSeconds(1);

    static final String SPARE = QueueFolder.LOG + "/spare";
    private static final String NEXT = QueueFolder.LOG + "/next.tmp";
    private static final int MOST_BATCH_BYTES = 4 << 20;
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int MOST_PENDING = 100_000;

    /** What the log asks of the queue; in the thread that writes. */
    interface Owner {
        /** The meta of a START record for the next segment. */
        Encoder start();

        /** How the clocks stand, where the log must know before anything else is written; null where nothing happened. */
        @Nullable
        Encoder newTime();

        /** The segment where a message lies; 0 where it is not there. */
        int homeOf(long id);

        /** These are forced. */
        void forced(List<Write> writes);

        /** A segment is in use from now on. */
        void opened(Segment segment);

        /** A segment counts only up to an offset. */
        void voided(Segment segment, int from);
    }

    private final Disk disk;
    private final Owner owner;
    private final QueueOptions options;
    private final long generation;
    private final RandomGenerator random;
    private final Thread committer;

    /** Whoever has it writes. Never taken by one who holds the catalog's lock or {@link #lock}. */
    private final ReentrantLock writing = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Deque<Write> pending = new ArrayDeque<>();
    private boolean closing;
    private volatile String trouble = "";
    private volatile boolean onSpare;
    private volatile int activeNumber;
    private volatile boolean spareReady;
    private volatile boolean spareImpossible;

    // guarded by writing
    private @Nullable SegmentWriter active;
    private int nextNumber;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    /** What is not known to be forced, in order; while there is trouble, what must be written first. */
    private List<Write> unforced = new ArrayList<>();

    private volatile long unforcedSince = Long.MAX_VALUE;
    /** Messages that were written at a new place since the last force. */
    private final Map<Long, Integer> moved = new HashMap<>();

    private long lastTrial;

    Log(Disk disk, Owner owner, QueueOptions options, long generation, int nextNumber, RandomGenerator random) {
        this.disk = Objects.requireNonNull(disk);
        this.owner = Objects.requireNonNull(owner);
        this.options = Objects.requireNonNull(options);
        this.generation = generation;
        this.nextNumber = nextNumber;
        this.random = Objects.requireNonNull(random);
        this.committer = Thread.ofPlatform().name("queue-commit").daemon().unstarted(this::run);
    }

    /** Begins the first segment of this run, with what recovery has to say, in the caller's thread; then the committer runs. */
    void start(List<Write> first) throws IOException {
        writing.lock();
        try {
            open(first, true);
        } finally {
            writing.unlock();
        }
        committer.start();
    }

    /** The number of the segment in use; 0 while there is trouble. */
    int activeNumber() {
        return activeNumber;
    }

    /** Empty, or why nothing can be written. */
    String trouble() {
        return trouble;
    }

    /** Whether new mail would leave the last reserve alone (SAFETY 12). */
    boolean mayTakeIn() {
        return trouble.isEmpty() && !isScarce() && (spareReady || !spareImpossible);
    }

    /** Whether the last reserve is in use: then nothing is written that can be forgotten. */
    boolean isScarce() {
        return onSpare && !spareReady;
    }

    void spareReady(boolean ready) {
        spareReady = ready;
        spareImpossible = false;
    }

    /** There is no room for a reserve: what is queued may use what is left of the segment, new mail may not. */
    void spareImpossible() {
        spareImpossible = true;
    }

    boolean needsSpare() {
        return !spareReady;
    }

    /** Hands in a record; the order of calls is the order in the log. */
    void add(Write write) {
        add(write, true);
    }

    /**
     * Hands in a record that is to be forced, and waits until it is; the caller's thread writes it where no other one writes. Not
     * for who holds the catalog's lock, nor on a virtual thread, which would hold its carrier as long as the disk takes: that one
     * leaves the writing to the committer.
     */
    void commit(Write write) throws IOException {
        boolean mayWrite = !Thread.currentThread().isVirtual();
        add(write, !mayWrite);
        if (mayWrite && writing.tryLock()) {
            try {
                while (!write.done.isDone()) {
                    processAll(take());
                }
            } finally {
                writing.unlock();
            }
            wakeCommitter();
        }
        await(write.done);
    }

    private void wakeCommitter() {
        lock.lock();
        try {
            if (!pending.isEmpty()) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void add(Write write, boolean wake) {
        lock.lock();
        try {
            boolean full = pending.size() >= MOST_PENDING && write.wait != Write.Wait.NOTHING;
            if (closing || full) {
                write.done.completeExceptionally(
                        new IOException(closing ? "the queue is closed" : "the queue's log is overloaded"));
                return;
            }
            pending.addLast(write);
            if (wake) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (awaitWork()) {
            writing.lock();
            try {
                processAll(take());
            } finally {
                writing.unlock();
            }
        }
    }

    private void processAll(List<Write> batch) {
        try {
            process(batch);
        } catch (RuntimeException | Error e) {
            collapse(e, batch);
        }
    }

    /**
     * A bug, or no memory: nobody waits for ever, what is in doubt is void, and the next batch begins anew, with what nobody waits for: an
     * outcome that got lost would be a message delivered twice.
     */
    private void collapse(Throwable why, List<Write> batch) {
        SegmentWriter failed = active;
        Set<Write> all = new LinkedHashSet<>(unforced);
        all.addAll(batch);
        List<Write> lost = new ArrayList<>(all);
        unforced = new ArrayList<>();
        lost.removeIf(write -> write.wait == Write.Wait.NOTHING);
        lost.forEach(all::remove);
        unforced.addAll(all);
        moved.clear();
        broken("the queue's log cannot be written: " + why);
        if (failed != null) {
            owner.voided(failed.segment, failed.forcedEnd());
        }
        IOException said = new IOException(trouble, why);
        lost.forEach(write -> write.done.completeExceptionally(said));
    }

    /** The committer waits until something is handed in, or is to be forced; false at the end. */
    private boolean awaitWork() {
        lock.lock();
        try {
            while (pending.isEmpty()) {
                if (closing) {
                    return false;
                }
                long since = unforcedSince;
                if (since == Long.MAX_VALUE) {
                    changed.awaitUninterruptibly();
                    continue;
                }
                long left = FORCED_WITHIN.toNanos() - (System.nanoTime() - since);
                if (left <= 0) {
                    return true;
                }
                awaitChange(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The next batch; empty where another thread wrote it meanwhile, or only time has passed. */
    private List<Write> take() {
        lock.lock();
        try {
            List<Write> batch = new ArrayList<>();
            long bytes = 0;
            while (!pending.isEmpty() && bytes < MOST_BATCH_BYTES) {
                Write write = pending.removeFirst();
                bytes += write.bytes();
                batch.add(write);
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private void awaitChange(long nanos) {
        try {
            changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            // nobody interrupts this thread; if somebody did, the log would go on all the same (SAFETY 11)
            return;
        }
    }

    private void process(List<Write> batch) {
        if (active == null && !reopen()) {
            refuse(batch);
            return;
        }
        int next = 0;
        try {
            boolean force = false;
            Encoder newTime = owner.newTime();
            if (newTime != null) {
                Write time = Write.of(RecordType.TIME, 0, newTime, Write.Wait.NOTHING);
                if (makeRoom(time)) {
                    append(time);
                }
            }
            while (next < batch.size()) {
                Write write = batch.get(next);
                if (makeRoom(write)) {
                    next++;
                    append(write);
                    force |= write.wait == Write.Wait.FORCED;
                } else {
                    next++;
                }
            }
            Objects.requireNonNull(active).flush();
            completeWritten();
            boolean overdue = !unforced.isEmpty() && System.nanoTime() - unforcedSince >= FORCED_WITHIN.toNanos();
            if (force || overdue) {
                force();
            }
        } catch (IOException e) {
            fail(e, batch.subList(next, batch.size()));
        }
    }

    /** Begins another segment where a record does not fit; false where there is none for it and its author was told. */
    private boolean makeRoom(Write write) throws IOException {
        SegmentWriter writer = Objects.requireNonNull(active);
        boolean fits = writer.hasRoomFor(write) && (!write.rolls || writer.isFresh());
        if (!fits) {
            force();
        }
        try {
            if (write.intake && !mayTakeIn()) {
                throw new IOException("the last reserve is kept for what is queued");
            }
            if (!fits) {
                open(List.of(), !write.intake);
            }
            return true;
        } catch (IOException e) {
            if (!write.intake || active == null) {
                throw e;
            }
            write.done.completeExceptionally(new QueueFullException("Insufficient system storage: " + e.getMessage()));
            return false;
        }
    }

    private void append(Write write) throws IOException {
        if (unforced.isEmpty()) {
            unforcedSince = System.nanoTime();
        }
        unforced.add(write);
        put(Objects.requireNonNull(active), write);
    }

    private void put(SegmentWriter writer, Write write) throws IOException {
        place(write);
        writer.put(write);
        if (write.type == RecordType.MESSAGE) {
            moved.put(write.id, writer.segment.number());
        }
    }

    private void place(Write write) {
        if (write.fixedHome != 0) {
            write.home = write.fixedHome;
        } else if (write.id != 0) {
            Integer copied = moved.get(write.homeId);
            write.home = copied != null ? copied : owner.homeOf(write.homeId);
        }
    }

    private void completeWritten() {
        for (Write write : unforced) {
            if (write.wait == Write.Wait.WRITTEN) {
                write.done.complete(null);
            }
        }
    }

    private void force() throws IOException {
        if (!unforced.isEmpty()) {
            Objects.requireNonNull(active).force();
            settled();
        }
    }

    /** All that was written is forced now. */
    private void settled() {
        List<Write> writes = unforced;
        unforced = new ArrayList<>();
        unforcedSince = Long.MAX_VALUE;
        moved.clear();
        owner.forced(writes);
        for (Write write : writes) {
            write.done.complete(null);
        }
    }

    /** SAFETY 7: nothing is tried again in this segment. {@code rest} was not written at all. */
    private void fail(IOException why, List<Write> rest) {
        SegmentWriter failed = active;
        active = null;
        activeNumber = 0;
        moved.clear();
        if (failed != null) {
            failed.segment.end = failed.forcedEnd();
            owner.voided(failed.segment, failed.forcedEnd());
        }
        List<Write> lost =
                unforced.stream().filter(w -> w.wait == Write.Wait.FORCED).toList();
        unforced.removeAll(lost);
        IOException said = new IOException("the queue's log cannot be written: " + why.getMessage(), why);
        List<Write> waiting = List.copyOf(rest);
        try {
            open(List.copyOf(unforced), true);
        } catch (IOException e) {
            broken(said.getMessage() + "; nor can a new segment be begun: " + e.getMessage());
            refuse(waiting);
            waiting = List.of();
        }
        lost.forEach(write -> write.done.completeExceptionally(said));
        if (!waiting.isEmpty()) {
            process(waiting);
        }
    }

    private void broken(String text) {
        active = null;
        activeNumber = 0;
        trouble = text;
        lastTrial = System.nanoTime();
        unforcedSince = Long.MAX_VALUE;
        for (Write write : unforced) {
            write.done.completeExceptionally(new IOException(text));
        }
    }

    /** While nothing can be written: who waits is told, the rest waits for better times. */
    private void refuse(List<Write> writes) {
        for (Write write : writes) {
            write.done.completeExceptionally(new IOException(trouble));
            if (write.wait == Write.Wait.NOTHING) {
                unforced.add(write);
            }
        }
    }

    /** After trouble: another new segment, with all that waited. */
    private boolean reopen() {
        if (System.nanoTime() - lastTrial < options.retryAfter().toNanos()) {
            return false;
        }
        try {
            open(List.copyOf(unforced), true);
            return true;
        } catch (IOException e) {
            broken("the queue's log cannot be written: " + e.getMessage());
            return false;
        }
    }

    /**
     * Begins the next segment; what was open is forced or void already, and stays open where this fails.
     *
     * @param first records that become part of it before it exists for recovery
     * @param maySpare whether the reserve may be used
     */
    private void open(List<Write> first, boolean maySpare) throws IOException {
        Write start = Write.of(RecordType.START, 0, owner.start(), Write.Wait.FORCED);
        long needed = SegmentHeader.AREA_BYTES + (long) start.bytes();
        for (Write write : first) {
            needed += write.bytes();
        }
        int size = Math.toIntExact(Math.max(options.segmentBytes(), needed));
        SegmentWriter writer;
        boolean spare = false;
        try {
            removeStale();
            writer = fill(disk.create(NEXT, size), size, NEXT, start, first);
        } catch (IOException e) {
            if (!maySpare || !spareReady) {
                throw e;
            }
            spareReady = false;
            writer = fill(disk.open(SPARE, true), options.segmentBytes(), SPARE, start, first);
            spare = true;
        }
        active = writer;
        activeNumber = writer.segment.number();
        onSpare = spare;
        trouble = "";
        owner.opened(writer.segment);
        unforced = new ArrayList<>(first);
        settled();
    }

    private void removeStale() throws IOException {
        if (disk.list(QueueFolder.LOG).contains(NEXT.substring(NEXT.indexOf('/') + 1))) {
            disk.delete(NEXT);
        }
    }

    /** Writes a whole new segment under another name, forces it, gives it its name and forces that (SAFETY 10). */
    private SegmentWriter fill(Disk.Handle file, int size, String name, Write start, List<Write> first)
            throws IOException {
        SegmentHeader header =
                new SegmentHeader(nextNumber++, generation, random.nextLong(), random.nextLong(), options.version());
        Segment segment = new Segment(header, file, SegmentHeader.AREA_BYTES);
        boolean named = false;
        try {
            file.write(header.encode(), 0);
            SegmentWriter writer = new SegmentWriter(segment, size, buffer);
            moved.clear();
            writer.put(start);
            for (Write write : first) {
                put(writer, write);
            }
            writer.force();
            disk.rename(name, segment.name);
            named = true;
            disk.forceFolder(QueueFolder.LOG);
            return writer;
        } catch (IOException e) {
            // the writer that stays in use has the same buffer
            buffer.clear();
            if (named) {
                // it may be there after a crash or not: it is known, and the next one says that nothing in it counts
                owner.opened(segment);
                owner.voided(segment, SegmentHeader.AREA_BYTES);
            } else {
                file.close();
            }
            throw e;
        }
    }

    /** Waits until all that was handed in before is forced. */
    void barrier() throws IOException {
        Write barrier = Write.of(RecordType.BARRIER, 0, new Encoder(), Write.Wait.FORCED);
        add(barrier);
        await(barrier.done);
    }

    /** Waits, whatever interrupts: what is handed in cannot be taken back, and its author must know what became of it. */
    static void await(CompletableFuture<Void> done) throws IOException {
        try {
            done.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof QueueFullException full) {
                throw new QueueFullException(String.valueOf(full.getMessage()));
            }
            throw new IOException(cause == null ? e.getMessage() : cause.getMessage(), cause);
        }
    }

    /** Writes and forces what was handed in, and a last record that proves it: the next start has nothing to mend. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        try {
            barrier();
            barrier();
        } catch (IOException e) {
            failure = e;
        }
        lock.lock();
        try {
            closing = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        awaitEnd(committer);
        // whoever writes in its stead ends too: what it writes was handed in before
        writing.lock();
        try {
            activeNumber = 0;
        } finally {
            writing.unlock();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits for the end of a thread that has been told to end; an interrupt is kept for later. */
    static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
