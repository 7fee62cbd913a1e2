package org.recadero.dispatch;

import java.time.Duration;
import java.util.Map;
import org.recadero.envelope.QueueId;
import org.recadero.queue.QueuedMessage;
import org.recadero.table.LatestMap;

/**
 * How much of a message's age it has spent waiting for a way out: that does not count against its lifetime (SAFETY 30). Between
 * two attempts it waited if the second one found no way. Safe for all threads.
 *
 * <p>Kept in memory. The queue remembers only that a message has waited; after a start all its age until then counts as waited:
 * mail rather stays too long than goes too early. At most {@value #MOST} messages are known; the same goes for what was forgotten.
 */
final class Lifetimes {
    private static final int MOST = 200_000;

    private record Spent(Duration waited, Duration seenAt) {}

    private final Map<QueueId, Spent> known = LatestMap.byAge(MOST);

    /**
     * Notes an attempt and says how old the message is without what it waited.
     *
     * @param age all of it, now
     * @param foundNoWay whether this attempt could ask nobody
     */
    synchronized Duration age(QueuedMessage message, Duration age, boolean foundNoWay) {
        Spent before = known.get(message.id());
        if (before == null) {
            if (!foundNoWay && !message.waited()) {
                return age;
            }
            before = message.waited() ? new Spent(age, age) : new Spent(Duration.ZERO, Duration.ZERO);
        }
        Duration since = age.minus(before.seenAt);
        Duration waited = foundNoWay && !since.isNegative() ? before.waited.plus(since) : before.waited;
        known.put(message.id(), new Spent(waited, age));
        Duration left = age.minus(waited);
        return left.isNegative() ? Duration.ZERO : left;
    }

    synchronized void forget(QueueId id) {
        known.remove(id);
    }
}
