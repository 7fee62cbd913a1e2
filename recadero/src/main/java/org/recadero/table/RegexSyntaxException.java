package org.recadero.table;

/** A regular expression that is none, or that cannot be carried out; the message says why, in octets. */
final class RegexSyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    RegexSyntaxException(String octets) {
        super(octets);
    }
}
