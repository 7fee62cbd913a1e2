package org.recadero.message;

import java.util.Objects;

/**
 * A word or operator of an address.
 *
 * @param text without quotes, backslashes and brackets; one char a byte (ISO 8859-1), so that nothing gets lost
 * @param start where it begins in the text it came from; -1 for an added one
 * @param end behind its last byte; -1 for an added one
 */
public record AddressToken(Kind kind, String text, int start, int end) {
    /** RFC 5322 §3.2.3, §3.2.4, §3.4.1. */
    public enum Kind {
        ATOM,
        QUOTED,
        DOMAIN_LITERAL,
        /** One character that binds or separates. */
        OPERATOR
    }

    public AddressToken {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(text);
    }

    /** One that stood nowhere. */
    public static AddressToken added(Kind kind, String text) {
        return new AddressToken(kind, text, -1, -1);
    }

    public boolean isOperator(char c) {
        return kind == Kind.OPERATOR && text.charAt(0) == c;
    }

    boolean isWord() {
        return kind != Kind.OPERATOR;
    }
}
