package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A non-blocking descriptor that threads wait for in ppoll(2). Closing it wakes them; the number is given back only when no call
 * uses it any more, so that no call ever meets another file under the same number.
 *
 * <p>For platform threads: a virtual one would hold its carrier while it waits. An interrupt wakes nobody.
 */
final class Pollable implements AutoCloseable {
    /** A wait without end, to which Duration has no word. */
    static final Duration FOREVER = Duration.ofDays(365);

    private static final short POLLIN = 0x001;
    private static final short POLLOUT = 0x004;
    private static final int SHUT_RDWR = 2;
    private static final int NONE = -1;
    private static final int EFD_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int TIMESPEC_BYTES = 16;
    private static final int POLLFD_BYTES = 8;

    private final int descriptor;
    /** Readable once closed, for what no shutdown(2) wakes; {@link #NONE} for a socket. */
    private final int wake;

    // guarded by this
    private int users;
    private boolean closed;

    private Pollable(int descriptor, int wake) {
        this.descriptor = descriptor;
        this.wake = wake;
    }

    /** Takes over a descriptor whose waiters shutdown(2) wakes: a stream socket, listening or connected. */
    static Pollable ofSocket(int descriptor) {
        return new Pollable(descriptor, NONE);
    }

    /** Takes over any other descriptor. */
    static Pollable of(int descriptor) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            return new Pollable(
                    descriptor, (int) Sys.call(s, "eventfd", Sys.NUMBERS.eventfd2(), 0, EFD_NONBLOCK_CLOEXEC, 0, 0));
        }
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
                    await(what, reading ? POLLIN : POLLOUT, until);
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

    private void await(String what, short event, long until) throws IOException {
        long left = until - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException(what + ": nothing happened in time");
        }
        try (Sys.Scratch s = Sys.scratch()) {
            s.small.set(ValueLayout.JAVA_LONG, 0, TimeUnit.NANOSECONDS.toSeconds(left));
            s.small.set(ValueLayout.JAVA_LONG, 8, left % TimeUnit.SECONDS.toNanos(1));
            put(s, 0, descriptor, event);
            put(s, 1, wake, POLLIN);
            long address = s.small.address();
            int files = wake == NONE ? 1 : 2;
            long ready = Sys.raw(s, Sys.NUMBERS.ppoll(), address + TIMESPEC_BYTES, files, address, 0, 8, 0);
            if (ready < 0 && s.errno() != Errno.EINTR) {
                throw ErrnoException.of(s.errno(), what);
            }
        }
        synchronized (this) {
            if (closed) {
                throw new AsynchronousCloseException();
            }
        }
    }

    /** A struct pollfd. */
    private static void put(Sys.Scratch s, long index, int file, short event) {
        long at = TIMESPEC_BYTES + index * POLLFD_BYTES;
        s.small.set(ValueLayout.JAVA_INT, at, file);
        s.small.set(ValueLayout.JAVA_SHORT, at + 4, event);
        s.small.set(ValueLayout.JAVA_SHORT, at + 6, (short) 0);
    }

    /** Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (Sys.Scratch s = Sys.scratch()) {
            if (wake == NONE) {
                // the peer too sees the end at once
                var _ = Sys.raw(s, Sys.NUMBERS.shutdown(), descriptor, SHUT_RDWR, 0, 0, 0, 0);
            } else {
                s.small.set(ValueLayout.JAVA_LONG, 0, 1);
                var _ = Sys.raw(s, Sys.NUMBERS.write(), wake, s.small.address(), 8, 0, 0, 0);
            }
        }
        if (users == 0) {
            release();
        }
    }

    private void release() {
        UnixAddress.close(descriptor);
        if (wake != NONE) {
            UnixAddress.close(wake);
        }
    }
}
