package org.recadero.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Expands {@code $name ${name} $(name) ${name?x} ${name:y} ${name?{x}:{y}} ${{a} == {b} ? {x} : {y}}}. A name that nobody
 * knows is empty. Used by one thread, for one value.
 *
 * <p>Postfix: postconf(5), mac_expand(3).
 */
final class Expansion {
    private static final int MOST_DEPTH = 100;

    private final Function<String, @Nullable String> raw;
    private final Deque<String> names = new ArrayDeque<>();

    /** @param raw the value of a name, not expanded; null: unknown */
    Expansion(Function<String, @Nullable String> raw) {
        this.raw = raw;
    }

    /** The text with everything expanded. */
    String expand(String text) throws ConfigurationException {
        StringBuilder out = new StringBuilder(text.length() + 32);
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '$') {
                out.append(c);
                at++;
            } else if (at + 1 < text.length() && text.charAt(at + 1) == '$') {
                out.append('$');
                at += 2;
            } else {
                at = macro(text, at + 1, out);
            }
        }
        return out.toString();
    }

    private int macro(String text, int at, StringBuilder out) throws ConfigurationException {
        if (at < text.length() && (text.charAt(at) == '{' || text.charAt(at) == '(')) {
            int end = closing(text, at);
            out.append(inBraces(text.substring(at + 1, end)));
            return end + 1;
        }
        int end = at;
        while (end < text.length() && isNameCharacter(text.charAt(end))) {
            end++;
        }
        if (end == at) {
            throw new ConfigurationException("bad macro syntax in \"" + text + "\"");
        }
        out.append(value(text.substring(at, end)));
        return end;
    }

    private static int closing(String text, int open) throws ConfigurationException {
        char left = text.charAt(open);
        char right = left == '{' ? '}' : ')';
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == left) {
                depth++;
            } else if (c == right && --depth == 0) {
                return i;
            }
        }
        throw new ConfigurationException("unbalanced \"" + left + "\" in \"" + text + "\"");
    }

    private String inBraces(String inside) throws ConfigurationException {
        String body = inside.strip();
        if (body.startsWith("{")) {
            return comparison(body);
        }
        int end = 0;
        while (end < body.length() && isNameCharacter(body.charAt(end))) {
            end++;
        }
        String name = body.substring(0, end);
        String rest = body.substring(end).strip();
        if (name.isEmpty()) {
            throw new ConfigurationException("bad macro syntax in \"${" + inside + "}\"");
        }
        if (rest.isEmpty()) {
            return value(name);
        }
        return choose(!value(name).isEmpty(), rest, inside);
    }

    /** {@code ?x}, {@code :y}, {@code ?{x}}, {@code ?{x}:{y}}. */
    private String choose(boolean holds, String rest, String whole) throws ConfigurationException {
        char kind = rest.charAt(0);
        String operand = rest.substring(1).strip();
        if (kind == ':') {
            return holds ? "" : expand(unbraced(operand));
        }
        if (kind != '?') {
            throw new ConfigurationException("bad macro syntax in \"${" + whole + "}\"");
        }
        if (!operand.startsWith("{")) {
            return holds ? expand(operand) : "";
        }
        int end = closing(operand, 0);
        String yes = operand.substring(1, end).strip();
        String after = operand.substring(end + 1).strip();
        if (after.isEmpty()) {
            return holds ? expand(yes) : "";
        }
        if (!after.startsWith(":")) {
            throw new ConfigurationException("bad macro syntax in \"${" + whole + "}\"");
        }
        return expand(holds ? yes : unbraced(after.substring(1).strip()));
    }

    private static String unbraced(String text) throws ConfigurationException {
        if (text.startsWith("{") && closing(text, 0) == text.length() - 1) {
            return text.substring(1, text.length() - 1).strip();
        }
        return text;
    }

    private String comparison(String body) throws ConfigurationException {
        int end = closing(body, 0);
        String left = expand(body.substring(1, end).strip());
        String rest = body.substring(end + 1).strip();
        for (String operator :
                new String[] {"==", "!=", "<=level", ">=level", "<level", ">level", "<=", ">=", "<", ">"}) {
            if (rest.startsWith(operator)) {
                String behind = rest.substring(operator.length()).strip();
                if (!behind.startsWith("{")) {
                    break;
                }
                int close = closing(behind, 0);
                String right = expand(behind.substring(1, close).strip());
                return choose(
                        holds(left, operator, right),
                        behind.substring(close + 1).strip(),
                        body);
            }
        }
        throw new ConfigurationException("bad comparison in \"${" + body + "}\"");
    }

    private static boolean holds(String left, String operator, String right) {
        int order = compare(left, right);
        return switch (operator.replace("level", "")) {
            case "==" -> order == 0;
            case "!=" -> order != 0;
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            case ">=" -> order >= 0;
            default -> throw new IllegalStateException(operator);
        };
    }

    /** Digits with dots are compared number by number, as compatibility levels are; all else as text. */
    private static int compare(String left, String right) {
        if (!left.matches("[0-9]{1,9}(\\.[0-9]{1,9})*") || !right.matches("[0-9]{1,9}(\\.[0-9]{1,9})*")) {
            return left.compareTo(right);
        }
        String[] a = left.split("\\.", -1);
        String[] b = right.split("\\.", -1);
        for (int i = 0; i < Math.max(a.length, b.length); i++) {
            int order = Integer.compare(
                    i < a.length ? Integer.parseInt(a[i]) : 0, i < b.length ? Integer.parseInt(b[i]) : 0);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private String value(String name) throws ConfigurationException {
        if (names.contains(name) || names.size() >= MOST_DEPTH) {
            throw new ConfigurationException("unreasonable macro call nesting: \"" + name + "\"");
        }
        String value = raw.apply(name);
        if (value == null) {
            return "";
        }
        names.push(name);
        try {
            return expand(value);
        } finally {
            names.pop();
        }
    }

    static boolean isNameCharacter(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
