package org.recadero.config;

import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stands inside {@code ${…}}: a name or a comparison, and what to take if it holds and if not. Postfix: mac_expand(3).
 *
 * @param ifTrue null where there is none
 * @param ifFalse null where there is none
 */
record MacroExpression(
        Condition condition,
        @Nullable String ifTrue,
        @Nullable String ifFalse) {
    private static final int CONTEXT_CHARACTERS = 30;

    sealed interface Condition {}

    /** Holds where the name's value is not empty. */
    record Named(String name) implements Condition {}

    record Comparison(String left, Operator operator, String right) implements Condition {
        boolean holds(String leftValue, String rightValue) throws ConfigurationException {
            int order =
                    operator.level ? CompatibilityLevel.compare(leftValue, rightValue) : order(leftValue, rightValue);
            return switch (operator.sign) {
                case EQUAL -> order == 0;
                case NOT_EQUAL -> order != 0;
                case LESS -> order < 0;
                case AT_MOST -> order <= 0;
                case AT_LEAST -> order >= 0;
                case GREATER -> order > 0;
            };
        }

        /** Numbers where both are all digits, else text. */
        private static int order(String a, String b) throws ConfigurationException {
            if (isDigits(a) && isDigits(b)) {
                return new BigInteger(number(a)).compareTo(new BigInteger(number(b)));
            }
            return a.compareTo(b);
        }

        private static String number(String digits) throws ConfigurationException {
            if (digits.length() > 19) {
                throw new ConfigurationException("mac_exp_eval: bad conversion: " + digits);
            }
            return digits;
        }

        private static boolean isDigits(String text) {
            return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        }
    }

    enum Sign {
        EQUAL,
        NOT_EQUAL,
        LESS,
        AT_MOST,
        AT_LEAST,
        GREATER
    }

    /**
     * A comparison's operator.
     *
     * @param level compares compatibility levels: {@code <=level}
     */
    record Operator(Sign sign, boolean level) {}

    boolean hasBranches() {
        return ifTrue != null || ifFalse != null;
    }

    /** The name in front, if one stands there and nothing but a branch, right or wrong, follows it. */
    static Optional<String> leadingName(String body) {
        int at = Blanks.skip(body, 0);
        int end = at;
        while (end < body.length() && MacroText.isNameCharacter(body.charAt(end))) {
            end++;
        }
        int next = Blanks.skip(body, end);
        boolean alone = next == body.length() || body.charAt(next) == '?' || body.charAt(next) == ':';
        return end > at && alone ? Optional.of(body.substring(at, end)) : Optional.empty();
    }

    static MacroExpression parse(String body) throws ConfigurationException {
        int at = Blanks.skip(body, 0);
        if (at < body.length() && body.charAt(at) == '{') {
            return comparison(body, at);
        }
        int end = at;
        while (end < body.length() && MacroText.isNameCharacter(body.charAt(end))) {
            end++;
        }
        int next = Blanks.skip(body, end);
        if (end == at) {
            throw new ConfigurationException("attribute name syntax error at: \"" + context(body, at) + "\"");
        }
        if (next < body.length() && body.charAt(next) != '?' && body.charAt(next) != ':') {
            throw new ConfigurationException("attribute name syntax error at: \"" + context(body, end) + "\"");
        }
        return branches(new Named(body.substring(at, end)), body, next);
    }

    private static MacroExpression comparison(String body, int open) throws ConfigurationException {
        int close = payloadEnd(body, open);
        int at = Blanks.skip(body, close + 1);
        int symbols = at;
        while (symbols < body.length() && "=!<>".indexOf(body.charAt(symbols)) >= 0) {
            symbols++;
        }
        Sign sign = switch (body.substring(at, symbols)) {
            case "==" -> Sign.EQUAL;
            case "!=" -> Sign.NOT_EQUAL;
            case "<" -> Sign.LESS;
            case "<=" -> Sign.AT_MOST;
            case ">=" -> Sign.AT_LEAST;
            case ">" -> Sign.GREATER;
            default ->
                throw new ConfigurationException(
                        "\"==\" or \"!=\"\" or \"<\"\" or \"<=\"\" or \">=\"\" or \">\" expected at: \""
                                + context(body, at) + "\"");
        };
        boolean level = body.startsWith("level", symbols);
        int behind = symbols + (level ? "level".length() : 0);
        int second = Blanks.skip(body, behind);
        if (second == body.length() || body.charAt(second) != '{') {
            throw new ConfigurationException(
                    second == behind && !level && second < body.length()
                            ? "bad operator suffix at: \"..." + body.substring(at, symbols) + ">>>"
                                    + MacroText.name(body, second) + "\""
                            : "\"{expression}\" expected at: \"" + context(body, second) + "\"");
        }
        int secondClose = payloadEnd(body, second);
        Comparison comparison = new Comparison(
                body.substring(open + 1, close), new Operator(sign, level), body.substring(second + 1, secondClose));
        return branches(comparison, body, Blanks.skip(body, secondClose + 1));
    }

    /** {@code ?x}, {@code :y}, {@code ?{x}}, {@code ?{x}:{y}} or nothing; without braces all the rest is taken as it is. */
    private static MacroExpression branches(Condition condition, String body, int at) throws ConfigurationException {
        if (at == body.length()) {
            return new MacroExpression(condition, null, null);
        }
        char kind = body.charAt(at);
        if (kind != '?' && kind != ':') {
            throw new ConfigurationException("\"?\" or \":\" expected at: \"...}>>>" + body.substring(at) + "\"");
        }
        int operand = Blanks.skip(body, at + 1);
        if (operand == body.length() || body.charAt(operand) != '{') {
            String rest = body.substring(at + 1);
            return kind == '?'
                    ? new MacroExpression(condition, rest, null)
                    : new MacroExpression(condition, null, rest);
        }
        int close = payloadEnd(body, operand);
        String payload = body.substring(operand + 1, close);
        int next = Blanks.skip(body, close + 1);
        if (kind == ':') {
            if (next < body.length()) {
                throw new ConfigurationException("unexpected input at: \"" + context(body, next) + "\"");
            }
            return new MacroExpression(condition, null, payload);
        }
        if (next == body.length()) {
            return new MacroExpression(condition, payload, null);
        }
        if (body.charAt(next) != ':') {
            throw new ConfigurationException("\":\" expected at: \"" + context(body, next) + "\"");
        }
        MacroExpression otherwise = branches(condition, body, next);
        return new MacroExpression(condition, payload, otherwise.ifFalse());
    }

    private static int payloadEnd(String body, int open) throws ConfigurationException {
        int close = MacroText.closing(body, open);
        if (close < 0) {
            throw new ConfigurationException("unbalanced {} in attribute expression: \"" + body.substring(open) + "\"");
        }
        return close;
    }

    /** The place of an error with a little text before it: {@code ...mydomain>>>!x}. */
    private static String context(String body, int at) {
        int begin = at;
        while (begin > 0 && at - begin < CONTEXT_CHARACTERS && body.charAt(begin - 1) != '{') {
            begin--;
        }
        String before = Blanks.trim(body.substring(begin, at));
        return "..." + before + ">>>" + body.substring(at, Math.min(body.length(), at + CONTEXT_CHARACTERS));
    }
}
