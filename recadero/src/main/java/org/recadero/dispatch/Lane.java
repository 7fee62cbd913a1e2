package org.recadero.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * The recipients that wait for one destination, and whether a worker is at them. Guarded by the dispatcher's lock.
 *
 * <p>At most one worker serves a lane, so that what arrives meanwhile becomes its next batch: one lock and one flush for all.
 */
final class Lane {
    /** Recipients in one batch. */
    static final int MOST_RECIPIENTS = 50;

    /** Bytes of content in one batch, but for its first message. */
    static final long MOST_BYTES = 4L << 20;

    /** What makes a lane. */
    record Key(String transport, String destination) {}

    final Key key;
    final Agent agent;
    private final Deque<Task> waiting = new ArrayDeque<>();

    Lane(Key key, Agent agent) {
        this.key = Objects.requireNonNull(key);
        this.agent = Objects.requireNonNull(agent);
    }

    void add(Task task) {
        waiting.addLast(task);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    List<Task> nextBatch() {
        List<Task> batch = new ArrayList<>();
        long bytes = 0;
        while (!waiting.isEmpty() && batch.size() < MOST_RECIPIENTS) {
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
