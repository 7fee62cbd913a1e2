package org.recadero.deliver.smtp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** The lines and the flights of a {@link Wire} over octets. */
abstract class BufferedWire implements Wire {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int READ_BYTES = 8 << 10;

    private final byte[] pending = new byte[BUFFER_BYTES];
    private int pendingLength;
    private final byte[] buffer = new byte[READ_BYTES];
    private int begin;
    private int end;

    /** Sends all of it in this time. */
    abstract void send(byte[] bytes, int offset, int length, Duration timeout) throws IOException;

    /** The connection's input, which then waits as long as this for octets. */
    abstract InputStream input(int timeoutMillis) throws IOException;

    @Override
    public void write(byte[] bytes, int offset, int length, Duration timeout) throws IOException {
        if (length > pending.length - pendingLength) {
            flush(timeout);
        }
        if (length > pending.length) {
            send(bytes, offset, length, timeout);
            return;
        }
        System.arraycopy(bytes, offset, pending, pendingLength, length);
        pendingLength += length;
    }

    @Override
    public void flush(Duration timeout) throws IOException {
        int length = pendingLength;
        pendingLength = 0;
        if (length > 0) {
            send(pending, 0, length, timeout);
        }
    }

    @Override
    public String readLine(Duration timeout) throws IOException {
        StringBuilder line = new StringBuilder(80);
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            if (begin == end) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new SocketTimeoutException("no line in time");
                }
                fill(Math.max(1, (int) Math.min(Integer.MAX_VALUE, left / 1_000_000)));
            }
            byte b = buffer[begin++];
            if (b == '\n') {
                int length = line.length();
                if (length > 0 && line.charAt(length - 1) == '\r') {
                    line.setLength(length - 1);
                }
                return line.toString();
            }
            if (line.length() < MOST_LINE) {
                line.append((char) (b & 0xff));
            }
        }
    }

    /** Waits for octets, and takes some. */
    final void fill(int timeoutMillis) throws IOException {
        int got = input(timeoutMillis).read(buffer, 0, buffer.length);
        if (got < 0) {
            throw new EOFException("the server closed the connection");
        }
        begin = 0;
        end = got;
    }

    /** Whether octets are here that nobody has read. */
    final boolean hasBuffered() {
        return begin < end;
    }
}
