package org.recadero.receive.smtpd;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.recadero.smtp.Verb;

/**
 * A message as BDAT brings it (RFC 3030), chunk after chunk; between them commands are answered. Used by one thread.
 */
final class ChunkedContent extends InputStream {
    private final Wire wire;
    private final Chunks chunks;
    private final DottedContent.EndCheck check;
    private Verb.Bdat chunk;
    private long left;
    private long count;
    private boolean lastWasCr;
    private boolean bareNewline;
    private boolean ended;

    /** Gives the next chunk. */
    @FunctionalInterface
    interface Chunks {
        /**
         * Answers the last one and reads commands until the next.
         *
         * @throws IOException where there will be no next one
         */
        Verb.Bdat next(long lastSizeBytes) throws IOException;
    }

    ChunkedContent(Wire wire, Verb.Bdat first, Chunks chunks, DottedContent.EndCheck check) {
        this.wire = wire;
        this.chunk = first;
        this.left = first.sizeBytes();
        this.chunks = chunks;
        this.check = check;
    }

    /** Octets of content so far. */
    long count() {
        return count;
    }

    /** Reads over the rest of the chunk that is under way. */
    void drainChunk() throws IOException {
        skip(wire, left);
        left = 0;
    }

    /** Reads over so many octets. */
    static void skip(Wire wire, long sizeBytes) throws IOException {
        byte[] waste = new byte[(int) Math.min(sizeBytes, 4_096)];
        long left = sizeBytes;
        while (left > 0) {
            int read = wire.read(waste, 0, (int) Math.min(waste.length, left));
            if (read < 0) {
                throw new EOFException();
            }
            left -= read;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int length = read(one, 0, 1);
        return length < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (left == 0) {
            if (chunk.last()) {
                if (!ended) {
                    ended = true;
                    check.atEnd(count, bareNewline);
                }
                return -1;
            }
            chunk = chunks.next(chunk.sizeBytes());
            left = chunk.sizeBytes();
        }
        int read = wire.read(into, offset, (int) Math.min(length, left));
        if (read < 0) {
            throw new EOFException();
        }
        for (int i = offset; i < offset + read; i++) {
            bareNewline |= into[i] == '\n' && !lastWasCr;
            lastWasCr = into[i] == '\r';
        }
        left -= read;
        count += read;
        return read;
    }
}
