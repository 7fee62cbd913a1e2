package org.recadero.receive.submit;

import java.util.ArrayList;
import java.util.List;

/**
 * The addresses in one argument of sendmail: a list as in a To field, where blanks separate too ({@code a b} is two). Lenient as
 * Postfix is; the result is the internal form, unquoted, without comments and phrases.
 *
 * <p>Postfix: sendmail(1), tok822_parse(3) and tok822_internalize(3), as seen in the golden file.
 */
final class CommandLineAddresses {
    private enum Kind {
        WORD,
        OPERATOR,
        COMMA,
        COLON,
        SEMICOLON,
        OPEN,
        CLOSE
    }

    private record Token(Kind kind, String text) {}

    private static final String OPERATORS = ".@%!|)";

    private final List<Token> tokens = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private final StringBuilder current = new StringBuilder();
    private boolean inAddress;
    private boolean afterWord;
    /** Where the phrase begins that a {@code <} would drop, as a number of found addresses. */
    private int phraseStart;

    private CommandLineAddresses() {}

    /** All addresses of one argument; may be none. */
    static List<String> parse(String argument) {
        CommandLineAddresses parser = new CommandLineAddresses();
        parser.scan(argument);
        parser.group();
        return List.copyOf(parser.found);
    }

    private void scan(String text) {
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            switch (c) {
                case ' ', '\t', '\r', '\n' -> i++;
                case '(' -> i = comment(text, i);
                case '"' -> i = quoted(text, i, '"', new StringBuilder());
                case '[' -> i = quoted(text, i, ']', new StringBuilder("["));
                case ',' -> i = single(Kind.COMMA, text, i);
                case ';' -> i = single(Kind.SEMICOLON, text, i);
                case ':' -> i = single(Kind.COLON, text, i);
                case '<' -> i = single(Kind.OPEN, text, i);
                case '>' -> i = single(Kind.CLOSE, text, i);
                default -> i = OPERATORS.indexOf(c) >= 0 ? single(Kind.OPERATOR, text, i) : atom(text, i);
            }
        }
    }

    private int single(Kind kind, String text, int at) {
        tokens.add(new Token(kind, text.substring(at, at + 1)));
        return at + 1;
    }

    private static int comment(String text, int at) {
        int depth = 0;
        for (int i = at; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> {}
            }
            if (depth == 0) {
                return i + 1;
            }
        }
        return text.length();
    }

    /** A quoted string or a domain literal; one that is not ended ends with the text. */
    private int quoted(String text, int at, char close, StringBuilder word) {
        int i = at + 1;
        for (; i < text.length() && text.charAt(i) != close; i++) {
            if (text.charAt(i) == '\\' && i + 1 < text.length()) {
                i++;
            }
            word.append(text.charAt(i));
        }
        if (close == ']') {
            word.append(']');
        }
        tokens.add(new Token(Kind.WORD, word.toString()));
        return Math.min(i + 1, text.length());
    }

    private int atom(String text, int at) {
        StringBuilder word = new StringBuilder();
        int i = at;
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                if (i + 1 < text.length()) {
                    word.append(text.charAt(++i));
                }
            } else if (" \t\r\n()<>,;:\"[".indexOf(c) >= 0 || OPERATORS.indexOf(c) >= 0) {
                break;
            } else {
                word.append(c);
            }
        }
        tokens.add(new Token(Kind.WORD, word.toString()));
        return i;
    }

    private void group() {
        int lastSemicolon = -1;
        for (int i = 0; i < tokens.size(); i++) {
            lastSemicolon = tokens.get(i).kind() == Kind.SEMICOLON ? i : lastSemicolon;
        }
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            switch (token.kind()) {
                case WORD -> word(token.text());
                case OPERATOR -> operator(token.text());
                case COMMA, SEMICOLON -> separate();
                case COLON -> {
                    if (i < lastSemicolon) {
                        dropPhrase();
                    } else {
                        operator(token.text());
                    }
                }
                case OPEN -> {
                    int close = closing(i);
                    if (close < 0) {
                        operator(token.text());
                    } else {
                        dropPhrase();
                        StringBuilder route = new StringBuilder();
                        tokens.subList(i + 1, close).forEach(t -> route.append(t.text()));
                        found.add(route.toString());
                        phraseStart = found.size();
                        i = close;
                    }
                }
                case CLOSE -> endAddress(); // one without its opening separates
            }
        }
        endAddress();
    }

    private void word(String text) {
        if (inAddress && afterWord) {
            endAddress();
        }
        current.append(text);
        inAddress = true;
        afterWord = true;
    }

    private void operator(String text) {
        current.append(text);
        inAddress = true;
        afterWord = false;
    }

    private void endAddress() {
        if (inAddress) {
            found.add(current.toString());
            current.setLength(0);
            inAddress = false;
            afterWord = false;
        }
    }

    private void separate() {
        endAddress();
        phraseStart = found.size();
    }

    private void dropPhrase() {
        endAddress();
        found.subList(phraseStart, found.size()).clear();
    }

    private int closing(int from) {
        for (int i = from + 1; i < tokens.size(); i++) {
            if (tokens.get(i).kind() == Kind.CLOSE) {
                return i;
            }
            if (tokens.get(i).kind() == Kind.OPEN) {
                return -1;
            }
        }
        return -1;
    }
}
