package org.recadero.table;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Octet strings: a {@link String} with one char for each byte (ISO 8859-1). Keys and values are kept in this form, since a
 * table made without UTF-8 ({@code postmap -u}) holds any bytes.
 */
public final class Octets {
    private Octets() {}

    /** Text as the bytes of its UTF-8 form. */
    public static String of(String text) {
        return isAscii(text) ? text : of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes, one char each. */
    public static String of(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes. */
    public static byte[] bytes(String octets) {
        return octets.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** As text: UTF-8 where the bytes are, else one character a byte. */
    public static String text(String octets) {
        return isAscii(octets) ? octets : decoded(octets, octets);
    }

    /** Whether the bytes are well-formed UTF-8 (RFC 3629 §4). */
    public static boolean isUtf8(String octets) {
        return isAscii(octets) || !decoded(octets, "").isEmpty();
    }

    /** For a message: control characters and broken UTF-8 become {@code ?}. Postfix: printable(3). */
    public static String printable(String octets) {
        StringBuilder clean = new StringBuilder(octets.length());
        int i = 0;
        while (i < octets.length()) {
            char c = octets.charAt(i);
            int more = c >= 0xc2 && c <= 0xf4 ? (c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3) : 0;
            if (more > 0 && i + more < octets.length() && continues(octets, i + 1, more)) {
                clean.append(octets, i, i + 1 + more);
                i += 1 + more;
            } else {
                clean.append(c >= ' ' && c < 0x7f ? c : '?');
                i++;
            }
        }
        return clean.toString();
    }

    private static boolean continues(String octets, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if ((octets.charAt(i) & 0xc0) != 0x80) {
                return false;
            }
        }
        return true;
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String decoded(String octets, String otherwise) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(octets)));
            return text.toString();
        } catch (CharacterCodingException notUtf8) {
            return otherwise;
        }
    }

    /** Postfix's blanks in the C locale, isspace(3). */
    static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    static String trimmed(String octets) {
        int from = 0;
        int to = octets.length();
        while (from < to && isBlank(octets.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(octets.charAt(to - 1))) {
            to--;
        }
        return octets.substring(from, to);
    }
}
