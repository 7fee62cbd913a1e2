package org.recadero.table;

/**
 * Cuts a pattern out of a line of {@code regexp:} or {@code pcre:}: exclamation marks, a delimiter of any kind, the expression, the
 * delimiter, flags.
 *
 * <p>Postfix: regexp_table(5), pcre_table(5).
 */
final class PatternLine {
    /**
     * A pattern as written.
     *
     * @param expression between the delimiters, with its backslashes
     * @param options the letters behind it
     */
    record Written(boolean negated, String expression, String options) {}

    private final String text;
    private final boolean posix;
    private int at;

    /** @param posix whether an exclamation mark ends the flags: another pattern follows ({@code regexp:}) */
    PatternLine(String text, boolean posix) {
        this.text = text;
        this.posix = posix;
    }

    Written pattern() throws RegexSyntaxException {
        boolean negated = false;
        while (at < text.length() && (text.charAt(at) == '!' || Octets.isBlank(text.charAt(at)))) {
            negated ^= text.charAt(at) == '!';
            at++;
        }
        if (at >= text.length()) {
            throw new RegexSyntaxException("no regexp: skipping this rule");
        }
        char delimiter = text.charAt(at++);
        int from = at;
        while (at < text.length() && text.charAt(at) != delimiter) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            throw new RegexSyntaxException("no closing regexp delimiter \"" + delimiter + "\": "
                    + (posix ? "skipping" : "ignoring") + " this rule");
        }
        String expression = text.substring(from, at++);
        int options = at;
        while (at < text.length() && !Octets.isBlank(text.charAt(at)) && !isAnotherPattern()) {
            at++;
        }
        return new Written(negated, expression, text.substring(options, at));
    }

    /** Whether an exclamation mark follows the pattern at once. */
    boolean isAnotherPattern() {
        return posix && at < text.length() && text.charAt(at) == '!';
    }

    /** What stands behind the patterns. */
    String rest() {
        return Octets.trimmed(text.substring(Math.min(at, text.length())));
    }
}
