package org.recadero.deliver.local;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a thread with a user's identity have something done by an ordinary one, and wait for it.
 *
 * <p>It puts the question into a lock-free queue and wakes one platform thread, which starts a virtual thread for it; so nothing
 * that has the user's identity ever wakes or starts a virtual thread (SAFETY 3). The answer wakes the asking platform thread.
 */
final class Questions implements AutoCloseable {
    private final ConcurrentLinkedQueue<Runnable> questions = new ConcurrentLinkedQueue<>();
    private final Thread reader;
    private volatile boolean closed;

    Questions() {
        reader = Thread.ofPlatform().name("mailbox-questions").daemon().start(this::read);
    }

    private void read() {
        while (!closed) {
            Runnable question = questions.poll();
            if (question == null) {
                LockSupport.park(this);
            } else {
                Thread.ofVirtual().name("mailbox-answer").start(question);
            }
        }
    }

    /**
     * Has {@code work} done by an ordinary virtual thread and waits for its answer, however long that takes: what it works on is
     * open in this thread.
     *
     * @param otherwise the answer where the work throws
     */
    <R> R ask(Supplier<R> work, R otherwise) {
        Thread asking = Thread.currentThread();
        AtomicReference<@Nullable Answer<R>> answer = new AtomicReference<>();
        questions.offer(() -> {
            R result = otherwise;
            try {
                result = work.get();
            } finally {
                answer.set(new Answer<>(result));
                LockSupport.unpark(asking);
            }
        });
        LockSupport.unpark(reader);
        while (true) {
            Answer<R> found = answer.get();
            if (found != null) {
                return found.value();
            }
            LockSupport.park(this);
        }
    }

    private record Answer<R>(R value) {}

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(reader);
    }
}
