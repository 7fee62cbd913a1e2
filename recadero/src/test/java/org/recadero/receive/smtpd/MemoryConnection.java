package org.recadero.receive.smtpd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;

/** A connection in memory: a test at one end, a session at the other. Safe for both threads. */
final class MemoryConnection implements Connection {
    private static final long MOST_MILLIS = 30_000;

    private final Object lock = new Object();
    private final ArrayDeque<Byte> toServer = new ArrayDeque<>();
    private final ArrayDeque<Byte> toClient = new ArrayDeque<>();
    /** What the client sends within TLS, one after the other where it begins anew. */
    private final ArrayDeque<byte[]> inTls = new ArrayDeque<>();

    private boolean clientGone;
    private boolean serverGone;
    private boolean timedOut;

    /** What the client sends. */
    void send(byte[] bytes) {
        synchronized (lock) {
            for (byte b : bytes) {
                toServer.add(b);
            }
            lock.notifyAll();
        }
    }

    /** What the client will send when the server has begun TLS; no TLS is spoken in memory, but its begin is. */
    void sendInTls(byte[] bytes) {
        synchronized (lock) {
            inTls.add(bytes.clone());
        }
    }

    /** The client closes. */
    void leave() {
        synchronized (lock) {
            clientGone = true;
            lock.notifyAll();
        }
    }

    /** The server's next read finds that time is over. */
    void letTimePass() {
        synchronized (lock) {
            timedOut = true;
            lock.notifyAll();
        }
    }

    /** What the server sends, a line without its end; empty where it closed. */
    Optional<String> line() {
        StringBuilder line = new StringBuilder();
        synchronized (lock) {
            long deadline = System.currentTimeMillis() + MOST_MILLIS;
            while (true) {
                while (!toClient.isEmpty()) {
                    char c = (char) (toClient.remove() & 0xFF);
                    if (c == '\n') {
                        byte[] bytes = line.toString().getBytes(StandardCharsets.ISO_8859_1);
                        return Optional.of(new String(bytes, StandardCharsets.UTF_8).replaceFirst("\r$", ""));
                    }
                    line.append(c);
                }
                if (serverGone) {
                    return Optional.empty();
                }
                await(deadline);
            }
        }
    }

    @SuppressWarnings("WaitNotInLoop") // its callers loop
    private void await(long deadline) {
        long left = deadline - System.currentTimeMillis();
        if (left <= 0) {
            throw new AssertionError("the server says nothing");
        }
        try {
            lock.wait(left);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                synchronized (lock) {
                    long deadline = System.currentTimeMillis() + MOST_MILLIS;
                    while (toServer.isEmpty()) {
                        if (clientGone) {
                            return -1;
                        }
                        if (timedOut) {
                            throw new SocketTimeoutException();
                        }
                        await(deadline);
                    }
                    int read = 0;
                    while (read < length && !toServer.isEmpty()) {
                        into[offset + read++] = toServer.remove();
                    }
                    return read;
                }
            }

            @Override
            public int available() {
                synchronized (lock) {
                    return toServer.size();
                }
            }
        };
    }

    @Override
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                synchronized (lock) {
                    for (int i = 0; i < length; i++) {
                        toClient.add(from[offset + i]);
                    }
                    lock.notifyAll();
                }
            }
        };
    }

    @Override
    public void readTimeout(Duration timeout) {}

    @Override
    public SessionState.Encryption startTls() throws IOException {
        synchronized (lock) {
            if (!toServer.isEmpty()) {
                throw new IOException("text in the clear in the place of a handshake");
            }
            if (inTls.isEmpty()) {
                throw new IOException("the client wants no TLS");
            }
            send(inTls.remove());
        }
        return new SessionState.Encryption("TLSv1.3", "TLS_AES_256_GCM_SHA384");
    }

    @Override
    public void close() {
        synchronized (lock) {
            serverGone = true;
            lock.notifyAll();
        }
    }
}
