package org.recadero.envelope;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

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

    /**
     * Where the extension's delimiter stands: the first delimiter that is not the first character; -1 where there is none. The system's
     * own names stay whole, and with {@code -} as delimiter {@code owner-…} and {@code …-request} too ({@code owner_request_special}).
     * Postfix: split_addr(3).
     *
     * @param delimiters {@code recipient_delimiter}'s characters; empty: nothing is taken apart
     * @param doubleBounceSender {@code double_bounce_sender}
     */
    public static int extensionAt(String localPart, String delimiters, String doubleBounceSender) {
        if (delimiters.isEmpty()
                || localPart.equalsIgnoreCase("postmaster")
                || localPart.equalsIgnoreCase("mailer-daemon")
                || localPart.equalsIgnoreCase(doubleBounceSender)) {
            return -1;
        }
        String lower = localPart.toLowerCase(Locale.ROOT);
        if (delimiters.indexOf('-') >= 0 && (lower.startsWith("owner-") || lower.endsWith("-request"))) {
            return -1;
        }
        for (int i = 1; i < localPart.length(); i++) {
            if (delimiters.indexOf(localPart.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** The local part up to {@link #extensionAt}; empty where it has no extension. */
    public static Optional<String> withoutExtension(String localPart, String delimiters, String doubleBounceSender) {
        int at = extensionAt(localPart, delimiters, doubleBounceSender);
        return at < 0 ? Optional.empty() : Optional.of(localPart.substring(0, at));
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
