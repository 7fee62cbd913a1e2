package org.recadero.message;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.recadero.message.AddressToken.Kind;

/**
 * Finds the addresses in a header field or a command's argument: lists, groups, phrases, routes, comments, and all that is
 * obsolete or wrong. What is not understood is nobody's address; nothing ever fails.
 *
 * <p>RFC 5322 §3.4, §4.4. As Postfix does (tok822_parse(3)) the list is read from its right end, and two words side by side are
 * two addresses ({@code alice bob}), unless a {@code <…>} follows them: then they are its phrase.
 */
public final class AddressList {
    private static final String OPERATORS = "|(),.:;<>@[]%!\"";

    private final byte[] text;
    private final List<AddressToken> tokens = new ArrayList<>();
    private final List<AddressToken> comments = new ArrayList<>();
    private final List<ParsedAddress> found = new ArrayList<>();
    /** Comments that stand left of what was grouped already. */
    private int commentsLeft;

    private AddressList(byte[] text) {
        this.text = text;
    }

    /**
     * The addresses between two positions, in their order.
     *
     * @param tokenLimit a list of more tokens is left alone: no address is found. {@code DIFFERS}: Postfix takes what it has read
     *     so far, and so a phrase that was cut in two for addresses ({@code header_address_token_limit})
     */
    public static List<ParsedAddress> parse(byte[] text, int from, int to, int tokenLimit) {
        AddressList list = new AddressList(text);
        if (!list.scan(from, to, tokenLimit)) {
            return List.of();
        }
        list.group();
        Collections.reverse(list.found);
        return List.copyOf(list.found);
    }

    /** The internal forms of the addresses in an argument of sendmail(1). */
    public static List<String> internalForms(String argument) {
        byte[] bytes = argument.getBytes(StandardCharsets.UTF_8);
        return parse(bytes, 0, bytes.length, Integer.MAX_VALUE).stream()
                .map(ParsedAddress::text)
                .toList();
    }

    /** The tokens of an external form that is one address, comments left out. */
    public static List<AddressToken> tokens(String external) {
        AddressList list = new AddressList(external.getBytes(StandardCharsets.UTF_8));
        return list.scan(0, list.text.length, Integer.MAX_VALUE) ? List.copyOf(list.tokens) : List.of();
    }

    /** Returns whether it came to the end. */
    private boolean scan(int from, int to, int tokenLimit) {
        int i = from;
        while (i < to && tokens.size() + comments.size() < tokenLimit) {
            int c = text[i];
            switch (c) {
                case ' ', '\t', '\r', '\n' -> i++;
                case '(' -> i = comment(i, to);
                case '"' -> i = enclosed(Kind.QUOTED, i, to, '"');
                case '[' -> i = enclosed(Kind.DOMAIN_LITERAL, i, to, ']');
                default -> i = isOperator(c) ? operator(i) : atom(i, to);
            }
        }
        return i >= to;
    }

    private static boolean isOperator(int c) {
        return c > 0 && OPERATORS.indexOf(c) >= 0;
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private int operator(int at) {
        tokens.add(new AddressToken(Kind.OPERATOR, String.valueOf((char) text[at]), at, at + 1));
        return at + 1;
    }

    /** Nested; one that is not closed goes to the end. */
    private int comment(int at, int to) {
        int depth = 0;
        int i = at;
        do {
            switch (text[i]) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> {}
            }
            i++;
        } while (depth > 0 && i < to);
        int end = Math.min(i, to);
        String raw = new String(text, at, end - at, StandardCharsets.ISO_8859_1);
        comments.add(new AddressToken(Kind.QUOTED, raw, at, end));
        return end;
    }

    private int enclosed(Kind kind, int at, int to, char close) {
        StringBuilder word = new StringBuilder();
        int i = at + 1;
        while (i < to && text[i] != close) {
            if (text[i] == '\\' && ++i == to) {
                break;
            }
            word.append(isBlank(text[i]) ? ' ' : (char) (text[i] & 0xff));
            i++;
        }
        int end = Math.min(i + 1, to);
        tokens.add(new AddressToken(kind, word.toString(), at, end));
        return end;
    }

    private int atom(int at, int to) {
        int i = at;
        boolean escaped = false;
        while (i < to && !isBlank(text[i]) && !isOperator(text[i])) {
            if (text[i] == '\\') {
                escaped = true;
                i++;
            }
            i++;
        }
        int end = Math.min(i, to);
        String word = new String(text, at, end - at, StandardCharsets.ISO_8859_1);
        tokens.add(new AddressToken(escaped ? Kind.QUOTED : Kind.ATOM, escaped ? unescaped(word) : word, at, end));
        return end;
    }

    private static String unescaped(String word) {
        StringBuilder plain = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) == '\\' && ++i == word.length()) {
                break;
            }
            char c = word.charAt(i);
            plain.append(isBlank(c) ? ' ' : c);
        }
        return plain.toString();
    }

    /** From right to left; {@code right} is where the address that is being read ends. */
    private void group() {
        int right = tokens.size();
        commentsLeft = comments.size();
        boolean inGroup = false;
        boolean wordMayFollow = true;
        int i = right - 1;
        while (i >= 0) {
            AddressToken token = tokens.get(i);
            if (token.isWord()) {
                if (!wordMayFollow) {
                    close(i + 1, right);
                    right = i + 1;
                }
                wordMayFollow = false;
                i--;
                continue;
            }
            wordMayFollow = true;
            switch (token.text().charAt(0)) {
                case ';' -> {
                    close(i + 1, right);
                    right = i;
                    inGroup = true;
                }
                case ',' -> {
                    close(i + 1, right);
                    right = i;
                }
                case ':' -> {
                    if (inGroup) {
                        close(i + 1, right);
                        inGroup = false;
                        i = leftwards(i, ",");
                        right = i;
                        continue;
                    }
                }
                case '>' -> {
                    close(i + 1, right);
                    int open = leftwards(i, "<");
                    close(open + 1, i);
                    i = leftwards(open, ",;:>");
                    right = i;
                    continue;
                }
                default -> {}
            }
            i--;
        }
        close(0, right);
    }

    /** The nearest operator of a set to the left of {@code from}; -1 where there is none. */
    private int leftwards(int from, String operators) {
        int i = from - 1;
        while (i >= 0
                && (tokens.get(i).isWord()
                        || operators.indexOf(tokens.get(i).text().charAt(0)) < 0)) {
            i--;
        }
        return i;
    }

    /** An address of the tokens from {@code left} to before {@code right}, where there are any. */
    private void close(int left, int right) {
        if (left >= right) {
            return;
        }
        int start = tokens.get(left).start();
        int end = tokens.get(right - 1).end();
        // addresses come from right to left, so each comment is looked at once
        while (commentsLeft > 0 && comments.get(commentsLeft - 1).start() >= end) {
            commentsLeft--;
        }
        int last = commentsLeft;
        while (commentsLeft > 0 && comments.get(commentsLeft - 1).start() > start) {
            commentsLeft--;
        }
        List<String> inside = commentsLeft == last
                ? List.of()
                : comments.subList(commentsLeft, last).stream()
                        .map(AddressToken::text)
                        .toList();
        found.add(new ParsedAddress(tokens.subList(left, right), inside, start, end, missingCommaAt(left)));
    }

    private int missingCommaAt(int left) {
        if (left == 0) {
            return -1;
        }
        AddressToken before = tokens.get(left - 1);
        return before.isWord() || before.isOperator('>') || before.isOperator(';') ? before.end() : -1;
    }
}
