package org.recadero.receive.cleanup;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Bytes that are taken out of content as it comes in. Line ends stay. Postfix: postconf(5), message_strip_characters. Immutable.
 */
final class StrippedBytes {
    private static final String LETTERS = "abfnrtv";
    private static final String MEANT = "\u0007\b\f\n\r\t\u000b";

    private final BitSet bytes = new BitSet(256);

    private StrippedBytes() {}

    /** @param text characters, and escapes as in C: {@code \0}, {@code \351}, {@code \t} */
    static StrippedBytes of(String text) {
        StrippedBytes stripped = new StrippedBytes();
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
            stripped.bytes.set(octet);
        }
        stripped.bytes.clear('\n');
        return stripped;
    }

    private static boolean isOctal(byte octet) {
        return octet >= '0' && octet <= '7';
    }

    /** Moves what stays to the buffer's beginning; returns how much that is. */
    int strip(byte[] buffer, int length) {
        if (bytes.isEmpty()) {
            return length;
        }
        int kept = 0;
        for (int i = 0; i < length; i++) {
            if (!bytes.get(buffer[i] & 0xff)) {
                buffer[kept++] = buffer[i];
            }
        }
        return kept;
    }
}
