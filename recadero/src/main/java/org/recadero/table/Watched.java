package org.recadero.table;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a table's files say. Each question looks whether they have changed, and if so they are read anew: mail that comes after
 * newaliases(1) ended must not go by the old table.
 *
 * <p>Safe for all threads: the state is immutable and replaced as a whole under the lock; while one thread reads anew the others wait.
 *
 * @param <S> what is seen of the files without reading them
 * @param <C> what was read
 */
final class Watched<S, C> {
    /** A file younger than this may change again within its time stamp. */
    private static final Duration SETTLED = Duration.ofMillis(50);

    /**
     * What was read.
     *
     * @param seen when it was
     * @param settled whether it is good until something else is seen; else it is read again for the next question
     */
    record State<S, C>(C contents, S seen, boolean settled) {}

    /** The files. */
    interface Source<S, C> {
        S look() throws IOException;

        /** @param before what was seen when they were read the last time: of what is the same, one was warned then */
        State<S, C> read(S seen, Optional<S> before) throws IOException;

        /** In place of what cannot be read. */
        State<S, C> broken(IOException why);
    }

    private final String name;
    private final Source<S, C> source;
    private final TableLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable State<S, C> state;

    /** @param name of the table, for the log */
    Watched(String name, Source<S, C> source, TableLog log) {
        this.name = Objects.requireNonNull(name);
        this.source = Objects.requireNonNull(source);
        this.log = Objects.requireNonNull(log);
    }

    /** Whether a file that changed then will not change again unseen. */
    static boolean isSettled(IndexStamp.Source file, Instant now) {
        Instant changed = Instant.EPOCH.plusNanos(file.mtimeNanos());
        return Duration.between(changed, now).abs().compareTo(SETTLED) > 0;
    }

    /** As it is now. */
    C contents() {
        State<S, C> now = state;
        if (now != null && now.settled && isAsBefore(now)) {
            return now.contents;
        }
        lock.lock();
        try {
            State<S, C> fresh = refreshed(state);
            state = fresh;
            return fresh.contents;
        } finally {
            lock.unlock();
        }
    }

    private boolean isAsBefore(State<S, C> known) {
        try {
            return known.seen.equals(source.look());
        } catch (IOException e) {
            return false;
        }
    }

    private State<S, C> refreshed(@Nullable State<S, C> known) {
        try {
            S seen = source.look();
            if (known != null && known.settled && known.seen.equals(seen)) {
                return known;
            }
            State<S, C> fresh = source.read(seen, Optional.ofNullable(known).map(State::seen));
            if (known != null && !known.seen.equals(fresh.seen)) {
                log.info("table " + name + " has changed");
            }
            return fresh;
        } catch (IOException e) {
            return source.broken(e);
        }
    }
}
