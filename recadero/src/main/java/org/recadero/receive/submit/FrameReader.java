package org.recadero.receive.submit;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads frames one after another; used by one thread. The stream needs no buffer of its own: a frame costs two reads. Memory
 * is bounded by {@link FrameType#MAX_BODY_BYTES} and grows only as far as bodies do.
 */
final class FrameReader {
    private static final int FIRST_BUFFER_BYTES = 1024;

    private final InputStream in;
    private final byte[] head = new byte[5];
    private byte[] body = new byte[FIRST_BUFFER_BYTES];
    private int length;

    FrameReader(InputStream in) {
        this.in = in;
    }

    /**
     * Reads the next frame; its body is valid until the next call.
     *
     * @return empty at the end of the stream between two frames
     * @throws EOFException at the end inside a frame
     * @throws ProtocolException for an unknown type or a body that is too long
     */
    Optional<FrameType> next() throws IOException {
        int read = in.readNBytes(head, 0, head.length);
        if (read == 0) {
            return Optional.empty();
        }
        if (read < head.length) {
            throw new EOFException("cut off inside a frame");
        }
        Optional<FrameType> type = FrameType.of(head[0]);
        if (type.isEmpty()) {
            throw new ProtocolException("unknown frame type");
        }
        int announced = ByteBuffer.wrap(head).getInt(1);
        if (announced < 0 || announced > FrameType.MAX_BODY_BYTES) {
            throw new ProtocolException("frame too long");
        }
        length = announced;
        if (body.length < length) {
            body = new byte[Math.max(length, Math.min(FrameType.MAX_BODY_BYTES, 2 * body.length))];
        }
        if (in.readNBytes(body, 0, length) < length) {
            throw new EOFException("cut off inside a frame");
        }
        return type;
    }

    /** The buffer that holds the body, from 0 to {@link #length}. */
    byte[] body() {
        return body;
    }

    int length() {
        return length;
    }

    ByteBuffer bodyBuffer() {
        return ByteBuffer.wrap(body, 0, length);
    }
}
