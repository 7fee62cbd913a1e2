package org.recadero.receive.submit;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/**
 * The client's input as a stream: reads {@code D} frames up to the end frame, and ends only where length and checksum are
 * right. A connection that is lost, a wrong end frame and {@code X} are IOExceptions, so that whoever commits at the end of
 * the stream commits nothing else (SAFETY 22). Used by one thread.
 */
final class FramedContent extends InputStream {
    private static final int MAX_EMPTY_FRAMES = 10_000;

    private final FrameReader in;
    private final CRC32C checksum = new CRC32C();
    private long lengthBytes;
    private int position;
    private int limit;
    private boolean ended;

    FramedContent(FrameReader in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        return fill() ? in.body()[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int piece = Math.min(length, limit - position);
        System.arraycopy(in.body(), position, into, offset, piece);
        position += piece;
        return piece;
    }

    /** Whether the end frame was seen and was right. */
    boolean isComplete() {
        return ended;
    }

    private boolean fill() throws IOException {
        for (int frames = 0; position == limit && !ended; frames++) {
            if (frames > MAX_EMPTY_FRAMES) {
                throw new ProtocolException("too many empty frames");
            }
            FrameType type = in.next().orElseThrow(() -> new EOFException("cut off before the end of the message"));
            if (type == FrameType.DATA) {
                checksum.update(in.body(), 0, in.length());
                lengthBytes += in.length();
                position = 0;
                limit = in.length();
            } else if (type == FrameType.END) {
                verifyEnd();
                ended = true;
            } else if (type == FrameType.CUT_OFF) {
                throw new CutOffException();
            } else {
                throw new ProtocolException("unexpected frame inside the message");
            }
        }
        return position < limit;
    }

    private void verifyEnd() throws ProtocolException {
        if (in.length() != 12
                || in.bodyBuffer().getLong(0) != lengthBytes
                || in.bodyBuffer().getInt(8) != (int) checksum.getValue()) {
            throw new ProtocolException("length or checksum of the message is wrong");
        }
    }

    /** The client said that its input ended before its time. */
    static final class CutOffException extends IOException {
        private static final long serialVersionUID = 1L;

        CutOffException() {
            super("the client cut the message off");
        }
    }
}
