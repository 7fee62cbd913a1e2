package org.recadero.receive.cleanup;

import java.io.IOException;
import java.io.OutputStream;

/** Gathers small writes and counts the bytes. Used by one thread. */
final class CountedOutput extends OutputStream {
    private final OutputStream target;
    private final byte[] buffer = new byte[1024];
    private int buffered;
    private long count;

    CountedOutput(OutputStream target) {
        this.target = target;
    }

    long count() {
        return count;
    }

    @Override
    public void write(int value) throws IOException {
        if (buffered == buffer.length) {
            flush();
        }
        buffer[buffered++] = (byte) value;
        count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > buffer.length - buffered) {
            flush();
        }
        if (length > buffer.length) {
            target.write(bytes, offset, length);
        } else {
            System.arraycopy(bytes, offset, buffer, buffered, length);
            buffered += length;
        }
        count += length;
    }

    @Override
    public void flush() throws IOException {
        target.write(buffer, 0, buffered);
        buffered = 0;
    }
}
