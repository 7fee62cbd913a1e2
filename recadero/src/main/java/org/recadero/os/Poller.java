package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Waits in epoll(7) for many descriptors with one platform thread, which wakes the threads that need them: a virtual thread
 * that waited in a foreign call would hold its carrier. Each {@link Pollable} has it armed for one event at a time.
 *
 * <p>It lives as long as a Pollable uses it, then its thread and descriptors go.
 */
final class Poller {
    static final int READABLE = 0x001;
    static final int WRITABLE = 0x004;
    static final int BROKEN = 0x008 | 0x010;
    private static final int PEER_CLOSED = 0x2000;
    private static final int ONE_SHOT = 1 << 30;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int ADD = 1;
    private static final int MODIFY = 3;
    private static final int EVENTS_AT_ONCE = 64;
    private static final int EVENT_BYTES = Sys.NUMBERS.packedEpoll() ? 12 : 16;
    private static final int TOKEN_AT = Sys.NUMBERS.packedEpoll() ? 4 : 8;
    private static final long WAKE = 0;
    private static final long STACK_BYTES = 256 * 1024;

    private final int epoll;
    private final int wake;
    private final Map<Long, Pollable> armed = new ConcurrentHashMap<>();

    // guarded by this
    private int users;
    private long lastToken = WAKE;
    private boolean closed;

    Poller() throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            epoll = (int) Sys.call(s, "epoll_create", Sys.NUMBERS.epollCreate1(), EPOLL_CLOEXEC, 0, 0, 0);
            try {
                wake = (int) Sys.call(s, "eventfd", Sys.NUMBERS.eventfd2(), 0, EFD_NONBLOCK_CLOEXEC, 0, 0);
                control(ADD, wake, READABLE, WAKE);
            } catch (IOException e) {
                UnixAddress.close(epoll);
                throw e;
            }
        }
        Thread.ofPlatform().name("os-poller").daemon().stackSize(STACK_BYTES).start(this::run);
    }

    /** One more Pollable; its token. */
    synchronized long enter() {
        users++;
        return ++lastToken;
    }

    /** One less. */
    synchronized void leave(long token) {
        armed.remove(token);
        users--;
        if (users == 0 && !closed) {
            closed = true;
            wakeUp();
        }
    }

    /** Wakes the thread of a Poller that nobody ever entered or that all have left. */
    private void wakeUp() {
        try (Sys.Scratch s = Sys.scratch()) {
            s.small.set(ValueLayout.JAVA_LONG, 0, 1);
            var _ = Sys.raw(s, Sys.NUMBERS.write(), wake, s.small.address(), 8, 0, 0, 0);
        }
    }

    /** Asks for one event. */
    void arm(Pollable pollable, long token, int descriptor, int events) throws ErrnoException {
        int wanted = events | ONE_SHOT | ((events & READABLE) != 0 ? PEER_CLOSED : 0);
        boolean known = armed.put(token, pollable) != null;
        try {
            control(known ? MODIFY : ADD, descriptor, wanted, token);
        } catch (ErrnoException e) {
            if (!known) {
                armed.remove(token);
            }
            throw e;
        }
    }

    private void control(int operation, int descriptor, int events, long token) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            s.small.set(ValueLayout.JAVA_INT, 0, events);
            s.small.set(ValueLayout.JAVA_LONG_UNALIGNED, TOKEN_AT, token);
            Sys.call(s, "epoll_ctl", Sys.NUMBERS.epollCtl(), epoll, operation, descriptor, s.small.address());
        }
    }

    private void run() {
        MemorySegment events = Arena.ofAuto().allocate((long) EVENTS_AT_ONCE * EVENT_BYTES, 8);
        try (Sys.Scratch s = Sys.scratch()) {
            while (true) {
                long count = Sys.raw(s, Sys.NUMBERS.epollPwait(), epoll, events.address(), EVENTS_AT_ONCE, -1, 0, 8);
                if (count < 0 && s.errno() != Errno.EINTR) {
                    throw new IllegalStateException("epoll_wait: " + Errno.text(s.errno()));
                }
                for (long i = 0; i < count; i++) {
                    int ready = events.get(ValueLayout.JAVA_INT_UNALIGNED, i * EVENT_BYTES);
                    long token = events.get(ValueLayout.JAVA_LONG_UNALIGNED, i * EVENT_BYTES + TOKEN_AT);
                    Pollable pollable = armed.get(token);
                    if (pollable != null) {
                        pollable.ready((ready & PEER_CLOSED) != 0 ? ready | READABLE : ready);
                    } else if (token == WAKE) {
                        UnixAddress.close(epoll);
                        UnixAddress.close(wake);
                        return;
                    }
                }
            }
        } finally {
            // if this thread died of an error, the waiting ones find out by their next call
            armed.values().forEach(p -> p.ready(READABLE | WRITABLE | BROKEN));
        }
    }
}
