package org.recadero.message;

import java.util.List;

/**
 * Addresses and phrases between their internal form (unquoted, as tables are asked) and their external one (RFC 5322 §3.2.4,
 * RFC 5321 §4.1.2).
 *
 * <p>Postfix: quote_822_local(3).
 */
public final class AddressText {
    private static final String SPECIAL = "()<>@,;:\\\"[]";

    private AddressText() {}

    /** The external form of any internal one, also of one with a route, without a domain, empty or broken. */
    public static String external(String internal) {
        int colon = internal.indexOf(':');
        if (internal.startsWith("@") && colon > 0 && colon < internal.length() - 1) {
            return internal.substring(0, colon + 1) + withoutRoute(internal.substring(colon + 1));
        }
        return withoutRoute(internal);
    }

    private static String withoutRoute(String internal) {
        int at = internal.lastIndexOf('@');
        String local = at < 0 ? internal : internal.substring(0, at);
        String quoted = isDotString(local) ? local : quoted(local);
        return at < 0 ? quoted : quoted + internal.substring(at);
    }

    /** The internal form of one external address: quotes, backslashes and comments removed. */
    public static String internal(String external) {
        List<AddressToken> tokens = AddressList.tokens(external);
        return ParsedAddress.decoded(ParsedAddress.internal(tokens));
    }

    /** A display name (RFC 5322 §3.4), quoted where it must be. */
    public static String phrase(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (SPECIAL.indexOf(c) >= 0 || c == '.' || c == '%' || c == '!' || c == '|') {
                return quoted(name);
            }
        }
        return name;
    }

    /** Whether a local part needs no quotes. Bytes and characters over 127 need none. */
    public static boolean isDotString(String local) {
        if (local.isEmpty() || local.charAt(0) == '.' || local.charAt(local.length() - 1) == '.') {
            return false;
        }
        for (int i = 0; i < local.length(); i++) {
            char c = local.charAt(i);
            if (c <= ' ' || c == 0x7f || SPECIAL.indexOf(c) >= 0 || (c == '.' && local.charAt(i + 1) == '.')) {
                return false;
            }
        }
        return true;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 8).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || c == '\r') {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
