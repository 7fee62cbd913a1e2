package org.recadero.receive.smtpd;

/** What may be the name of a host. Postfix: valid_hostname(3). */
final class HostNames {
    private static final int MAX_LABEL = 63;
    private static final int MAX_NAME = 255;

    private HostNames() {}

    /** Letters, digits, hyphens and underscores in labels that neither begin nor end with a hyphen; not all of it digits. */
    static boolean isName(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (name.isEmpty() || name.length() > MAX_NAME) {
            return false;
        }
        boolean numeric = true;
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL || label.startsWith("-") || label.endsWith("-")) {
                return false;
            }
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                boolean digit = c >= '0' && c <= '9';
                boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                if (!digit && !letter && c != '-' && c != '_' && c < 0x80) {
                    return false;
                }
                numeric &= digit;
            }
        }
        return !numeric;
    }

    /** A name with a dot in it. */
    static boolean isFullyQualified(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        return isName(name) && name.indexOf('.') > 0;
    }

    /** Four numbers up to 255. */
    static boolean isAddress(String text) {
        String[] parts = text.split("\\.", -1);
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

    /** RFC 5321 §4.1.3. */
    static boolean isLiteral(String text) {
        if (!text.startsWith("[") || !text.endsWith("]")) {
            return false;
        }
        String inside = text.substring(1, text.length() - 1);
        return inside.regionMatches(true, 0, "IPv6:", 0, 5)
                ? inside.substring(5).matches("[0-9A-Fa-f:.]{2,45}")
                        && inside.substring(5).indexOf(':') >= 0
                : isAddress(inside);
    }
}
