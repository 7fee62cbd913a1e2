package org.recadero.os;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking descriptor that one reader and one writer at a time may wait for, virtual threads or platform threads. Closing
 * it wakes them, and so does an interrupt; the number is given back only when no call uses it any more, so that no call ever
 * meets another file under the same number.
 */
final class Pollable implements AutoCloseable {
    /** A wait without end, to which Duration has no word. */
    static final Duration FOREVER = Duration.ofDays(365);

    private static final int SHUT_RDWR = 2;

    private final int descriptor;
    private final Poller poller;
    private final long token;

    // guarded by this
    private int users;
    private boolean closed;
    private @Nullable Waiter reader;
    private @Nullable Waiter writer;

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        volatile boolean ready;

        void wake() {
            ready = true;
            LockSupport.unpark(thread);
        }
    }

    /** Takes the descriptor over. */
    Pollable(int descriptor, Poller poller) {
        this.descriptor = descriptor;
        this.poller = poller;
        this.token = poller.enter();
    }

    Poller poller() {
        return poller;
    }

    /** One system call; -errno for a failure. It must not block. */
    @FunctionalInterface
    interface Call {
        long on(int descriptor) throws IOException;
    }

    /**
     * Makes a call again and again until it does not answer EAGAIN.
     *
     * @throws SocketTimeoutException nothing for {@code timeout}
     * @throws AsynchronousCloseException closed meanwhile by another thread
     */
    long repeat(String what, boolean reading, Duration timeout, Call call) throws IOException {
        long until = System.nanoTime() + timeout.toNanos();
        enter();
        try {
            while (true) {
                long result = call.on(descriptor);
                if (result >= 0) {
                    return result;
                }
                if (result == -Errno.EAGAIN) {
                    await(what, reading, until);
                } else if (result != -Errno.EINTR) {
                    throw ErrnoException.of((int) -result, what);
                }
            }
        } finally {
            leave();
        }
    }

    private synchronized void enter() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        users++;
    }

    private synchronized void leave() {
        users--;
        if (closed && users == 0) {
            release();
        }
    }

    private void await(String what, boolean reading, long until) throws IOException {
        Waiter waiter = new Waiter();
        synchronized (this) {
            if (closed) {
                throw new AsynchronousCloseException();
            }
            if ((reading ? reader : writer) != null) {
                throw new IllegalStateException("two threads " + what + " at the same time");
            }
            if (reading) {
                reader = waiter;
            } else {
                writer = waiter;
            }
            poller.arm(this, token, descriptor, wanted());
        }
        try {
            while (!waiter.ready) {
                long left = until - System.nanoTime();
                if (left <= 0) {
                    throw new SocketTimeoutException(what + ": nothing happened in time");
                }
                LockSupport.parkNanos(this, left);
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException(what + ": interrupted");
                }
            }
        } finally {
            forget(waiter);
        }
        synchronized (this) {
            if (closed) {
                throw new AsynchronousCloseException();
            }
        }
    }

    private synchronized void forget(Waiter waiter) {
        if (reader == waiter) {
            reader = null;
        }
        if (writer == waiter) {
            writer = null;
        }
    }

    private int wanted() {
        return (reader == null ? 0 : Poller.READABLE) | (writer == null ? 0 : Poller.WRITABLE);
    }

    /** From the poller: something happened, and nothing more will be told before the next {@code arm}. */
    synchronized void ready(int events) {
        Waiter r = reader;
        if (r != null && (events & (Poller.READABLE | Poller.BROKEN)) != 0) {
            reader = null;
            r.wake();
        }
        Waiter w = writer;
        if (w != null && (events & (Poller.WRITABLE | Poller.BROKEN)) != 0) {
            writer = null;
            w.wake();
        }
        if (wanted() != 0 && !closed) {
            try {
                poller.arm(this, token, descriptor, wanted());
            } catch (ErrnoException e) {
                // the one who still waits finds the failure out by his own call
                ready(Poller.BROKEN);
            }
        }
    }

    /** Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (Sys.Scratch s = Sys.scratch()) {
            // so that the peer sees the end at once; of no effect on what is no socket
            var _ = Sys.raw(s, Sys.NUMBERS.shutdown(), descriptor, SHUT_RDWR, 0, 0, 0, 0);
        }
        Waiter r = reader;
        if (r != null) {
            r.wake();
        }
        Waiter w = writer;
        if (w != null) {
            w.wake();
        }
        if (users == 0) {
            release();
        }
    }

    private void release() {
        poller.leave(token);
        UnixAddress.close(descriptor);
    }
}
