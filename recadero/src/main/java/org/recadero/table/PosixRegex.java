package org.recadero.table;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates POSIX regular expressions, extended and basic, into those of {@code java.util.regex}, over octets.
 *
 * <p>What glibc adds is understood: {@code \w \W \s \S \b \B \< \> \` \'}. {@code DIFFERS}: where alternatives could match in
 * several ways, POSIX takes the longest and Java the first; that changes what {@code $1} holds, never whether a pattern matches.
 *
 * <p>Postfix: regexp_table(5); the messages are regerror(3)'s.
 */
final class PosixRegex {
    /** Bound of {@code {n,m}}. */
    private static final int MOST_REPEATS = 32767;

    private final String pattern;
    private final boolean extended;
    private final boolean foldsCase;
    private final boolean newlines;

    private final StringBuilder out = new StringBuilder();
    /** Where the groups that are open begin in {@link #out}, and their numbers. */
    private final Deque<int[]> open = new ArrayDeque<>();

    private final Set<Integer> closed = new HashSet<>();
    private int groups;
    private int at;
    /** Where what a quantifier would repeat begins in {@link #out}; -1 where there is nothing. */
    private int atom = -1;

    private boolean quantified;

    private PosixRegex(String pattern, boolean extended, boolean foldsCase, boolean newlines) {
        this.pattern = pattern;
        this.extended = extended;
        this.foldsCase = foldsCase;
        this.newlines = newlines;
    }

    /**
     * Translates a pattern.
     *
     * @param newlines whether a newline ends a line for {@code ^ $ .} and negated sets
     */
    static Pattern compile(String octets, boolean extended, boolean foldsCase, boolean newlines)
            throws RegexSyntaxException {
        String java = new PosixRegex(octets, extended, foldsCase, newlines).translated();
        try {
            return Pattern.compile(
                    java, Pattern.UNIX_LINES | Pattern.DOTALL | (foldsCase ? Pattern.CASE_INSENSITIVE : 0));
        } catch (PatternSyntaxException e) {
            throw new RegexSyntaxException("not supported: " + e.getDescription());
        } catch (StackOverflowError | OutOfMemoryError e) {
            throw new RegexSyntaxException("Regular expression too big");
        }
    }

    private String translated() throws RegexSyntaxException {
        while (at < pattern.length()) {
            char c = pattern.charAt(at++);
            switch (c) {
                case '\\' -> escaped();
                case '[' -> {
                    PosixBracket bracket = new PosixBracket(pattern, at, foldsCase, newlines);
                    atom(bracket.translated());
                    at = bracket.end();
                }
                case '.' -> atom(newlines ? "[^\\n]" : ".");
                case '*' -> star();
                case '^' -> caret();
                case '$' -> dollar();
                default -> plainOrOperator(c);
            }
        }
        if (!open.isEmpty()) {
            throw new RegexSyntaxException("Unmatched ( or \\(");
        }
        return out.toString();
    }

    private void atom(String java) {
        atom = out.length();
        quantified = false;
        out.append(java);
    }

    private void plainOrOperator(char c) throws RegexSyntaxException {
        if (extended && "(){|+?".indexOf(c) >= 0) {
            operator(c);
        } else {
            atom(CharacterSet.literal(c));
        }
    }

    private void escaped() throws RegexSyntaxException {
        if (at >= pattern.length()) {
            throw new RegexSyntaxException("Trailing backslash");
        }
        char c = pattern.charAt(at++);
        if (!extended && "(){|+?".indexOf(c) >= 0) {
            operator(c);
            return;
        }
        switch (c) {
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                if (!closed.contains(c - '0')) {
                    throw new RegexSyntaxException("Invalid back reference");
                }
                atom("(?:\\" + c + ")");
            }
            case 'w', 'W', 's', 'S', 'b', 'B' -> atom("\\" + c);
            case '<' -> atom("(?:\\b(?=\\w))");
            case '>' -> atom("(?:\\b(?<=\\w))");
            case '`' -> atom("\\A");
            case '\'' -> atom("\\z");
            default -> atom(CharacterSet.literal(c));
        }
    }

    private void operator(char c) throws RegexSyntaxException {
        switch (c) {
            case '(' -> {
                groups++;
                open.push(new int[] {out.length(), groups});
                out.append('(');
                atom = -1;
            }
            case ')' -> close();
            case '|' -> {
                out.append('|');
                atom = -1;
            }
            case '{' -> interval();
            default -> {
                if (!extended && atom < 0) {
                    atom(CharacterSet.literal(c));
                } else {
                    quantify(String.valueOf(c));
                }
            }
        }
    }

    private void close() throws RegexSyntaxException {
        if (open.isEmpty()) {
            if (!extended) {
                throw new RegexSyntaxException("Unmatched ( or \\(");
            }
            atom("\\)");
            return;
        }
        int[] group = open.pop();
        out.append(')');
        closed.add(group[1]);
        atom = group[0];
        quantified = false;
    }

    private void star() throws RegexSyntaxException {
        if (!extended && atom < 0) {
            atom("\\*");
        } else {
            quantify("*");
        }
    }

    private void quantify(String quantifier) throws RegexSyntaxException {
        if (atom < 0) {
            throw new RegexSyntaxException("Invalid preceding regular expression");
        }
        // a+? is greedy twice, never Java's reluctant quantifier
        if (quantified) {
            out.insert(atom, "(?:").append(')');
        }
        out.append(quantifier);
        quantified = true;
    }

    private void interval() throws RegexSyntaxException {
        if (atom < 0) {
            throw new RegexSyntaxException("Invalid preceding regular expression");
        }
        String closing = extended ? "}" : "\\}";
        int end = pattern.indexOf(closing, at);
        String inside = end < 0 ? pattern.substring(at) : pattern.substring(at, end);
        int comma = inside.indexOf(',');
        String low = comma < 0 ? inside : inside.substring(0, comma);
        String high = comma < 0 ? inside : inside.substring(comma + 1);
        if (end < 0 && isDigits(low) && isDigits(high)) {
            throw new RegexSyntaxException("Unmatched \\{");
        }
        if (!isDigits(low) || !isDigits(high) || (low.isEmpty() && comma < 0)) {
            throw new RegexSyntaxException("Invalid content of \\{\\}");
        }
        int least = low.isEmpty() ? 0 : repeats(low);
        int most = high.isEmpty() ? MOST_REPEATS : repeats(high);
        if (least > MOST_REPEATS || most > MOST_REPEATS) {
            throw new RegexSyntaxException("Regular expression too big");
        }
        if (least > most) {
            throw new RegexSyntaxException("Invalid content of \\{\\}");
        }
        at = end + closing.length();
        quantify("{" + least + (high.isEmpty() ? "," : "," + most) + "}");
    }

    private static boolean isDigits(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static int repeats(String digits) {
        return digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    private void caret() {
        boolean anchor = extended
                || at == 1
                || pattern.startsWith("\\(", Math.max(0, at - 3))
                || pattern.startsWith("\\|", Math.max(0, at - 3));
        if (!anchor) {
            atom("\\^");
            return;
        }
        out.append(newlines ? "(?:\\A|(?<=\\n))" : "\\A");
        // nothing to repeat
        atom = -1;
    }

    private void dollar() {
        boolean anchor =
                extended || at == pattern.length() || pattern.startsWith("\\)", at) || pattern.startsWith("\\|", at);
        if (!anchor) {
            atom("\\$");
            return;
        }
        atom(newlines ? "(?:(?=\\n)|\\z)" : "\\z");
    }
}
