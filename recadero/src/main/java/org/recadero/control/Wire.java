package org.recadero.control;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The frames of the control protocol, the same shape as the submission protocol's: type byte, big-endian length, body of at
 * most {@link #MOST_BYTES}.
 *
 * <p>Request: one {@code V} frame, NUL-separated words, the verb first. Answer: {@code O} (standard output), {@code R} (standard
 * error), at last {@code Q} with the exit status. Several requests may follow one another on a connection.
 */
final class Wire {
    static final int MOST_BYTES = 64 * 1024;
    static final byte REQUEST = 'V';
    static final byte OUTPUT = 'O';
    static final byte ERROR = 'R';
    static final byte STATUS = 'Q';

    /** One frame. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(byte type, byte[] body) {
        private String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        List<String> words() {
            return List.copyOf(Arrays.asList(text().split("\0", -1)));
        }

        int status() throws IOException {
            try {
                return Integer.parseInt(text());
            } catch (NumberFormatException e) {
                throw new ProtocolException("an exit status that is no number");
            }
        }
    }

    private Wire() {}

    /** The next frame; empty where the stream ends before it. */
    static Optional<Frame> read(InputStream in) throws IOException {
        int type = in.read();
        if (type < 0) {
            return Optional.empty();
        }
        DataInputStream data = new DataInputStream(in);
        int length = data.readInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new ProtocolException("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        byte[] body = data.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("cut off within a frame");
        }
        return Optional.of(new Frame((byte) type, body));
    }

    static void request(OutputStream out, List<String> words) throws IOException {
        byte[] body = String.join("\0", words).getBytes(StandardCharsets.UTF_8);
        if (body.length > MOST_BYTES) {
            throw new ProtocolException("a request of " + body.length + " bytes");
        }
        write(out, REQUEST, body, 0, body.length);
    }

    static void status(OutputStream out, int status) throws IOException {
        byte[] body = Integer.toString(status).getBytes(StandardCharsets.US_ASCII);
        write(out, STATUS, body, 0, body.length);
    }

    /** Text in as many frames as it needs; none for an empty one. */
    static void write(OutputStream out, byte type, byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        for (int from = offset; from < end; ) {
            int piece = Math.min(MOST_BYTES, end - from);
            byte[] frame = new byte[5 + piece];
            frame[0] = type;
            frame[1] = (byte) (piece >>> 24);
            frame[2] = (byte) (piece >>> 16);
            frame[3] = (byte) (piece >>> 8);
            frame[4] = (byte) piece;
            System.arraycopy(bytes, from, frame, 5, piece);
            out.write(frame);
            from += piece;
        }
    }

    /** A stream whose text leaves in frames of one type, 8 KiB at a time or when flushed. */
    static OutputStream framed(OutputStream out, byte type) {
        return new java.io.BufferedOutputStream(
                new OutputStream() {
                    @Override
                    public void write(int octet) throws IOException {
                        Wire.write(out, type, new byte[] {(byte) octet}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        Wire.write(out, type, bytes, offset, length);
                    }
                },
                8192);
    }
}
