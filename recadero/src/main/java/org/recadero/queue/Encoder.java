package org.recadero.queue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.recadero.envelope.SubmissionId;

/** Writes the meta part of records: big-endian numbers, variable-length counts, strings without loss. */
final class Encoder {
    private byte[] bytes = new byte[256];
    private int length;

    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length + more, bytes.length + (bytes.length >> 1)));
        }
    }

    Encoder u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    Encoder i32(int value) {
        return u8(value >> 24).u8(value >> 16).u8(value >> 8).u8(value);
    }

    Encoder i64(long value) {
        return i32((int) (value >> 32)).i32((int) value);
    }

    /** Not negative. */
    Encoder count(int value) {
        int rest = value;
        while (rest > 0x7f) {
            u8(rest | 0x80);
            rest >>>= 7;
        }
        return u8(rest);
    }

    Encoder id(SubmissionId id) {
        return i64(id.high()).i64(id.low());
    }

    Encoder raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /** Any string, single surrogates too: one byte a character where all fit, else two. */
    Encoder text(String value) {
        boolean narrow = value.chars().allMatch(c -> c < 256);
        count(value.length() << 1 | (narrow ? 0 : 1));
        if (narrow) {
            return raw(value.getBytes(StandardCharsets.ISO_8859_1));
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            u8(c >> 8).u8(c);
        }
        return this;
    }
}
