package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.recadero.envelope.QueueId;

/**
 * What an administrator changes of messages. A {@link Queue.Change} is written and forced before it is answered (SAFETY 13);
 * that mail is due at once is only kept in memory.
 *
 * <p>Any thread, but none that holds the catalog's lock. From its first look until its change is forced a message is frozen
 * ({@link Catalog#freeze}): no new attempt begins, and outcomes and other changes wait. The catalog's lock itself is not held
 * while the disk works.
 */
final class Changes {
    private final Catalog catalog;
    private final Log log;
    private final Housekeeping housekeeping;
    private final QueueTime time;
    private final Ids ids;

    Changes(Catalog catalog, Log log, Housekeeping housekeeping, QueueTime time, Ids ids) {
        this.catalog = Objects.requireNonNull(catalog);
        this.log = Objects.requireNonNull(log);
        this.housekeeping = Objects.requireNonNull(housekeeping);
        this.time = Objects.requireNonNull(time);
        this.ids = Objects.requireNonNull(ids);
    }

    /** False where the message is not here, or stands so already. */
    boolean change(QueueId id, Queue.Change change) throws IOException {
        int slot = catalog.lockSettled(id.number());
        try {
            if (slot == Index.NONE) {
                return false;
            }
            catalog.freeze(slot);
        } finally {
            catalog.lock.unlock();
        }
        try {
            return switch (change) {
                case DELETE -> delete(id);
                case HOLD -> alter(id, Standing.HELD, true, false);
                case RELEASE -> alter(id, Standing.HELD, false, true);
                case EXPIRE -> alter(id, Standing.EXPIRED, true, true);
                case REQUEUE -> requeue(id);
            };
        } finally {
            catalog.thaw(id.number());
        }
    }

    private boolean delete(QueueId id) throws IOException {
        Write.Applied removed = housekeeping.removed(id.number());
        Write write =
                Write.of(RecordType.GONE, id.number(), new Encoder(), Write.Wait.FORCED, (segment, offset, bytes) -> {
                    int slot = catalog.index.find(id.number());
                    if (slot != Index.NONE) {
                        housekeeping.punchOut(catalog.index.place(slot));
                    }
                    removed.at(segment, offset, bytes);
                });
        log.add(write);
        Log.await(write.done);
        return true;
    }

    /** Under the lock. */
    private int liveSlot(QueueId id) {
        int slot = catalog.live(id.number());
        if (slot == Index.NONE) {
            throw new NoSuchElementException("message " + id + " is gone while it is being changed");
        }
        return slot;
    }

    /** Sets or clears a flag; false where it stands so already. */
    private boolean alter(QueueId id, int flag, boolean on, boolean dueNow) throws IOException {
        Write write;
        catalog.lock.lock();
        try {
            int slot = liveSlot(id);
            Standing before = catalog.index.standing(slot);
            int flags = on ? before.flags() | flag : before.flags() & ~flag;
            if (flag == Standing.REQUEUE) {
                // as requeuing at once would; a hold that comes later stays
                flags &= ~Standing.HELD;
            }
            if (flags == before.flags()) {
                return false;
            }
            long due = dueNow ? Math.min(before.due(), time.now()) : before.due();
            Standing after = new Standing(flags, before.attempts(), due);
            Encoder meta = new Encoder();
            after.encode(meta);
            write = Write.of(RecordType.CHANGE, id.number(), meta, Write.Wait.FORCED, (segment, offset, bytes) -> {
                int now = catalog.live(id.number());
                if (now != Index.NONE) {
                    catalog.index.standing(now, after);
                }
            });
            log.add(write);
        } finally {
            catalog.lock.unlock();
        }
        Log.await(write.done);
        return true;
    }

    /** Writes the message again under a new id; a claimed one only once it is released. */
    private boolean requeue(QueueId id) throws IOException {
        Catalog.Located located;
        catalog.lock.lock();
        try {
            int slot = liveSlot(id);
            located = catalog.index.is(slot, Index.ACTIVE) ? null : catalog.locate(slot);
        } finally {
            catalog.lock.unlock();
        }
        if (located == null) {
            return alter(id, Standing.REQUEUE, true, false);
        }
        try (located) {
            Catalog.Read read = located.read();
            long newId = ids.next(log).number();
            ByteBuffer content = RecordReader.single(located.segment()).content(located.offset(), read.header());
            Progress progress = read.progress();
            progress.requeued();
            Standing standing =
                    new Standing(located.standing.flags() & (Standing.WARNED | Standing.WAITED), 0, time.now());
            MessageMeta meta = read.meta().with(standing, progress, id.number());
            Write write = Write.copy(
                    newId,
                    id.number(),
                    meta.encode(),
                    content,
                    read.header().contentCrc(),
                    Write.Wait.FORCED,
                    (segment, offset, bytes) -> {
                        int old = catalog.index.find(id.number());
                        if (old != Index.NONE) {
                            catalog.remove(old, time.now(), log);
                        }
                        catalog.taken.add(meta.submission(), newId);
                        catalog.lineUp(catalog.add(newId, segment, offset, bytes, meta));
                        catalog.dueNotice.owe();
                    });
            log.add(write);
            Log.await(write.done);
        }
        return true;
    }

    /** Makes due what waits for its time and is selected; returns how many messages that were. */
    int makeDue(MessageReader messages, Predicate<QueuedMessage> selector) throws IOException {
        int count = 0;
        for (long id : messages.idsByArrival()) {
            Optional<QueuedMessage> message;
            try {
                message = waits(id) ? messages.find(QueueId.of(id)) : Optional.empty();
            } catch (IOException e) {
                catalog.warn("message " + QueueId.of(id) + " cannot be read: " + e.getMessage());
                continue;
            }
            if (message.isPresent() && selector.test(message.get()) && makeDue(id)) {
                count++;
            }
        }
        if (count > 0) {
            catalog.dueNotice.tell();
        }
        return count;
    }

    private boolean waits(long id) {
        catalog.lock.lock();
        try {
            int slot = catalog.live(id);
            int not = Index.ACTIVE | Index.FROZEN | Index.DAMAGED | Standing.HELD;
            return slot != Index.NONE && !catalog.index.is(slot, not) && catalog.index.due(slot) > time.now();
        } finally {
            catalog.lock.unlock();
        }
    }

    /** Not recorded: after a crash it waits for its old time again. */
    private boolean makeDue(long id) {
        catalog.lock.lock();
        try {
            int slot = catalog.live(id);
            if (slot == Index.NONE || !waits(id)) {
                return false;
            }
            catalog.index.due(slot, time.now());
            return true;
        } finally {
            catalog.lock.unlock();
        }
    }
}
