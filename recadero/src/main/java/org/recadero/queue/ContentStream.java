package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * The content of one message, checked while it is read: where it is not what came in, the end is an IOException, not an end of
 * file. Used by one thread.
 */
final class ContentStream extends InputStream {
    /** Gives the file back. */
    @FunctionalInterface
    interface Closer {
        void close() throws IOException;
    }

    private static final int BUFFER_BYTES = 16 << 10;

    private final Disk.Handle file;
    private final Closer closer;
    private final int expectedCrc;
    private final String what;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();
    private long at;
    private long left;
    private boolean closed;

    ContentStream(Disk.Handle file, long at, long length, int crc, String what, Closer closer) {
        this.file = file;
        this.at = at;
        this.left = length;
        this.expectedCrc = crc;
        this.what = what;
        this.closer = closer;
        this.buffer = ByteBuffer.allocate((int) Math.max(1, Math.min(BUFFER_BYTES, length)))
                .limit(0);
    }

    private boolean fill() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (buffer.hasRemaining()) {
            return true;
        }
        if (left == 0) {
            if ((int) crc.getValue() != expectedCrc) {
                throw new IOException(what + " is damaged on disk");
            }
            return false;
        }
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        if (file.read(buffer, at) <= 0) {
            throw new IOException(what + " is cut off on disk");
        }
        buffer.flip();
        at += buffer.remaining();
        left -= buffer.remaining();
        crc.update(buffer.duplicate());
        return true;
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
        Objects.checkFromIndexSize(from, count, into.length);
        if (count == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int got = Math.min(count, buffer.remaining());
        buffer.get(into, from, got);
        return got;
    }

    @Override
    public int available() {
        return buffer.remaining();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            closer.close();
        }
    }
}
