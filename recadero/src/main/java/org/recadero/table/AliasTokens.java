package org.recadero.table;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of an alias line, and the text that is stored for them: blanks made one, backslashes outside of quotes dropped,
 * comments kept.
 *
 * <p>RFC 5322 §3.2. Postfix: postalias(1), tok822_parse(3).
 */
final class AliasTokens {
    private static final String OPERATORS = "|(),.:;<>@[]%!\"";

    private enum Kind {
        ATOM,
        QUOTED,
        LITERAL,
        COMMENT,
        OPERATOR
    }

    /** @param text octets: of a comment with its parentheses, else without quotes and brackets */
    record Token(Kind kind, String text) {
        boolean isOperator(char c) {
            return kind == Kind.OPERATOR && text.charAt(0) == c;
        }
    }

    private final String line;
    private final List<Token> tokens = new ArrayList<>();

    private AliasTokens(String line) {
        this.line = line;
    }

    static List<Token> scan(String octets) {
        AliasTokens scanner = new AliasTokens(octets);
        int i = 0;
        while (i < octets.length()) {
            char c = octets.charAt(i);
            if (Octets.isBlank(c)) {
                i++;
            } else if (c == '(') {
                i = scanner.comment(i);
            } else if (c == '"') {
                i = scanner.enclosed(Kind.QUOTED, i + 1, '"');
            } else if (c == '[') {
                i = scanner.enclosed(Kind.LITERAL, i + 1, ']');
            } else if (OPERATORS.indexOf(c) >= 0) {
                scanner.tokens.add(new Token(Kind.OPERATOR, String.valueOf(c)));
                i++;
            } else {
                i = scanner.atom(i);
            }
        }
        return scanner.tokens;
    }

    private int comment(int from) {
        int depth = 0;
        int i = from;
        do {
            switch (line.charAt(i)) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> {}
            }
            i++;
        } while (depth > 0 && i < line.length());
        int end = Math.min(i, line.length());
        tokens.add(new Token(Kind.COMMENT, line.substring(from, end)));
        return end;
    }

    private int enclosed(Kind kind, int from, char close) {
        StringBuilder word = new StringBuilder();
        int i = from;
        while (i < line.length() && line.charAt(i) != close) {
            if (line.charAt(i) == '\\' && ++i == line.length()) {
                break;
            }
            word.append(blank(line.charAt(i)));
            i++;
        }
        tokens.add(new Token(kind, word.toString()));
        return i + 1;
    }

    private static char blank(char c) {
        return Octets.isBlank(c) ? ' ' : c;
    }

    private int atom(int from) {
        StringBuilder word = new StringBuilder();
        int i = from;
        while (i < line.length() && !Octets.isBlank(line.charAt(i)) && OPERATORS.indexOf(line.charAt(i)) < 0) {
            if (line.charAt(i) == '\\' && ++i == line.length()) {
                break;
            }
            word.append(blank(line.charAt(i)));
            i++;
        }
        String text = word.toString();
        tokens.add(new Token(needsQuotes(text) ? Kind.QUOTED : Kind.ATOM, text));
        return i;
    }

    private static boolean needsQuotes(String text) {
        return text.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '\\' || OPERATORS.indexOf(c) >= 0);
    }

    /** Without quotes and backslashes: a key. */
    static String internal(List<Token> tokens) {
        return text(tokens, false);
    }

    /** With quotes where they stood or are needed: a value. */
    static String external(List<Token> tokens) {
        return text(tokens, true);
    }

    private static String text(List<Token> tokens, boolean quotes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            boolean words =
                    i > 0 && token.kind() != Kind.OPERATOR && tokens.get(i - 1).kind() != Kind.OPERATOR;
            boolean route = i > 0 && token.isOperator('<') && text.charAt(text.length() - 1) != ' ';
            if (words || route) {
                text.append(' ');
            }
            switch (token.kind()) {
                case ATOM, COMMENT -> text.append(token.text());
                case LITERAL -> text.append('[').append(token.text()).append(']');
                case QUOTED -> text.append(quotes ? quoted(token.text()) : token.text());
                case OPERATOR -> text.append(token.text()).append(token.isOperator(',') ? " " : "");
            }
        }
        return text.toString();
    }

    private static String quoted(String word) {
        StringBuilder text = new StringBuilder(word.length() + 2).append('"');
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        return text.append('"').toString();
    }
}
