package org.recadero.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a Content-Type field says, as far as the way to an entity's parts needs it. RFC 2045 §5.1.
 *
 * <p>Postfix: mime_state(3): every {@code boundary} of a field counts, though RFC 2046 §5.1.1 allows one, so that nothing hides
 * behind the second.
 *
 * @param type in lower case, {@code multipart}
 * @param subtype in lower case; perhaps empty
 * @param boundaries one char a byte
 */
record ContentType(String type, String subtype, List<String> boundaries) {
    /** What an entity is that does not say it. RFC 2045 §5.2. */
    static final ContentType PLAIN = new ContentType("text", "plain", List.of());

    /** What a part of a multipart/digest is that does not say it. RFC 2046 §5.1.5. */
    static final ContentType MESSAGE = new ContentType("message", "rfc822", List.of());

    private static final String SPECIALS = "()<>@,;:\\\"/[]?=";

    /** A word, or a special of one character. */
    private record Token(boolean word, String text) {
        boolean is(String expected) {
            return text.equalsIgnoreCase(expected);
        }
    }

    ContentType {
        boundaries = List.copyOf(boundaries);
    }

    boolean isMultipart() {
        return type.equals("multipart");
    }

    /** Whether a whole message with a header of its own is inside. */
    boolean isMessage() {
        return type.equals("message") && (subtype.equals("rfc822") || subtype.equals("global"));
    }

    /** What this multipart's parts are that do not say it themselves. */
    ContentType ofParts() {
        return subtype.equals("digest") ? MESSAGE : PLAIN;
    }

    /** @param body of the field, one char a byte; empty where it says nothing */
    static Optional<ContentType> parse(String body) {
        List<List<Token>> parameters = parameters(body);
        List<Token> first = parameters.getFirst();
        if (first.isEmpty()) {
            return Optional.empty();
        }
        List<String> boundaries = new ArrayList<>();
        for (List<Token> each : parameters.subList(1, parameters.size())) {
            if (each.size() >= 3 && each.get(0).is("boundary") && each.get(1).is("=")) {
                boundaries.add(each.get(2).text());
            }
        }
        boolean whole = first.size() >= 3 && first.get(1).is("/");
        return Optional.of(new ContentType(
                first.getFirst().text().toLowerCase(Locale.ROOT),
                whole ? first.get(2).text().toLowerCase(Locale.ROOT) : "",
                boundaries));
    }

    /** What stands between the semicolons. */
    private static List<List<Token>> parameters(String text) {
        List<List<Token>> all = new ArrayList<>();
        List<Token> current = new ArrayList<>();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c <= ' ') {
                i++;
            } else if (c == '(') {
                i = commentEnd(text, i);
            } else if (c == '"') {
                StringBuilder value = new StringBuilder();
                i = quoted(text, i + 1, value);
                current.add(new Token(true, value.toString()));
            } else if (c == ';') {
                all.add(current);
                current = new ArrayList<>();
                i++;
            } else if (SPECIALS.indexOf(c) >= 0) {
                current.add(new Token(false, String.valueOf(c)));
                i++;
            } else {
                int end = i;
                while (end < text.length() && text.charAt(end) > ' ' && SPECIALS.indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                current.add(new Token(true, text.substring(i, end)));
                i = end;
            }
        }
        all.add(current);
        return all;
    }

    /** RFC 5322 §3.2.2: comments nest. */
    private static int commentEnd(String text, int from) {
        int depth = 0;
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c == '\\') {
                i++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return i;
            }
        }
        return i;
    }

    /** RFC 5322 §3.2.4; where the line is folded inside, the line end goes. */
    private static int quoted(String text, int from, StringBuilder value) {
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c == '"') {
                return i;
            }
            if (c == '\\' && i < text.length()) {
                value.append(text.charAt(i++));
            } else if (c != '\n') {
                value.append(c);
            }
        }
        return i;
    }
}
