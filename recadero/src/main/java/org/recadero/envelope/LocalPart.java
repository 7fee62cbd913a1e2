package org.recadero.envelope;

import java.util.Objects;

/**
 * The part of an address before the {@code @}, unquoted: {@code a b@example.net} has the local part {@code a b}.
 *
 * <p>Case matters (RFC 5321 §2.4). A local part is never empty and holds neither NUL, CR nor LF. Its length is bounded by
 * {@link #MAX_CHARS}, far above RFC 5321 §4.5.3.1.1's 64, since Postfix takes longer ones.
 */
public record LocalPart(String text) {
    /** Bound for one local part, in characters. */
    public static final int MAX_CHARS = 1_000;

    public LocalPart {
        Objects.requireNonNull(text);
        if (text.isEmpty()) {
            throw new IllegalArgumentException("empty local part");
        }
        if (text.length() > MAX_CHARS) {
            throw new IllegalArgumentException("local part over " + MAX_CHARS + " characters");
        }
        if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0 || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("CR, LF or NUL in local part");
        }
    }

    /** The form of RFC 5321 §4.1.2: a dot-string as it is, all else as a quoted-string. */
    public String external() {
        if (isDotString()) {
            return text;
        }
        StringBuilder quoted = new StringBuilder(text.length() + 8).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    private boolean isDotString() {
        boolean afterDot = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (afterDot) {
                    return false;
                }
                afterDot = true;
            } else {
                if (!isAtomText(c)) {
                    return false;
                }
                afterDot = false;
            }
        }
        return !afterDot;
    }

    /** RFC 5322 §3.2.3 atext, and RFC 6531 §3.3's characters beyond ASCII. */
    private static boolean isAtomText(char c) {
        return c >= 0x80
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
