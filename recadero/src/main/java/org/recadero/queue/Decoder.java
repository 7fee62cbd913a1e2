package org.recadero.queue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.recadero.envelope.SubmissionId;

/** Reads what {@link Encoder} wrote; whatever does not fit is an IOException, never an allocation beyond the input's size. */
final class Decoder {
    private final byte[] bytes;
    private int at;

    Decoder(byte[] bytes) {
        this.bytes = bytes;
    }

    private void need(int count) throws IOException {
        if (count < 0 || bytes.length - at < count) {
            throw new IOException("a record is shorter than it says");
        }
    }

    int at() {
        return at;
    }

    int u8() throws IOException {
        need(1);
        return bytes[at++] & 0xff;
    }

    int i32() throws IOException {
        need(4);
        return u8() << 24 | u8() << 16 | u8() << 8 | u8();
    }

    long i64() throws IOException {
        return (long) i32() << 32 | (i32() & 0xffffffffL);
    }

    int count() throws IOException {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = u8();
            value |= (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                if (value < 0) {
                    break;
                }
                return value;
            }
        }
        throw new IOException("a count in a record is out of range");
    }

    SubmissionId id() throws IOException {
        return new SubmissionId(i64(), i64());
    }

    byte[] raw(int count) throws IOException {
        need(count);
        byte[] value = new byte[count];
        System.arraycopy(bytes, at, value, 0, count);
        at += count;
        return value;
    }

    String text() throws IOException {
        int head = count();
        int chars = head >>> 1;
        if ((head & 1) == 0) {
            need(chars);
            String value = new String(bytes, at, chars, StandardCharsets.ISO_8859_1);
            at += chars;
            return value;
        }
        need(chars <= Integer.MAX_VALUE / 2 ? chars * 2 : -1);
        char[] value = new char[chars];
        for (int i = 0; i < chars; i++) {
            value[i] = (char) (u8() << 8 | u8());
        }
        return new String(value);
    }

    boolean isAtEnd() {
        return at == bytes.length;
    }

    /** All that is left. */
    byte[] rest() throws IOException {
        return raw(bytes.length - at);
    }
}
