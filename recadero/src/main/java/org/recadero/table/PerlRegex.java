package org.recadero.table;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates Perl's regular expressions, as the PCRE library has them, into those of {@code java.util.regex}.
 *
 * <p>What Java has in another form is translated, over octets: POSIX sets, names of groups, octal numbers, literal braces and brackets, the
 * flags {@code E} and {@code U}. What it does not have is refused by name: recursion, conditions, {@code (?|}, {@code \K},
 * callouts, verbs.
 *
 * <p>Postfix: pcre_table(5).
 */
final class PerlRegex {
    /** Flags of a pattern's line, as pcre_table(5) has them. */
    enum Flag {
        FOLD_CASE,
        MULTILINE,
        DOT_ALL,
        EXTENDED,
        ANCHORED,
        DOLLAR_AT_END,
        UNGREEDY
    }

    /** Whether {@code (?x)} and {@code (?U)} hold. */
    private record Mode(boolean extended, boolean ungreedy) {}

    private static final int MOST_REPEATS = 65535;
    private static final Pattern INTERVAL = Pattern.compile("\\{\\d+(?:,\\d*)?\\}");

    private final String pattern;
    private final Set<Flag> flags;
    private final StringBuilder out = new StringBuilder();
    private final Deque<Mode> outer = new ArrayDeque<>();
    private final Map<String, Integer> names = new HashMap<>();
    private Mode mode;
    private int groups;
    private int at;

    private PerlRegex(String pattern, Set<Flag> flags) {
        this.pattern = pattern;
        this.flags = flags;
        this.mode = new Mode(flags.contains(Flag.EXTENDED), flags.contains(Flag.UNGREEDY));
    }

    /** Translates a pattern. */
    static Pattern compile(String octets, Set<Flag> flags) throws RegexSyntaxException {
        PerlRegex regex = new PerlRegex(octets, flags);
        String java = regex.translated();
        int bits = Pattern.UNIX_LINES
                | (flags.contains(Flag.FOLD_CASE) ? Pattern.CASE_INSENSITIVE : 0)
                | (flags.contains(Flag.MULTILINE) ? Pattern.MULTILINE : 0)
                | (flags.contains(Flag.DOT_ALL) ? Pattern.DOTALL : 0);
        try {
            return Pattern.compile(flags.contains(Flag.ANCHORED) ? "\\G(?:" + java + ")" : java, bits);
        } catch (PatternSyntaxException e) {
            throw new RegexSyntaxException("error in regex: " + e.getDescription());
        } catch (StackOverflowError | OutOfMemoryError e) {
            throw new RegexSyntaxException("error in regex: too big");
        }
    }

    private static RegexSyntaxException error(int offset, String text) {
        return new RegexSyntaxException("error in regex at offset " + offset + ": " + text);
    }

    private RegexSyntaxException missing(int offset, String what) {
        return error(offset, "not supported here: " + what);
    }

    private String translated() throws RegexSyntaxException {
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
            if (mode.extended() && skipsBlank(c)) {
                continue;
            }
            at++;
            switch (c) {
                case '\\' -> new PerlEscape(false).write();
                case '[' -> bracket();
                case '(' -> group();
                case ')' -> close();
                case '$' ->
                    out.append(flags.contains(Flag.DOLLAR_AT_END) && !flags.contains(Flag.MULTILINE) ? "\\z" : "$");
                case '*', '+', '?' -> quantifier(String.valueOf(c));
                case '{' -> brace();
                case '.', '^', '|' -> out.append(c);
                default -> out.append(CharacterSet.literal(c));
            }
        }
        if (!outer.isEmpty()) {
            throw error(at, "missing closing parenthesis");
        }
        return out.toString();
    }

    private boolean skipsBlank(char c) {
        if (Octets.isBlank(c)) {
            at++;
            return true;
        }
        if (c == '#') {
            int end = pattern.indexOf('\n', at);
            at = end < 0 ? pattern.length() : end + 1;
            return true;
        }
        return false;
    }

    private void close() throws RegexSyntaxException {
        if (outer.isEmpty()) {
            throw error(at - 1, "unmatched closing parenthesis");
        }
        mode = outer.pop();
        out.append(')');
    }

    private void quantifier(String quantifier) throws RegexSyntaxException {
        char before = out.isEmpty() ? '(' : out.charAt(out.length() - 1);
        // a literal ( or | is written \\x28 or \\x7c
        if (before == '(' || before == '|' || before == '^') {
            throw error(at - 1, "quantifier does not follow a repeatable item");
        }
        out.append(quantifier);
        char next = at < pattern.length() ? pattern.charAt(at) : ' ';
        if (next == '+') {
            at++;
            out.append('+');
        } else if ((next == '?') != mode.ungreedy()) {
            out.append('?');
        }
        if (next == '?') {
            at++;
        }
        char after = at < pattern.length() ? pattern.charAt(at) : ' ';
        if (after == '*' || after == '+' || after == '?' || isInterval(at)) {
            throw error(at, "quantifier does not follow a repeatable item");
        }
    }

    private boolean isInterval(int from) {
        Matcher matcher = INTERVAL.matcher(pattern);
        return matcher.region(from, pattern.length()).lookingAt();
    }

    private void brace() throws RegexSyntaxException {
        if (!isInterval(at - 1)) {
            out.append("\\{");
            return;
        }
        int end = pattern.indexOf('}', at);
        String inside = pattern.substring(at, end);
        String[] bounds = inside.split(",", -1);
        int least = repeats(bounds[0], end);
        int most = bounds.length == 1 ? least : bounds[1].isEmpty() ? MOST_REPEATS : repeats(bounds[1], end);
        if (least > most) {
            throw error(end, "numbers out of order in {} quantifier");
        }
        at = end + 1;
        quantifier("{" + inside + "}");
    }

    private static int repeats(String digits, int at) throws RegexSyntaxException {
        if (digits.length() > 5 || Integer.parseInt(digits) > MOST_REPEATS) {
            throw error(at, "number too big in {} quantifier");
        }
        return Integer.parseInt(digits);
    }

    // ---- groups

    private void group() throws RegexSyntaxException {
        int start = at - 1;
        if (pattern.startsWith("*", at)) {
            throw missing(start, "(*");
        }
        if (!pattern.startsWith("?", at)) {
            capture();
            return;
        }
        if (pattern.startsWith("?#", at)) {
            int end = pattern.indexOf(')', at);
            if (end < 0) {
                throw error(pattern.length(), "missing ) following (?# comment");
            }
            at = end + 1;
            return;
        }
        for (String same : new String[] {"?:", "?=", "?!", "?>", "?<=", "?<!"}) {
            if (pattern.startsWith(same, at)) {
                at += same.length();
                outer.push(mode);
                out.append('(').append(same);
                return;
            }
        }
        if (pattern.startsWith("?P=", at)) {
            int end = closing(')', at + 3);
            reference(number(pattern.substring(at + 3, end), start));
            at = end + 1;
        } else if (pattern.startsWith("?P<", at) || pattern.startsWith("?<", at) || pattern.startsWith("?'", at)) {
            named();
        } else {
            options(start);
        }
    }

    private void capture() {
        outer.push(mode);
        groups++;
        out.append('(');
    }

    private void named() throws RegexSyntaxException {
        int from = at + (pattern.charAt(at + 1) == 'P' ? 3 : 2);
        int end = closing(pattern.charAt(from - 1) == '<' ? '>' : '\'', from);
        names.put(pattern.substring(from, end), groups + 1);
        at = end + 1;
        capture();
    }

    private int closing(char c, int from) throws RegexSyntaxException {
        int end = pattern.indexOf(c, from);
        if (end < 0) {
            throw error(pattern.length(), "syntax error in subpattern name (missing terminator?)");
        }
        return end;
    }

    /** {@code (?i-s)} and {@code (?x:}. */
    private void options(int start) throws RegexSyntaxException {
        StringBuilder java = new StringBuilder("(?");
        boolean on = true;
        Mode changed = mode;
        for (int i = at + 1; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            switch (c) {
                case '-' -> on = false;
                case 'x' -> changed = new Mode(on, changed.ungreedy());
                case 'U' -> changed = new Mode(changed.extended(), on);
                case 'i', 'm', 's' -> {
                    if (!on && java.indexOf("-") < 0) {
                        java.append('-');
                    }
                    java.append(c);
                }
                case ':', ')' -> {
                    at = i + 1;
                    if (c == ':') {
                        outer.push(mode);
                        out.append(java).append(':');
                    } else if (java.length() > 2) {
                        out.append(java).append(')');
                    }
                    mode = changed;
                    return;
                }
                default -> throw missing(start, pattern.substring(start, i + 1));
            }
        }
        throw error(pattern.length(), "missing closing parenthesis");
    }

    private int number(String name, int offset) throws RegexSyntaxException {
        if (name.matches("\\d{1,4}")) {
            return Integer.parseInt(name);
        }
        if (name.matches("-\\d{1,4}")) {
            return groups + 1 + Integer.parseInt(name);
        }
        Integer number = names.get(name);
        if (number == null) {
            throw error(offset, "reference to non-existent subpattern");
        }
        return number;
    }

    private void reference(int number) throws RegexSyntaxException {
        if (number < 1 || number > groups) {
            throw error(at - 1, "reference to non-existent subpattern");
        }
        out.append("(?:\\").append(number).append(')');
    }

    // ---- brackets

    private void bracket() throws RegexSyntaxException {
        int start = at - 1;
        out.append('[');
        if (pattern.startsWith("^", at)) {
            at++;
            out.append('^');
        }
        for (boolean first = true; ; first = false) {
            if (at >= pattern.length()) {
                throw error(pattern.length(), "missing terminating ] for character class");
            }
            char c = pattern.charAt(at++);
            if (c == ']' && !first) {
                out.append(']');
                return;
            }
            if (c == '\\') {
                new PerlEscape(true).write();
            } else if (c == '[' && (pattern.startsWith(".", at) || pattern.startsWith("=", at)) && isClosed()) {
                throw error(start + 1, "POSIX collating elements are not supported");
            } else if (c == '[' && pattern.startsWith(":", at) && isClosed()) {
                posix();
            } else if (c == '-') {
                dash();
            } else {
                out.append(CharacterSet.literal(c));
            }
        }
    }

    private boolean isClosed() {
        int end = pattern.indexOf(pattern.charAt(at) + "]", at + 1);
        int bracket = pattern.indexOf(']', at);
        return end >= 0 && end + 1 == bracket;
    }

    /** A range's dash; a literal at either end of the set. */
    private void dash() throws RegexSyntaxException {
        boolean starts = out.charAt(out.length() - 1) == '[' || out.charAt(out.length() - 1) == '^';
        boolean ends = pattern.startsWith("]", at);
        if (starts || ends) {
            out.append("\\-");
            return;
        }
        int before = pattern.charAt(at - 2);
        if (at < pattern.length()
                && pattern.charAt(at) != '\\'
                && pattern.charAt(at) != '['
                && before != ']'
                && (at < 3 || pattern.charAt(at - 3) != '\\')
                && pattern.charAt(at) < before) {
            throw error(at, "range out of order in character class");
        }
        out.append('-');
    }

    private void posix() throws RegexSyntaxException {
        int end = pattern.indexOf(":]", at);
        boolean not = pattern.startsWith(":^", at);
        String name = pattern.substring(at + (not ? 2 : 1), end);
        String set = name.equals("word")
                ? "\\w"
                : CharacterSet.named(name, flags.contains(Flag.FOLD_CASE))
                        .orElseThrow(() -> error(at + 1, "unknown POSIX class name"));
        out.append(not ? "[^" + set + "]" : set);
        at = end + 2;
    }

    // ---- escapes

    /** What stands behind a backslash. */
    private final class PerlEscape {
        private final boolean inSet;

        PerlEscape(boolean inSet) {
            this.inSet = inSet;
        }

        void write() throws RegexSyntaxException {
            if (at >= pattern.length()) {
                throw error(at, "\\ at end of pattern");
            }
            int start = at;
            char c = pattern.charAt(at++);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (c >= '0' && c <= '9') {
                digits(c);
            } else if (!letter) {
                out.append(CharacterSet.literal(c));
            } else if (c == 'Q') {
                quoted();
            } else if (c == 'E') {
                // ends nothing
                return;
            } else if (inSet && c == 'b') {
                out.append("\\x08");
            } else if (!inSet && (c == 'g' || c == 'k')) {
                groupReference(start);
            } else if (c == 'N' && !inSet) {
                out.append("[^\\n]");
            } else if ((inSet ? "dDwWsSvVhHpPxnrtfaec" : "dDwWsSvVhHpPxnrtfaecbBAzZGRX").indexOf(c) >= 0) {
                passed(c);
            } else if ("KCuULl".indexOf(c) >= 0) {
                throw missing(start, "\\" + c);
            } else {
                throw error(start + 1, "unrecognized character follows \\");
            }
        }

        private void passed(char c) {
            out.append('\\').append(c);
            if (c == 'c' && at < pattern.length()) {
                out.append(Character.toUpperCase(pattern.charAt(at++)));
            } else if (c == 'x' || c == 'p' || c == 'P') {
                int end = at;
                if (pattern.startsWith("{", at)) {
                    end = pattern.indexOf('}', at) + 1;
                } else {
                    while (end < pattern.length() && end < at + 2 && Character.digit(pattern.charAt(end), 16) >= 0) {
                        end++;
                    }
                    if (c == 'x' && end < at + 2) {
                        out.append("00", 0, 2 - (end - at));
                    } else if (c != 'x') {
                        end = Math.min(at + 1, pattern.length());
                    }
                }
                out.append(pattern, at, Math.max(at, end));
                at = Math.max(at, end);
            }
        }

        private void quoted() {
            int end = pattern.indexOf("\\E", at);
            int stop = end < 0 ? pattern.length() : end;
            pattern.substring(at, stop).chars().forEach(c -> out.append(CharacterSet.literal((char) c)));
            at = end < 0 ? stop : end + 2;
        }

        private void digits(char first) throws RegexSyntaxException {
            int end = at;
            while (end < pattern.length() && end < at + 2 && Character.isDigit(pattern.charAt(end))) {
                end++;
            }
            String all = pattern.substring(at - 1, end);
            int number = Integer.parseInt(all);
            if (!inSet && first != '0' && (number < 10 || number <= groups)) {
                at = end;
                reference(number);
                return;
            }
            int octal = at - 1;
            int value = 0;
            while (octal < end && pattern.charAt(octal) < '8') {
                value = value * 8 + (pattern.charAt(octal++) - '0');
            }
            at = Math.max(at, octal);
            out.append("\\x%02x".formatted(value & 0xff));
        }

        private void groupReference(int start) throws RegexSyntaxException {
            char open = at < pattern.length() ? pattern.charAt(at) : ' ';
            if (open == '{') {
                int end = closing('}', at);
                String name = pattern.substring(at + 1, end);
                at = end + 1;
                reference(number(name, start));
            } else if (pattern.charAt(start) == 'k' && (open == '<' || open == '\'')) {
                int end = closing(open == '<' ? '>' : '\'', at + 1);
                String name = pattern.substring(at + 1, end);
                at = end + 1;
                reference(number(name, start));
            } else if (pattern.charAt(start) == 'g' && Character.isDigit(open)) {
                at++;
                reference(open - '0');
            } else {
                throw missing(start, "\\" + pattern.charAt(start));
            }
        }
    }
}
