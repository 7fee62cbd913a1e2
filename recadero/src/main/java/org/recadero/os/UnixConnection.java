package org.recadero.os;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * A connected Unix stream socket whose peer the kernel names.
 *
 * <p>java.nio hides a socket's descriptor and gives the peer's name only (SAFETY 20), so the socket is our own, and who
 * must wait does so in ppoll(2), on a platform thread. One thread may read while another writes.
 */
public final class UnixConnection implements AutoCloseable {
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final Duration FIRST_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration FULL_PAUSE = Duration.ofMillis(5);

    private final Pollable socket;
    private final PeerCredentials peer;
    private volatile Duration timeout = FIRST_TIMEOUT;

    UnixConnection(Pollable socket, PeerCredentials peer) {
        this.socket = socket;
        this.peer = peer;
    }

    /**
     * Connects. The kernel answers at once, unless the server's line is full: then it is asked again up to {@code timeout},
     * which is also the first {@link #readTimeout}.
     *
     * @throws ErrnoException ENOENT, ECONNREFUSED: nobody listens there; EACCES; EAGAIN: the line stayed full
     * @throws IOException also for a path over 107 bytes
     */
    public static UnixConnection connect(String path, Duration timeout) throws IOException {
        int descriptor = UnixAddress.socket(UnixAddress.SOCK_STREAM);
        try {
            long until = System.nanoTime() + timeout.toNanos();
            while (!tryConnect(descriptor, path, until)) {
                LockSupport.parkNanos(FULL_PAUSE.toNanos());
            }
            PeerCredentials peer = PeerCredentials.of(descriptor);
            UnixConnection connection = new UnixConnection(Pollable.ofSocket(descriptor), peer);
            connection.readTimeout(timeout);
            return connection;
        } catch (IOException e) {
            UnixAddress.close(descriptor);
            throw e;
        }
    }

    private static boolean tryConnect(int descriptor, String path, long until) throws IOException {
        try {
            UnixAddress.connect(descriptor, path);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EAGAIN
                    || System.nanoTime() > until
                    || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            return false;
        }
    }

    public PeerCredentials peer() {
        return peer;
    }

    /**
     * How long one read or write waits for the peer before it throws a {@link SocketTimeoutException}; 60 s for an accepted
     * connection at first.
     */
    public void readTimeout(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("a time over 0, not " + limit);
        }
        timeout = limit;
    }

    private int read(byte[] into, int at, int length) throws IOException {
        int most = Math.min(length, Sys.BUFFER_BYTES);
        long count = socket.repeat("read", true, timeout, descriptor -> {
            try (Sys.Scratch s = Sys.scratch()) {
                MemorySegment data = s.data();
                long got = Sys.raw(s, Sys.NUMBERS.read(), descriptor, data.address(), most, 0, 0, 0);
                if (got < 0) {
                    return -s.errno();
                }
                MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, into, at, (int) got);
                return got;
            }
        });
        return count == 0 ? -1 : (int) count;
    }

    private void write(byte[] from, int at, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int next = at + done;
            int piece = Math.min(length - done, Sys.BUFFER_BYTES);
            done += (int) socket.repeat("write", false, timeout, descriptor -> {
                try (Sys.Scratch s = Sys.scratch()) {
                    MemorySegment data = s.data();
                    MemorySegment.copy(from, next, data, ValueLayout.JAVA_BYTE, 0, piece);
                    long sent = Sys.raw(s, Sys.NUMBERS.sendto(), descriptor, data.address(), piece, MSG_NOSIGNAL, 0, 0);
                    return sent < 0 ? -s.errno() : sent;
                }
            });
        }
    }

    /** Unbuffered. */
    public InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                Objects.checkFromIndexSize(at, length, into.length);
                return length == 0 ? 0 : UnixConnection.this.read(into, at, length);
            }

            @Override
            public void close() {
                UnixConnection.this.close();
            }
        };
    }

    /** Unbuffered. */
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int at, int length) throws IOException {
                Objects.checkFromIndexSize(at, length, from.length);
                UnixConnection.this.write(from, at, length);
            }

            @Override
            public void close() {
                UnixConnection.this.close();
            }
        };
    }

    /** Wakes whoever waits on it. */
    @Override
    public void close() {
        socket.close();
    }
}
