package org.recadero.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Expands {@code $name ${name} $(name) ${name?x} ${name:y} ${name?{x}:{y}} ${{a} == {b} ? {x} : {y}}}; a name that nobody
 * knows is empty. Used by one thread, and not again after an error. Depth, steps and length are bounded, so that values that name each other end with an
 * error.
 *
 * <p>Postfix: postconf(5), mac_expand(3), mac_parse(3).
 */
public final class Expansion {
    private static final int MOST_DEPTH = 100;
    private static final int MOST_STEPS = 100_000;
    private static final int MOST_CHARACTERS = 4 * 1024 * 1024;

    private final Function<String, @Nullable String> raw;
    private final Deque<String> names = new ArrayDeque<>();
    private int nesting;
    private int steps;
    private long characters;

    /**
     * An expansion with one environment.
     *
     * @param raw the value of a name, not expanded; null: unknown
     */
    public Expansion(Function<String, @Nullable String> raw) {
        this.raw = raw;
    }

    /**
     * The text with everything expanded.
     *
     * @throws ConfigurationException on a syntax error, a name that names itself, a bound; in Postfix's words, without file
     */
    public String expand(String text) throws ConfigurationException {
        nesting++;
        if (nesting > 2 * MOST_DEPTH) {
            throw tooDeep(names.isEmpty() ? text : names.getFirst());
        }
        StringBuilder out = new StringBuilder(text.length() + 32);
        int at = 0;
        while (at < text.length()) {
            int dollar = text.indexOf('$', at);
            if (dollar < 0) {
                out.append(text, at, text.length());
                break;
            }
            out.append(text, at, dollar);
            if (dollar + 1 < text.length() && text.charAt(dollar + 1) == '$') {
                out.append('$');
                at = dollar + 2;
            } else {
                MacroText macro = MacroText.at(text, dollar);
                out.append(evaluate(macro.body()));
                at = macro.end();
            }
        }
        nesting--;
        characters += out.length();
        if (++steps > MOST_STEPS || characters > MOST_CHARACTERS) {
            throw new ConfigurationException("unreasonable macro expansion: too long or too many steps");
        }
        return out.toString();
    }

    private String evaluate(String body) throws ConfigurationException {
        MacroExpression expression = MacroExpression.parse(body);
        return switch (expression.condition()) {
            case MacroExpression.Named named -> {
                String value = value(named.name());
                yield expression.hasBranches() ? branch(!value.isEmpty(), expression) : value;
            }
            case MacroExpression.Comparison comparison -> {
                boolean holds = comparison.holds(expand(comparison.left()), expand(comparison.right()));
                yield expression.hasBranches() ? branch(holds, expression) : holds ? "true" : "";
            }
        };
    }

    private String branch(boolean holds, MacroExpression expression) throws ConfigurationException {
        String chosen = holds ? expression.ifTrue() : expression.ifFalse();
        return chosen == null ? "" : expand(chosen);
    }

    private String value(String name) throws ConfigurationException {
        if (names.contains(name) || names.size() >= MOST_DEPTH) {
            throw tooDeep(name);
        }
        String value = raw.apply(name);
        if (value == null || value.isEmpty()) {
            return "";
        }
        names.push(name);
        String expanded = expand(value);
        names.pop();
        return expanded;
    }

    private static ConfigurationException tooDeep(String name) {
        return new ConfigurationException("unreasonable macro call nesting: \"" + name + "\"");
    }

    /**
     * Hands on every name that a text refers to, in all branches, without evaluating any.
     *
     * @throws ConfigurationException on a syntax error
     */
    public static void names(String text, Consumer<String> found) throws ConfigurationException {
        names(text, found, 0);
    }

    private static void names(String text, Consumer<String> found, int depth) throws ConfigurationException {
        if (depth > MOST_DEPTH) {
            throw tooDeep(text.substring(0, Math.min(text.length(), 30)));
        }
        for (int dollar = text.indexOf('$'); dollar >= 0; ) {
            if (dollar + 1 < text.length() && text.charAt(dollar + 1) == '$') {
                dollar = text.indexOf('$', dollar + 2);
                continue;
            }
            MacroText macro = MacroText.at(text, dollar);
            MacroExpression.leadingName(macro.body()).ifPresent(found);
            MacroExpression expression = MacroExpression.parse(macro.body());
            switch (expression.condition()) {
                case MacroExpression.Named named -> {
                    // handed on above, also where the rest has no syntax
                }
                case MacroExpression.Comparison comparison -> {
                    names(comparison.left(), found, depth + 1);
                    names(comparison.right(), found, depth + 1);
                }
            }
            String ifTrue = expression.ifTrue();
            if (ifTrue != null) {
                names(ifTrue, found, depth + 1);
            }
            String ifFalse = expression.ifFalse();
            if (ifFalse != null) {
                names(ifFalse, found, depth + 1);
            }
            dollar = text.indexOf('$', macro.end());
        }
    }
}
