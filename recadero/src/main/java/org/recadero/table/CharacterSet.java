package org.recadero.table;

import java.util.Optional;

/** Named sets of characters, {@code [:alpha:]}, as {@code java.util.regex} writes them within brackets; ASCII alone. */
final class CharacterSet {
    private CharacterSet() {}

    /** @param foldsCase where upper and lower case are the same */
    static Optional<String> named(String name, boolean foldsCase) {
        return Optional.ofNullable(
                switch (name) {
                    case "alpha" -> "a-zA-Z";
                    case "digit" -> "0-9";
                    case "alnum" -> "a-zA-Z0-9";
                    case "upper" -> foldsCase ? "a-zA-Z" : "A-Z";
                    case "lower" -> foldsCase ? "a-zA-Z" : "a-z";
                    case "space" -> "\\x09-\\x0d\\x20";
                    case "blank" -> "\\x09\\x20";
                    case "punct" -> "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e";
                    case "print" -> "\\x20-\\x7e";
                    case "graph" -> "\\x21-\\x7e";
                    case "cntrl" -> "\\x00-\\x1f\\x7f";
                    case "xdigit" -> "0-9a-fA-F";
                    default -> null;
                });
    }

    /** One character as a literal, whatever stands around it. */
    static String literal(char c) {
        boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return plain || c > 0xff ? String.valueOf(c) : "\\x%02x".formatted((int) c);
    }
}
