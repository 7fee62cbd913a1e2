package org.recadero.receive.cleanup;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Bytes that are not wanted in content, but for line ends. Postfix: postconf(5), message_reject_characters, message_strip_characters.
 * Immutable.
 */
final class ByteSet {
    static final ByteSet NONE = new ByteSet();

    private static final String LETTERS = "abfnrtv";
    private static final String MEANT = "\u0007\b\f\n\r\t\u000b";

    private final BitSet bytes = new BitSet(256);

    private ByteSet() {}

    /** @param text characters, and escapes as in C: {@code \0}, {@code \351}, {@code \t} */
    static ByteSet of(String text) {
        ByteSet set = new ByteSet();
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (at < octets.length) {
            int octet = octets[at++] & 0xff;
            if (octet == '\\' && at < octets.length) {
                int next = octets[at] & 0xff;
                int digits = 0;
                int value = 0;
                while (digits < 3 && at + digits < octets.length && isOctal(octets[at + digits])) {
                    value = value * 8 + octets[at + digits] - '0';
                    digits++;
                }
                int letter = LETTERS.indexOf(next);
                octet = digits > 0 ? value & 0xff : letter >= 0 ? MEANT.charAt(letter) : next;
                at += Math.max(digits, 1);
            }
            set.bytes.set(octet);
        }
        set.bytes.clear('\n');
        return set;
    }

    private static boolean isOctal(byte octet) {
        return octet >= '0' && octet <= '7';
    }

    boolean isEmpty() {
        return bytes.isEmpty();
    }

    boolean contains(byte octet) {
        return bytes.get(octet & 0xff);
    }

    /** Takes these bytes out of a part of a buffer, whose beginning stays where it is; returns the new end of the part. */
    int strip(byte[] buffer, int from, int to) {
        if (bytes.isEmpty()) {
            return to;
        }
        int kept = from;
        for (int i = from; i < to; i++) {
            if (!contains(buffer[i])) {
                buffer[kept++] = buffer[i];
            }
        }
        return kept;
    }
}
