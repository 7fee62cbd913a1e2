package org.recadero.smtp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** RFC 3461 §4: text in which {@code +3D} stands for {@code =}. */
public final class Xtext {
    private Xtext() {}

    /** Decodes; empty where the text is not well-formed or holds NUL, CR or LF. Octets over 127 are taken as UTF-8. */
    public static Optional<String> decode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            int value = bytes[i];
            if (value == '+') {
                if (i + 2 >= bytes.length) {
                    return Optional.empty();
                }
                int high = Character.digit(bytes[i + 1], 16);
                int low = Character.digit(bytes[i + 2], 16);
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                value = high * 16 + low;
                i += 2;
            }
            if (value == 0 || value == '\r' || value == '\n') {
                return Optional.empty();
            }
            out[length++] = (byte) value;
        }
        return Optional.of(new String(out, 0, length, StandardCharsets.UTF_8));
    }

    /** Encodes for a command. */
    public static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xFF;
            if (c > ' ' && c < 0x7f && c != '+' && c != '=') {
                out.append((char) c);
            } else {
                out.append('+').append(hex(c >> 4)).append(hex(c & 15));
            }
        }
        return out.toString();
    }

    private static char hex(int digit) {
        return (char) (digit < 10 ? '0' + digit : 'A' + digit - 10);
    }
}
