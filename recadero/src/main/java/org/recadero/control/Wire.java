package org.recadero.control;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The frames of the control protocol, the same shape as the submission protocol's: type byte, big-endian length, body of at
 * most {@link #MOST_BYTES}.
 *
 * <p>Request: one {@code V} frame, NUL-separated words. Answer: {@code O} (standard output), {@code R} (standard error), at
 * last {@code Q} with the exit status.
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
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private Wire() {}

    static Frame read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        byte type = data.readByte();
        int length = data.readInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new ProtocolException("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        byte[] body = new byte[length];
        data.readFully(body);
        return new Frame(type, body);
    }

    static void write(OutputStream out, byte type, byte[] bytes) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        int from = 0;
        do {
            int length = Math.min(MOST_BYTES, bytes.length - from);
            data.writeByte(type);
            data.writeInt(length);
            data.write(bytes, from, length);
            from += length;
        } while (from < bytes.length);
    }

    static byte[] words(List<String> words) {
        return String.join("\0", words).getBytes(StandardCharsets.UTF_8);
    }

    static List<String> words(Frame frame) {
        return new ArrayList<>(Arrays.asList(frame.text().split("\0", -1)));
    }
}
