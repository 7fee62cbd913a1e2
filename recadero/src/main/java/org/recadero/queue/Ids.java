package org.recadero.queue;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * What new messages are called. Queue ids only go up, and are reserved in the log far ahead (a {@code MARK} record, and the
 * START record of each segment), so that after a crash none comes again (CONTRACTS, SAFETY 14). Any thread; guarded by the
 * catalog's lock.
 */
final class Ids {
    /** Ids are 1 to this apart, so that they tell little about how much mail there is. */
    private static final int MOST_STEP = 256;
    /** How far ids are reserved in the log, about a thousand messages. */
    private static final long RESERVE = 1L << 17;

    private final Catalog catalog;
    private final RandomGenerator random;

    // guarded by the catalog's lock
    private long lastId;
    private long reservedTo;
    private long wantsReserved;
    private @Nullable CompletableFuture<Void> reserving;

    /** @param lastId up to here ids may have been used; the first segment of this run reserves those that follow */
    Ids(Catalog catalog, RandomGenerator random, long lastId) {
        this.catalog = Objects.requireNonNull(catalog);
        this.random = Objects.requireNonNull(random);
        this.lastId = lastId;
        this.reservedTo = lastId + RESERVE;
        this.wantsReserved = reservedTo;
    }

    /** The next id: never used before, reserved in the log (CONTRACTS, SAFETY 14). Not for who holds the catalog's lock. */
    QueueId next(Log log) throws IOException {
        while (true) {
            CompletableFuture<Void> reservation;
            catalog.lock.lock();
            try {
                long candidate = lastId + 1 + random.nextInt(MOST_STEP);
                CompletableFuture<Void> running = reserving;
                if (candidate > reservedTo - RESERVE / 2 && running == null) {
                    running = reserve(log);
                }
                if (candidate <= reservedTo) {
                    lastId = candidate;
                    return QueueId.of(candidate);
                }
                reservation = Objects.requireNonNull(running);
            } finally {
                catalog.lock.unlock();
            }
            Log.await(reservation);
        }
    }

    private CompletableFuture<Void> reserve(Log log) {
        long to = reservedTo + RESERVE;
        wantsReserved = to;
        Write write = Write.of(
                RecordType.MARK,
                0,
                new Encoder().i64(to),
                Write.Wait.FORCED,
                (segment, offset, bytes) -> reservedTo = to);
        CompletableFuture<Void> reservation = write.done.whenComplete((nothing, failure) -> {
            catalog.lock.lock();
            try {
                reserving = null;
            } finally {
                catalog.lock.unlock();
            }
        });
        reserving = reservation;
        log.add(write);
        return reservation;
    }

    /** Up to which id the next segment's START record reserves them. Under the catalog's lock. */
    long wantsReserved() {
        return wantsReserved;
    }

    /** The random id of a new message (SAFETY 16). */
    SubmissionId random() {
        return new SubmissionId(random.nextLong(), random.nextLong());
    }
}
