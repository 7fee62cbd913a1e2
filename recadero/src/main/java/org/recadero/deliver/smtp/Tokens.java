package org.recadero.deliver.smtp;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.recadero.net.sasl.Secret;
import org.recadero.route.TokenSource;
import org.recadero.table.LatestMap;

/**
 * The OAuth tokens of accounts. What a command printed is kept until a server refuses it; a file is read each time, since whoever
 * renews it says nothing. Of one source one fetch runs at a time. Safe for all threads.
 */
final class Tokens {
    private static final int MOST = 1_000;

    /** Gets a token from where it comes. */
    @FunctionalInterface
    interface Fetcher {
        Fetched fetch(TokenSource source);
    }

    /** What came of it. */
    sealed interface Fetched {
        record Got(Secret token) implements Fetched {}

        /** @param why without anything that was read or printed */
        record Failed(String why) implements Fetched {}
    }

    /** Locked while it is fetched. */
    private static final class Slot {
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable Secret token;
    }

    private final Fetcher fetcher;
    private final Map<TokenSource, Slot> known = LatestMap.byUse(MOST);

    Tokens(Fetcher fetcher) {
        this.fetcher = Objects.requireNonNull(fetcher);
    }

    private Slot slot(TokenSource source) {
        synchronized (known) {
            return known.computeIfAbsent(source, s -> new Slot());
        }
    }

    /** A token to log in with. */
    Fetched current(TokenSource source) {
        Slot slot = slot(source);
        slot.lock.lock();
        try {
            Secret token = slot.token;
            return token != null && source instanceof TokenSource.OfCommand
                    ? new Fetched.Got(token)
                    : fetch(slot, source);
        } finally {
            slot.lock.unlock();
        }
    }

    /** Another one than the one that a server refused; the same again where there is none. */
    Fetched fresher(TokenSource source, Secret refused) {
        Slot slot = slot(source);
        slot.lock.lock();
        try {
            Secret token = slot.token;
            // somebody else may have fetched it already
            return token != null && !token.equals(refused) ? new Fetched.Got(token) : fetch(slot, source);
        } finally {
            slot.lock.unlock();
        }
    }

    private Fetched fetch(Slot slot, TokenSource source) {
        Fetched fetched = fetcher.fetch(source);
        if (fetched instanceof Fetched.Got(Secret token)) {
            slot.token = token;
        }
        return fetched;
    }
}
