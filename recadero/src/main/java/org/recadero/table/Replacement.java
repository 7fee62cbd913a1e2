package org.recadero.table;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The result of a regular expression's rule, with {@code $1}, <code>${1}</code> or {@code $(1)} for what a group matched, and {@code
 * $$} for a dollar sign.
 *
 * <p>Immutable. Postfix: regexp_table(5), pcre_table(5), TEXT SUBSTITUTION.
 */
final class Replacement {
    /** A piece of text, or a group from 1 with an empty text. */
    private record Piece(String text, int group) {}

    /** Text that is none; the lines to say so, the last one ending in «bad replacement syntax». */
    static final class BadSyntax extends Exception {
        private static final long serialVersionUID = 1;

        /** Said without the rule's place. */
        private final boolean general;

        BadSyntax(boolean general, String octets) {
            super(octets);
            this.general = general;
        }

        boolean isGeneral() {
            return general;
        }
    }

    private final List<Piece> pieces;

    private Replacement(List<Piece> pieces) {
        this.pieces = List.copyOf(pieces);
    }

    /** @param zero how the table's kind says «out of range» of group 0 */
    static Replacement parse(String text, String zero) throws BadSyntax {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '$') {
                plain.append(c);
                continue;
            }
            if (i < text.length() && text.charAt(i) == '$') {
                plain.append('$');
                i++;
                continue;
            }
            int end = nameEnd(text, i);
            boolean bracketed = i < text.length() && (text.charAt(i) == '{' || text.charAt(i) == '(');
            String name = bracketed ? text.substring(i + 1, end - 1) : text.substring(i, end);
            if (name.isEmpty()) {
                throw new BadSyntax(true, "empty macro name: \"" + text + "\"");
            }
            pieces.add(new Piece(plain.toString(), 0));
            plain.setLength(0);
            pieces.add(new Piece("", group(name, zero)));
            i = end;
        }
        pieces.add(new Piece(plain.toString(), 0));
        return new Replacement(pieces);
    }

    /** Behind the name that begins at {@code from}, brackets included. */
    private static int nameEnd(String text, int from) throws BadSyntax {
        char open = from < text.length() ? text.charAt(from) : ' ';
        if (open != '{' && open != '(') {
            int end = from;
            while (end < text.length() && isNameCharacter(text.charAt(end))) {
                end++;
            }
            return end;
        }
        char close = open == '{' ? '}' : ')';
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            depth += text.charAt(i) == open ? 1 : text.charAt(i) == close ? -1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        throw new BadSyntax(true, "truncated macro reference: \"" + text + "\"");
    }

    private static boolean isNameCharacter(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static int group(String name, String zero) throws BadSyntax {
        if (!name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadSyntax(false, "non-numeric replacement index \"" + name + "\"");
        }
        int group = name.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(name);
        if (group == 0) {
            throw new BadSyntax(false, zero + " replacement index \"" + name + "\"");
        }
        return group;
    }

    /** The highest group named; 0 where there is none. */
    int highestGroup() {
        return pieces.stream().mapToInt(Piece::group).max().orElse(0);
    }

    /** @param groups what a group matched, octets; {@code ""} where it took no part */
    String expand(IntFunction<String> groups) {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            text.append(piece.group() == 0 ? piece.text() : groups.apply(piece.group()));
        }
        return text.toString();
    }
}
