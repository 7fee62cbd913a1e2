package org.recadero.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * The recipients that wait for one destination, and how many workers are at them. Guarded by the dispatcher's lock.
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

    /** Recipients in one batch while not all workers that may be are at work: the sooner the destination shows what it takes. */
    private static final int SMALL_BATCH = 10;

    /** What makes a lane. */
    record Key(String transport, String destination) {}

    final Key key;
    final Agent agent;
    private final Deque<Task> waiting = new ArrayDeque<>();
    final Window window;
    private int workers;

    /** @param probing whether the destination was not reached last: one batch shows whether it is now (SAFETY 30) */
    Lane(Key key, Agent agent, boolean probing) {
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

    /** The recipients of the message whose turn is next, taken out: for somebody who is at work already. */
    List<Task> nextMessage() {
        List<Task> message = new ArrayList<>();
        while (!waiting.isEmpty()
                && message.size() < agent.limits().recipients()
                && (message.isEmpty() || waiting.getFirst().active == message.getFirst().active)) {
            message.add(waiting.removeFirst());
        }
        return message;
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

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    List<Task> nextBatch() {
        if (agent.limits().pauses().some()) {
            // between any two messages
            return nextMessage();
        }
        List<Task> batch = new ArrayList<>();
        long bytes = 0;
        int most = Math.min(MOST_RECIPIENTS, agent.limits().recipients());
        if (!window.isWhole()) {
            most = Math.min(most, SMALL_BATCH);
        } else if (agent.limits().concurrency() > 1) {
            // shared out, so that none is idle while another has a long batch
            most = Math.min(most, Math.max(SMALL_BATCH, waiting.size() / window.size()));
        }
        while (!waiting.isEmpty() && batch.size() < most) {
            long size = waiting.getFirst().active.message().sizeBytes();
            if (!batch.isEmpty() && bytes + size > MOST_BYTES) {
                break;
            }
            bytes += size;
            batch.add(waiting.removeFirst());
        }
        return batch;
    }
}
