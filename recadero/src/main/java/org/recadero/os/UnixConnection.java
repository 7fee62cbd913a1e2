package org.recadero.os;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connected Unix stream socket whose peer the kernel names. Reads and writes block in poll(2): use it from platform threads,
 * one at a time (a virtual thread would hold its carrier meanwhile).
 */
public final class UnixConnection implements AutoCloseable {
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final Duration FIRST_TIMEOUT = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 1_000;

    private final int descriptor;
    private final PeerCredentials peer;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Duration timeout = FIRST_TIMEOUT;

    UnixConnection(int descriptor) throws IOException {
        this.descriptor = descriptor;
        try (Sys.Scratch s = Sys.scratch()) {
            s.small.set(ValueLayout.JAVA_INT, 16, 12);
            long at = s.small.address();
            if (Sys.raw(s, Sys.NUMBERS.getsockopt(), descriptor, SOL_SOCKET, SO_PEERCRED, at, at + 16, 0) < 0) {
                throw new ErrnoException(s.errno(), "SO_PEERCRED: " + ErrnoText.of(s.errno()));
            }
            this.peer = new PeerCredentials(
                    s.small.get(ValueLayout.JAVA_INT, 0),
                    s.small.get(ValueLayout.JAVA_INT, 4),
                    s.small.get(ValueLayout.JAVA_INT, 8));
        }
    }

    /** Connects; a Unix socket answers at once or, its line full, not within {@code timeout}. */
    public static UnixConnection connect(String path, Duration timeout) throws IOException {
        int descriptor = UnixAddress.socket(UnixAddress.SOCK_STREAM);
        try {
            long until = System.nanoTime() + timeout.toNanos();
            while (true) {
                try {
                    UnixAddress.connect(descriptor, path);
                    break;
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.EAGAIN || System.nanoTime() > until) {
                        throw e;
                    }
                    UnixAddress.await(descriptor, false, 10);
                }
            }
            UnixConnection connection = new UnixConnection(descriptor);
            connection.readTimeout(timeout);
            return connection;
        } catch (IOException e) {
            UnixAddress.close(descriptor);
            throw e;
        }
    }

    public PeerCredentials peer() {
        return peer;
    }

    /** How long one read or write waits for the peer. */
    public void readTimeout(Duration limit) {
        timeout = Objects.requireNonNull(limit);
    }

    private void await(boolean reading) throws IOException {
        long until = System.nanoTime() + timeout.toNanos();
        while (!UnixAddress.await(descriptor, reading, POLL_MILLIS)) {
            if (closed.get()) {
                throw new IOException("connection closed");
            }
            if (System.nanoTime() > until) {
                throw new SocketTimeoutException("nothing for " + timeout.toSeconds() + " s");
            }
        }
    }

    private int read(byte[] into, int at, int length) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            while (true) {
                if (closed.get()) {
                    throw new IOException("connection closed");
                }
                int most = Math.min(length, Sys.BUFFER_BYTES);
                long count = Sys.raw(s, Sys.NUMBERS.read(), descriptor, s.data().address(), most, 0, 0, 0);
                if (count >= 0) {
                    MemorySegment.copy(s.data(), ValueLayout.JAVA_BYTE, 0, into, at, (int) count);
                    return count == 0 ? -1 : (int) count;
                }
                retry(s.errno(), "read", true);
            }
        }
    }

    private void retry(int errno, String what, boolean reading) throws IOException {
        if (errno == Errno.EAGAIN) {
            await(reading);
        } else if (errno != Errno.EINTR) {
            throw new ErrnoException(errno, what + ": " + ErrnoText.of(errno));
        }
    }

    private void write(byte[] from, int at, int length) throws IOException {
        int done = 0;
        try (Sys.Scratch s = Sys.scratch()) {
            while (done < length) {
                if (closed.get()) {
                    throw new IOException("connection closed");
                }
                int piece = Math.min(length - done, Sys.BUFFER_BYTES);
                MemorySegment.copy(from, at + done, s.data(), ValueLayout.JAVA_BYTE, 0, piece);
                long count =
                        Sys.raw(s, Sys.NUMBERS.sendto(), descriptor, s.data().address(), piece, MSG_NOSIGNAL, 0, 0);
                if (count >= 0) {
                    done += (int) count;
                } else {
                    retry(s.errno(), "write", false);
                }
            }
        }
    }

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
        };
    }

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
        };
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            UnixAddress.close(descriptor);
        }
    }
}
