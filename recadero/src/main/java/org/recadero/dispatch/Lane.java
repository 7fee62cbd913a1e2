package org.recadero.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.ReversePath;

/**
 * The recipients that wait for one destination, and how many workers are at them. Guarded by the lanes' lock.
 *
 * <p>For a mailbox at most one worker serves a lane, so that what arrives meanwhile becomes its next batch: one lock and one
 * flush for all. For a next hop several do, as many as its {@link Window} allows.
 */
final class Lane {
    /** Recipients in one batch. */
    static final int MOST_RECIPIENTS = 50;

    /** Bytes of content in one batch, but for its first message. */
    static final long MOST_BYTES = 4L << 20;

    /** So many waiting recipients for each busy worker are worth another one. */
    private static final int FEW = 2;

    /** Somebody else's mail that comes first is passed over so often; what he looks for may wait behind it a little longer. */
    private static final int MOST_LOOKED_AT = 500;

    /** Recipients in one batch while not all workers that may be are at work: the sooner the destination shows what it takes. */
    private static final int SMALL_BATCH = 10;

    /** What makes a lane. */
    record Key(String transport, String destination) {}

    final Key key;
    final Agent agent;
    private final Function<Task, ReversePath> account;
    private final Deque<Task> waiting = new ArrayDeque<>();
    final Window window;
    private int workers;
    /** When the pause began that a worker keeps, by {@link Pacing}'s clock. */
    @Nullable
    Long endedNanos;

    /**
     * A lane in which nothing waits yet.
     *
     * @param account whose account a recipient's message goes through; asked with the lock held
     * @param probing whether the destination was not reached last: one batch shows whether it is now (SAFETY 30)
     */
    Lane(Key key, Agent agent, Function<Task, ReversePath> account, boolean probing) {
        this.account = Objects.requireNonNull(account);
        this.key = Objects.requireNonNull(key);
        this.agent = Objects.requireNonNull(agent);
        this.window = new Window(agent.limits(), probing);
    }

    /** Whether one more worker may begin: then it counts as begun. */
    boolean mayBegin() {
        // while others are busy, a few recipients are theirs to take
        if (workers >= window.size() || waiting.size() <= workers * FEW) {
            return false;
        }
        workers++;
        return true;
    }

    /** A worker found nothing to do; true where he was the last one. */
    boolean hasEnded() {
        workers--;
        return workers == 0;
    }

    /** A delivery found its destination. */
    void reached() {
        window.reached(workers);
    }

    void add(Task task) {
        waiting.addLast(task);
    }

    /** The recipients of the message whose turn is next, taken out. */
    private List<Task> nextMessage() {
        return take(
                agent.limits().recipients(),
                Long.MAX_VALUE,
                (first, task) -> first == null || task.active == first.active);
    }

    /**
     * The recipients of the next message of an account, taken out: for somebody who is at work already and has a connection of that
     * account (SAFETY 27). Others that came before keep their turn.
     */
    List<Task> nextMessage(ReversePath of) {
        return take(
                agent.limits().recipients(),
                Long.MAX_VALUE,
                (first, task) -> first == null ? account.apply(task).equals(of) : task.active == first.active);
    }

    /** Whether a task may go into what begins with {@code first}, which is null before there is one. */
    private interface Fits {
        boolean test(@Nullable Task first, Task task);
    }

    /** Takes those that fit out of the first that wait. */
    private List<Task> take(int most, long mostBytes, Fits fits) {
        List<Task> taken = new ArrayList<>();
        long bytes = 0;
        Iterator<Task> all = waiting.iterator();
        for (int looked = 0; looked < MOST_LOOKED_AT && taken.size() < most && all.hasNext(); looked++) {
            Task task = all.next();
            if (!fits.test(taken.isEmpty() ? null : taken.getFirst(), task)) {
                continue;
            }
            bytes += task.active.message().sizeBytes();
            if (!taken.isEmpty() && bytes > mostBytes) {
                break;
            }
            taken.add(task);
            all.remove();
        }
        return taken;
    }

    /** Their turn is next again. */
    void putBack(List<Task> message) {
        message.reversed().forEach(waiting::addFirst);
    }

    /** All that waits, taken out: nobody is there to take it. */
    List<Task> drain() {
        List<Task> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    /** Recipients. */
    int size() {
        return waiting.size();
    }

    /** Deliveries before that of a recipient who comes now, at most: the one under way, and each who waits. */
    int before() {
        boolean underWay = workers > 0 && endedNanos == null;
        return waiting.size() + (underWay ? 1 : 0);
    }

    /** Whether who came last is of the same message: then they go together. */
    boolean endsWith(ActiveMessage message) {
        Task last = waiting.peekLast();
        return last != null && last.active == message;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    boolean hasWholeBatch() {
        return waiting.size() >= MOST_RECIPIENTS;
    }

    List<Task> nextBatch() {
        if (agent.limits().pauses().some()) {
            // between any two messages
            return nextMessage();
        }
        int most = Math.min(MOST_RECIPIENTS, agent.limits().recipients());
        if (!window.isWhole()) {
            most = Math.min(most, SMALL_BATCH);
        } else if (agent.limits().concurrency() > 1) {
            // shared out, so that none is idle while another has a long batch
            most = Math.min(most, Math.max(SMALL_BATCH, waiting.size() / window.size()));
        }
        return take(most, MOST_BYTES, (first, task) -> first == null || goTogether(first, task));
    }

    /** A mailbox takes all there is with one lock; a server has a connection for each account. */
    private boolean goTogether(Task first, Task task) {
        return agent.batchedBy() != Agent.Destination.NEXT_HOP
                || account.apply(first).equals(account.apply(task));
    }
}
