package org.recadero.smtp;

import java.util.Optional;

/**
 * The address of MAIL, RCPT and VRFY (RFC 5321 §4.1.2), read as leniently as Postfix reads it: with or without angle brackets,
 * blanks around the dots, a route in front, quotes where none are needed.
 *
 * <p>Postfix: smtpd(8), {@code strict_rfc821_envelopes = no}; valid_hostname(3).
 */
final class PathText {
    /** Bound for one address, in characters. */
    static final int MAX_CHARS = 2_000;

    private static final int MAX_LABEL = 63;
    private static final int MAX_HOST = 255;

    private final String text;
    private final StringBuilder out = new StringBuilder();
    private int at;
    /** Where the last {@code @} outside quotes stands in {@link #out}; -1: none yet. */
    private int lastAt = -1;
    /** Whether a word ends where we are, so that a second one would need something between. */
    private boolean afterWord;

    private PathText(String text) {
        this.text = text;
    }

    /** The internal form of {@code <…>} or of a bare address; empty where it is none. The null path gives an empty text. */
    static Optional<String> parse(String path) {
        String inside = path.trim();
        if (inside.startsWith("<")) {
            if (!inside.endsWith(">")) {
                return Optional.empty();
            }
            inside = inside.substring(1, inside.length() - 1).trim();
        }
        if (inside.length() > MAX_CHARS) {
            return Optional.empty();
        }
        return inside.isEmpty() ? Optional.of("") : new PathText(withoutRoute(inside)).address();
    }

    /** RFC 5321 §4.1.1.3, appendix C: {@code @a,@b:} is ignored. */
    private static String withoutRoute(String text) {
        int colon = text.indexOf(':');
        int quote = text.indexOf('"');
        boolean route = text.startsWith("@") && colon > 0 && (quote < 0 || colon < quote);
        return route ? text.substring(colon + 1) : text;
    }

    private Optional<String> address() {
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean taken = switch (c) {
                case ' ', '\t' -> skip();
                case '"' -> quoted();
                case '(' -> comment();
                case '[' -> literal();
                case '@', '.' -> separator(c);
                default -> atom();
            };
            if (!taken) {
                return Optional.empty();
            }
        }
        String address = out.toString();
        // the domain is what stands behind the last @; what stands before, other @s included, is the local part
        return lastAt < 0 || isDomain(address.substring(lastAt + 1)) ? Optional.of(address) : Optional.empty();
    }

    private boolean skip() {
        at++;
        return true;
    }

    /** RFC 5322 §3.2.2; comments nest. */
    private boolean comment() {
        int depth = 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                at++;
                return true;
            }
        }
        return false;
    }

    private boolean separator(char c) {
        if (c == '@') {
            lastAt = out.length();
        }
        out.append(c);
        at++;
        afterWord = false;
        return true;
    }

    private boolean quoted() {
        if (afterWord) {
            return false;
        }
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                afterWord = true;
                return true;
            }
            if (c == '\\' && at + 1 < text.length()) {
                c = text.charAt(++at);
            }
            if (isControl(c)) {
                return false;
            }
            out.append(c);
        }
        return false;
    }

    private boolean literal() {
        int close = text.indexOf(']', at);
        if (afterWord || close < 0) {
            return false;
        }
        out.append(text, at, close + 1);
        at = close + 1;
        afterWord = true;
        return true;
    }

    private boolean atom() {
        if (afterWord) {
            return false;
        }
        int begin = at;
        while (at < text.length() && isAtomText(text.charAt(at))) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
                if (at == text.length() || isControl(text.charAt(at))) {
                    return false;
                }
                c = text.charAt(at);
            }
            out.append(c);
            at++;
        }
        afterWord = at > begin;
        return afterWord;
    }

    private static boolean isAtomText(char c) {
        return c > ' ' && c != 0x7f && "()<>@,;:\".[]".indexOf(c) < 0;
    }

    private static boolean isControl(char c) {
        return c < ' ' || c == 0x7f;
    }

    /** A domain name that could exist, or an address literal. */
    static boolean isDomain(String domain) {
        if (domain.startsWith("[") && domain.endsWith("]")) {
            return isLiteral(domain.substring(1, domain.length() - 1));
        }
        String name = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
        if (name.isEmpty() || name.length() > MAX_HOST) {
            return false;
        }
        boolean numeric = true;
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL || label.startsWith("-") || label.endsWith("-")) {
                return false;
            }
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                if (!isHostText(c)) {
                    return false;
                }
                numeric &= c >= '0' && c <= '9';
            }
        }
        return !numeric;
    }

    private static boolean isHostText(char c) {
        return c >= 0x80
                || (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '-'
                || c == '_';
    }

    /** RFC 5321 §4.1.3: an IPv4 address, or {@code IPv6:} and one. */
    private static boolean isLiteral(String inside) {
        if (inside.regionMatches(true, 0, "IPv6:", 0, 5)) {
            String six = inside.substring(5);
            return six.indexOf(':') >= 0 && six.matches("[0-9A-Fa-f:.]{2,45}");
        }
        String[] parts = inside.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!part.matches("[0-9]{1,3}") || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }
}
