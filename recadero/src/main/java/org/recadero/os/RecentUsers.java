package org.recadero.os;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A user database that remembers for {@link #FRESH} whom it found: one message asks for its recipient several times over, and a burst
 * thousands of times. That there is no such user, or that the database cannot be asked, is never remembered. Safe for all threads.
 */
public final class RecentUsers implements UserDatabase {
    /** How long an answer is good; a user who is changed or deleted is seen as he was for so long. */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** Of each kind. */
    private static final int MOST = 500;

    private final UserDatabase database;
    private final LongSupplier nanoTime;
    private final Memory<String, User> names = new Memory<>();
    private final Memory<Integer, User> uids = new Memory<>();
    private final Memory<User, Identity> identities = new Memory<>();

    /** @param nanoTime nanoseconds that never go back, as System.nanoTime */
    public RecentUsers(UserDatabase database, LongSupplier nanoTime) {
        this.database = Objects.requireNonNull(database);
        this.nanoTime = Objects.requireNonNull(nanoTime);
    }

    @FunctionalInterface
    private interface Question<V> {
        Optional<V> ask() throws UserDatabaseException;
    }

    private final class Memory<K, V> {
        private record Answer<V>(V value, long at) {}

        private final Map<K, Answer<V>> answers = new LinkedHashMap<>();

        Optional<V> get(K key, Question<V> question) throws UserDatabaseException {
            long now = nanoTime.getAsLong();
            synchronized (answers) {
                Answer<V> known = answers.get(key);
                if (known != null && now - known.at() < FRESH.toNanos()) {
                    return Optional.of(known.value());
                }
            }
            // nobody waits here for another's question: it may take half a minute
            Optional<V> value = question.ask();
            synchronized (answers) {
                answers.remove(key);
                value.ifPresent(v -> answers.put(key, new Answer<>(v, now)));
                if (answers.size() > MOST) {
                    answers.remove(answers.keySet().iterator().next());
                }
            }
            return value;
        }
    }

    @Override
    public Optional<User> byName(String name) throws UserDatabaseException {
        return names.get(name, () -> database.byName(name));
    }

    @Override
    public Optional<User> byUid(int uid) throws UserDatabaseException {
        return uids.get(uid, () -> database.byUid(uid));
    }

    @Override
    public Optional<Integer> groupByName(String name) throws UserDatabaseException {
        return database.groupByName(name);
    }

    @Override
    public Identity identity(User user) throws UserDatabaseException {
        return identities.get(user, () -> Optional.of(database.identity(user))).orElseThrow();
    }
}
