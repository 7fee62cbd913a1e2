package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * {@link Queue} as a log of segments with an index in memory.
 *
 * <p>How it hangs together: {@link Catalog} holds what is in the queue, {@link Log} writes, {@link Recovery} reads it all at a
 * start, {@link Housekeeping} gives disk space back. New mail comes in through {@link Room} (is there any?), {@link Ids} and
 * {@link Commits}, {@link MessageReader} shows it, {@link Changes} are an administrator's. Claims and outcomes are here. There
 * is one way for whatever happens: under the catalog's lock a record is handed to the log (so that the log has them in the
 * order in which they happened), and when it is forced the catalog learns where it lies. What somebody was promised (a commit,
 * a change) shows only then; outcomes show at once and are forced within a second.
 *
 * <p>Recovery reads headers and meta of all records and passes over content, so that a start costs little. A record says how far
 * its segment was forced when it was written; only what lies behind the last such mark can be torn, and there content is checked
 * too, and written anew in the first segment of the new run before anybody hears of it: what the last run could not prove to be
 * on disk, this one does not believe either. Content before that is checked whenever it is read.
 *
 * <p>Any thread may call; none is ever harmed by an interrupt (SAFETY 11). Two platform threads: the committer and the
 * housekeeper. {@code docs/architecture.md} has the crash-state table.
 */
public final class SegmentLogQueue implements Queue {
    private static final int MOST_LISTED = 20;
    private static final Duration LONGEST_BACK_OFF = Duration.ofDays(3_650);

    private final Catalog catalog;
    private final Disk disk;
    private final QueueTime time;
    private final AutoCloseable lease;
    private final Ids ids;
    private final MessageReader messages;
    /** Null where the queue is open for reading only. */
    private final @Nullable Writer writer;

    private volatile boolean closed;

    /** What only a queue has that is written. */
    private record Writer(Log log, Housekeeping housekeeping, Room room, Commits commits, Changes changes) {}

    private SegmentLogQueue(Disk disk, QueueClock clock, QueueOptions options, AutoCloseable lease, boolean readOnly)
            throws IOException {
        this.disk = disk;
        this.lease = lease;
        this.catalog = new Catalog(options);
        SecureRandom random = new SecureRandom();
        Recovery recovery = new Recovery(disk, catalog, clock, random);
        Recovery.Found found = recovery.read();
        this.time = found.time();
        this.ids = new Ids(catalog, random, found.lastId());
        this.messages = new MessageReader(catalog, disk, time);
        if (readOnly) {
            this.writer = null;
            recovery.finishReading();
            return;
        }
        Log log = new Log(disk, new LogOwner(), options, found.generation(), found.nextNumber(), random);
        Housekeeping housekeeping = new Housekeeping(disk, catalog, log, time, options);
        Room room = new Room(disk, catalog, options, log, housekeeping);
        Commits commits = new Commits(catalog, log, time, ids);
        Changes changes = new Changes(catalog, log, housekeeping, time, ids);
        this.writer = new Writer(log, housekeeping, room, commits, changes);
        recovery.mend(log);
        housekeeping.start();
    }

    /**
     * Opens the queue for the daemon, or for a command while the daemon is down; makes its folders where they are missing.
     *
     * @throws QueueLockedException where another process has it
     * @throws QueueFormatException where another version wrote it; then nothing was touched
     */
    public static SegmentLogQueue open(QueueSettings settings, QueueClock clock) throws IOException {
        QueueFolder.make(settings);
        QueueLock lock = QueueLock.take(settings.folder(), true);
        return open(lock, () -> {
            Disk disk = new LinuxDisk(settings.files(), settings.folder());
            QueueFolder.makeParts(settings.folder(), disk);
            return new SegmentLogQueue(disk, clock, QueueOptions.of(settings), lock, false);
        });
    }

