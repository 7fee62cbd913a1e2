package org.recadero.table;

import java.util.Optional;

/**
 * A bracket expression of a POSIX regular expression, {@code [^]a-z[:digit:]]}, as a class of {@code java.util.regex}.
 *
 * <p>Postfix: regexp_table(5), re_format(7); the messages are regerror(3)'s.
 */
final class PosixBracket {
    private static final String UNMATCHED = "Unmatched [, [^, [:, [., or [=";

    private final String pattern;
    private final boolean foldsCase;
    private final boolean newlines;
    private int at;

    /**
     * @param from behind the opening bracket
     * @param newlines whether a negated set leaves out the newline
     */
    PosixBracket(String pattern, int from, boolean foldsCase, boolean newlines) {
        this.pattern = pattern;
        this.at = from;
        this.foldsCase = foldsCase;
        this.newlines = newlines;
    }

    /** Behind the closing bracket, once it was translated. */
    int end() {
        return at;
    }

    String translated() throws RegexSyntaxException {
        StringBuilder set = new StringBuilder("[");
        boolean negated = at < pattern.length() && pattern.charAt(at) == '^';
        if (negated) {
            at++;
            set.append('^');
        }
        if (at >= pattern.length()) {
            throw new RegexSyntaxException("Invalid regular expression");
        }
        boolean first = true;
        while (true) {
            char c = next();
            if (c == ']' && !first) {
                at++;
                break;
            }
            first = false;
            if (pattern.startsWith("[:", at)) {
                set.append(named());
                if (isRange()) {
                    throw new RegexSyntaxException("Invalid range end");
                }
            } else {
                element(set);
            }
        }
        if (negated && newlines) {
            set.append("\\n");
        }
        return set.append(']').toString();
    }

    private char next() throws RegexSyntaxException {
        if (at >= pattern.length()) {
            throw new RegexSyntaxException(UNMATCHED);
        }
        return pattern.charAt(at);
    }

    private String named() throws RegexSyntaxException {
        int end = pattern.indexOf(":]", at + 2);
        if (end < 0) {
            throw new RegexSyntaxException(UNMATCHED);
        }
        Optional<String> characters = CharacterSet.named(pattern.substring(at + 2, end), foldsCase);
        at = end + 2;
        return characters.orElseThrow(() -> new RegexSyntaxException("Invalid character class name"));
    }

    /** Whether a {@code -} follows that is not the last character. */
    private boolean isRange() {
        return at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']';
    }

    private void element(StringBuilder set) throws RegexSyntaxException {
        char from = character();
        set.append(CharacterSet.literal(from));
        if (!isRange()) {
            return;
        }
        at++;
        if (pattern.startsWith("[:", at)) {
            throw new RegexSyntaxException("Invalid range end");
        }
        char to = character();
        // a range that another one follows, a-c-e, is none either
        if (to < from || isRange()) {
            throw new RegexSyntaxException("Invalid range end");
        }
        set.append('-').append(CharacterSet.literal(to));
    }

    /** A character, or one written {@code [.x.]} or {@code [=x=]}. */
    private char character() throws RegexSyntaxException {
        for (String mark : new String[] {".", "="}) {
            if (pattern.startsWith("[" + mark, at)) {
                int end = pattern.indexOf(mark + "]", at + 3);
                if (end < 0) {
                    throw new RegexSyntaxException(UNMATCHED);
                }
                if (end != at + 3) {
                    throw new RegexSyntaxException("Invalid collation character");
                }
                char c = pattern.charAt(at + 2);
                at = end + 2;
                return c;
            }
        }
        char c = next();
        at++;
        return c;
    }
}