    /**
     * Opens it for reading: browse, find, openContent, taken, stats. Changes nothing on disk, and shares the lock with other
     * readers; a torn tail is passed over.
     *
     * @throws QueueLockedException where another process writes to it
     */
    public static SegmentLogQueue openReading(QueueSettings settings, QueueClock clock) throws IOException {
        QueueLock lock = QueueLock.take(settings.folder(), false);
        return open(
                lock,
                () -> new SegmentLogQueue(
                        new LinuxDisk(settings.files(), settings.folder()),
                        clock,
                        QueueOptions.of(settings),
                        lock,
                        true));
    }

    /** The process that has the queue, reading or writing; empty where none has, or it cannot be told. */
    public static Optional<Long> holder(Path folder) {
        return QueueLock.holder(folder.resolve(QueueLock.FILE_NAME));
    }

    /** For tests: on any disk, without a lock. */
    static SegmentLogQueue open(Disk disk, QueueClock clock, QueueOptions options, boolean readOnly)
            throws IOException {
        return new SegmentLogQueue(disk, clock, options, () -> {}, readOnly);
    }

    private interface Opening {
        SegmentLogQueue open() throws IOException;
    }

    private static SegmentLogQueue open(QueueLock lock, Opening opening) throws IOException {
        boolean opened = false;
        try {
            SegmentLogQueue queue = opening.open();
            opened = true;
            return queue;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private Writer writer() throws IOException {
        if (writer == null) {
            throw new IOException("the queue is open for reading only");
        }
        if (closed) {
            throw new IOException("the queue is closed");
        }
        return writer;
    }

    private Log log() throws IOException {
        return writer().log();
    }

    // ---- the way in

    @Override
    public Intake begin() throws IOException {
        Writer to = writer();
        to.room().requireForAnother();
        Instant arrival = time.wallNow();
        return new SegmentIntake(to.room(), to.commits(), ids.next(to.log()), arrival, time.now());
    }

    @Override
    public Optional<QueueId> taken(SubmissionId submission) {
        catalog.lock.lock();
        try {
            return Optional.ofNullable(catalog.taken.find(submission)).map(QueueId::of);
        } finally {
            catalog.lock.unlock();
        }
    }

    private Encoder stamped() {
        Encoder out = new Encoder();
        time.stamp().encode(out);
        return out;
    }

    /** What the log tells the queue; in the thread that writes. */
    private final class LogOwner implements Log.Owner {
        @Override
        public Encoder start() {
            Encoder out = new Encoder();
            catalog.lock.lock();
            try {
                out.i64(ids.wantsReserved());
                time.stamp().encode(out);
                out.count(catalog.voids.size());
                catalog.voids.forEach((segment, from) -> out.i32(segment).i32(from));
                catalog.taken.encode(out);
            } finally {
                catalog.lock.unlock();
            }
            return out;
        }

        @Override
        public @Nullable Encoder newTime() {
            return time.tookStep() ? stamped() : null;
        }

        @Override
        public int homeOf(long id) {
            catalog.lock.lock();
            try {
                int slot = catalog.index.find(id);
                return slot == Index.NONE ? 0 : Index.segmentOf(catalog.index.place(slot));
            } finally {
                catalog.lock.unlock();
            }
        }

        @Override
        public void forced(List<Write> writes) {
            boolean tell;
            catalog.lock.lock();
            try {
                for (Write write : writes) {
                    Segment segment = Objects.requireNonNull(write.segment);
                    if (write.home != 0 && write.home != segment.number()) {
                        segment.about.add(write.home);
                    }
                    write.applied.at(segment, write.offset, write.bytes());
                }
                tell = catalog.dueNotice.takeOwed();
            } finally {
                catalog.lock.unlock();
            }
            if (tell) {
                try {
                    catalog.dueNotice.tell();
                } catch (RuntimeException e) {
                    // the log goes on, whatever others do
                    catalog.warn("who waits for due mail failed: " + e);
                }
            }
            if (writer != null) {
                writer.housekeeping().look();
            }
        }

        @Override
        public void opened(Segment segment) {
            catalog.lock.lock();
            try {
                catalog.segments.put(segment.number(), segment);
            } finally {
                catalog.lock.unlock();
            }
        }

        @Override
        public void voided(Segment segment, int from) {
            catalog.lock.lock();
            try {
                segment.voidFrom = Math.min(segment.voidFrom, from);
                catalog.voids.put(segment.number(), segment.voidFrom);
            } finally {
                catalog.lock.unlock();
            }
            catalog.warn(segment.name + " could not be written on; it counts up to offset " + from);
        }
    }

    // ---- claims and outcomes

    @Override
    public List<QueuedMessage> claimDue(int most) throws IOException {
        Log writing = log();
        if (!writing.trouble().isEmpty()) {
            try {
                // maybe it can be mended meanwhile
                writing.barrier();
            } catch (IOException e) {
                // outcomes could not be recorded: mail would go out again after a restart
                return List.of();
            }
        }
        List<Catalog.Located> claimed = new ArrayList<>();
        catalog.lock.lock();
        try {
            long now = time.now();
            while (claimed.size() < most) {
                int slot = catalog.index.first();
                if (slot == Index.NONE || catalog.index.due(slot) > now) {
                    break;
                }
                catalog.index.takeFromLine(slot);
                catalog.index.set(slot, Index.ACTIVE, true);
                claimed.add(catalog.locate(slot));
            }
        } finally {
            catalog.lock.unlock();
        }
        List<QueuedMessage> messages = new ArrayList<>();
        for (Catalog.Located located : claimed) {
            claim(located).ifPresent(messages::add);
        }
        return messages;
    }

    private Optional<QueuedMessage> claim(Catalog.Located located) throws IOException {
        try (located) {
            Catalog.Read read = located.read();
            catalog.lock.lock();
            try {
                if (catalog.live(located.id) == Index.NONE) {
                    return Optional.empty();
                }
                catalog.progress.putIfAbsent(located.id, read.progress().copy());
            } finally {
                catalog.lock.unlock();
            }
            return Optional.of(messages.message(located, read));
        } catch (IOException | RuntimeException e) {
            damaged(located.id, e);
            return Optional.empty();
        }
    }

    /** It stays, and its bytes stay, but nobody gets it. */
    private void damaged(long id, Exception why) {
        catalog.warn("message " + QueueId.of(id) + " cannot be read and is kept back: " + why.getMessage());
        catalog.lock.lock();
        try {
            int slot = catalog.live(id);
            if (slot != Index.NONE) {
                catalog.index.takeFromLine(slot);
                catalog.index.set(slot, Index.ACTIVE, false);
                catalog.index.set(slot, Index.DAMAGED, true);
            }
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public Optional<Instant> nextDue() {
        catalog.lock.lock();
        try {
            int slot = catalog.index.first();
            return slot == Index.NONE ? Optional.empty() : Optional.of(time.wallOf(catalog.index.due(slot)));
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public void onDue(Runnable listener) {
        catalog.dueNotice.listener(listener);
    }

    @Override
    public boolean mayAttempt(QueueId id) {
        catalog.lock.lock();
        try {
            int slot = catalog.live(id.number());
            int not = Index.FROZEN | Standing.HELD | Standing.REQUEUE;
            return slot != Index.NONE && catalog.index.is(slot, Index.ACTIVE) && !catalog.index.is(slot, not);
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public InputStream openContent(QueueId id) throws IOException {
        return messages.openContent(id);
    }

    @Override
    public Note begun(QueueId id, int recipient, String place) throws IOException {
        Encoder meta = new Encoder().count(recipient).text(place);
        Write write = note(id, recipient, progress -> progress.begun(recipient, place), RecordType.BEGUN, meta);
        if (write == null) {
            throw new IOException("there is no message " + id + " any more");
        }
        return () -> Log.await(write.done);
    }

    @Override
    public void done(QueueId id, int recipient) throws IOException {
        note(id, recipient, progress -> progress.done(recipient), RecordType.DONE, new Encoder().count(recipient));
    }

    @Override
    public void reached(QueueId id, int recipient, Set<SubmissionId> parts) throws IOException {
        Encoder meta = Progress.encode(new Encoder().count(recipient), parts);
        note(id, recipient, progress -> progress.reached(recipient, parts), RecordType.REACHED, meta);
    }

    @Override
    public void deferred(QueueId id, int recipient, String reason) throws IOException {
        if (log().isScarce()) {
            int slot = catalog.lockSettled(id.number());
            try {
                if (slot != Index.NONE) {
                    Progress progress = catalog.progressOf(slot);
                    progress.check(recipient);
                    progress.deferred(recipient, reason);
                    catalog.letGo(id.number(), progress);
                }
            } finally {
                catalog.lock.unlock();
            }
            return;
        }
        Encoder meta = new Encoder().count(recipient).text(reason);
        note(id, recipient, progress -> progress.deferred(recipient, reason), RecordType.DEFERRED, meta);
    }

    /** Notes something of one recipient, in memory and in the log; null where the message is gone: deleted meanwhile. */
    private @Nullable Write note(QueueId id, int recipient, Consumer<Progress> change, RecordType type, Encoder meta)
            throws IOException {
        Log writing = log();
        int slot = catalog.lockSettled(id.number());
        try {
            if (slot == Index.NONE) {
                return null;
            }
            Progress progress = catalog.progressOf(slot);
            progress.check(recipient);
            change.accept(progress);
            if (!catalog.index.is(slot, Index.ACTIVE)) {
                // nobody keeps it in memory: it must be found in one record
                return catalog.writeState(writing, slot, progress, Write.Wait.NOTHING);
            }
            Write.Wait wait = type == RecordType.BEGUN ? Write.Wait.WRITTEN : Write.Wait.NOTHING;
            progress.pending++;
            progress.isAhead = true;
            Write write = Write.of(type, id.number(), meta, wait, (s, o, b) -> catalog.settled(id.number(), progress));
            writing.add(write);
            return write;
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public void waited(QueueId id) throws IOException {
        int slot = catalog.lockSettled(id.number());
        try {
            if (slot != Index.NONE) {
                catalog.index.set(slot, Standing.WAITED, true);
            }
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public void warned(QueueId id) throws IOException {
        Log writing = log();
        int slot = catalog.lockSettled(id.number());
        try {
            if (slot != Index.NONE) {
                catalog.index.set(slot, Standing.WARNED, true);
                Encoder meta = new Encoder();
                catalog.index.standing(slot).encode(meta);
                writing.add(Write.of(RecordType.CHANGE, id.number(), meta, Write.Wait.NOTHING));
            }
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public boolean release(QueueId id, Duration backOff) throws IOException {
        return endClaim(id, backOff, 1);
    }

    @Override
    public boolean putOff(QueueId id, Duration until) throws IOException {
        return endClaim(id, until, 0);
    }

    private boolean endClaim(QueueId id, Duration backOff, int attempts) throws IOException {
        Writer to = writer();
        boolean requeue;
        boolean tell;
        int slot = catalog.lockSettled(id.number());
        try {
            if (slot == Index.NONE) {
                return true;
            }
            if (!catalog.index.is(slot, Index.ACTIVE)) {
                return false;
            }
            Progress progress = catalog.progressOf(slot);
            catalog.index.set(slot, Index.ACTIVE, false);
            if (progress.isAllDone()) {
                leave(to, slot);
                return true;
            }
            Standing before = catalog.index.standing(slot);
            requeue = (before.flags() & (Standing.REQUEUE | Standing.HELD)) == Standing.REQUEUE;
            long due = time.now() + clamp(backOff).toMillis();
            catalog.index.standing(
                    slot, new Standing(before.flags() & ~Standing.REQUEUE, before.attempts() + attempts, due));
            if (to.log().isScarce()) {
                // the last reserve is for what must not be forgotten: after a crash it is due at its old time
                catalog.letGo(id.number(), progress);
            } else {
                catalog.writeState(to.log(), slot, progress, Write.Wait.NOTHING);
            }
            catalog.lineUp(slot);
            tell = catalog.index.first() == slot;
        } finally {
            catalog.lock.unlock();
        }
        if (requeue) {
            change(id, Change.REQUEUE);
        } else if (tell) {
            catalog.dueNotice.tell();
        }
        return false;
    }

    private static Duration clamp(Duration backOff) {
        if (backOff.isNegative()) {
            return Duration.ZERO;
        }
        return backOff.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : backOff;
    }

    /** All is done; under the lock. */
    private void leave(Writer to, int slot) {
        long id = catalog.index.id(slot);
        catalog.index.leave(slot);
        Write.Applied removed = to.housekeeping().removed(id);
        to.log().add(Write.of(RecordType.GONE, id, new Encoder(), Write.Wait.NOTHING, removed));
    }

    // ---- looking

    @Override
    public Optional<QueuedMessage> find(QueueId id) throws IOException {
        return messages.find(id);
    }

    @Override
    public void browse(Consumer<QueuedMessage> reader) throws IOException {
        messages.browse(reader);
    }

    @Override
    public Load loadOf(int uid) {
        catalog.lock.lock();
        try {
            return catalog.index.load(uid);
        } finally {
            catalog.lock.unlock();
        }
    }

    @Override
    public Stats stats() {
        List<String> warnings = new ArrayList<>();
        if (writer != null) {
            Stream.of(writer.log().trouble(), writer.housekeeping().spareTrouble())
                    .filter(trouble -> !trouble.isEmpty())
                    .forEach(warnings::add);
        }
        warnings.addAll(catalog.warnings());
        warnings.addAll(setAside());
        catalog.lock.lock();
        try {
            Index index = catalog.index;
            return new Stats(index.size(), index.held(), index.totalBytes(), catalog.segments.size(), warnings);
        } finally {
            catalog.lock.unlock();
        }
    }

    /** What lies in corrupt/: an administrator should look, and delete it. */
    private List<String> setAside() {
        List<String> names;
        try {
            names = disk.list(QueueFolder.CORRUPT).stream().sorted().toList();
        } catch (IOException e) {
            return List.of("corrupt/ cannot be read: " + e.getMessage());
        }
        List<String> lines = new ArrayList<>(names.stream()
                .limit(MOST_LISTED)
                .map(name -> "set aside as damaged or left over: corrupt/" + name)
                .toList());
        if (names.size() > MOST_LISTED) {
            lines.add("and " + (names.size() - MOST_LISTED) + " more files in corrupt/");
        }
        return lines;
    }

    // ---- changes

    @Override
    public boolean change(QueueId id, Change change) throws IOException {
        return writer().changes().change(id, change);
    }

    @Override
    public int makeDue(Predicate<QueuedMessage> selector) throws IOException {
        return writer().changes().makeDue(messages, selector);
    }

    // ---- the end, and what tests ask for

    /** Waits until all that happened before is on disk. */
    void force() throws IOException {
        log().barrier();
    }

    /** Does at once what the housekeeper does in time. */
    void keepHouse() throws IOException {
        Objects.requireNonNull(writer).housekeeping().keepHouse();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        IOException failure = null;
        try {
            if (writer != null) {
                writer.commits().end();
                writer.housekeeping().close();
            }
        } catch (IOException e) {
            failure = e;
        }
        try {
            if (writer != null) {
                // whatever else failed: the committer must have ended before files are closed
                writer.log().add(Write.of(RecordType.TIME, 0, stamped(), Write.Wait.NOTHING));
                writer.log().close();
            }
        } catch (IOException e) {
            failure = e;
        }
        catalog.lock.lock();
        try {
            for (Segment segment : catalog.segments.values()) {
                segment.letGo();
            }
            catalog.segments.clear();
        } finally {
            catalog.lock.unlock();
        }
        try {
            lease.close();
        } catch (Exception e) {
            throw new IOException("the queue's lock cannot be given back", e);
        }
        if (failure != null) {
            throw failure;
        }
    }
}
