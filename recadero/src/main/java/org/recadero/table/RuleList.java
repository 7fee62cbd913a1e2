package org.recadero.table;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Rules in the order of their lines, with parts between {@code if} and {@code endif} that only apply where a condition holds: the
 * first rule that applies answers.
 *
 * <p>Immutable. Postfix: cidr_table(5), regexp_table(5), pcre_table(5).
 *
 * @param <K> the key, as the rules take it
 */
final class RuleList<K> {
    /** What a line is. */
    enum Kind {
        RULE,
        IF,
        ENDIF
    }

    /**
     * One line.
     *
     * @param line its number, from 1
     * @param test of a rule: its answer; of an {@code if}: anything found where the part behind it applies
     */
    record Step<K>(Kind kind, int line, Function<K, LookupResult> test) {}

    /**
     * An answer.
     *
     * @param line of the rule that gave it; 0 where none did
     */
    record Hit(LookupResult result, int line) {}

    private final List<Step<K>> steps;
    /** For each {@code if} the index of its {@code endif}; behind the end where there is none. */
    private final List<Integer> ends;

    private RuleList(List<Step<K>> steps, List<Integer> ends) {
        this.steps = List.copyOf(steps);
        this.ends = List.copyOf(ends);
    }

    /** @param source {@code cidr map /etc/postfix/x}, for warnings */
    static <K> RuleList<K> of(String source, List<Step<K>> steps, Consumer<String> warnings) {
        List<Integer> ends = new ArrayList<>();
        Deque<Integer> open = new ArrayDeque<>();
        for (int i = 0; i < steps.size(); i++) {
            ends.add(steps.get(i).kind() == Kind.IF ? steps.size() : i);
            switch (steps.get(i).kind()) {
                case IF -> open.push(i);
                case ENDIF -> ends.set(open.pop(), i);
                case RULE -> {}
            }
        }
        for (int unclosed : open) {
            warnings.accept(source + ", line " + steps.get(unclosed).line() + ": IF has no matching ENDIF");
        }
        return new RuleList<>(steps, ends);
    }

    /** Asks the rules one after the other. */
    Hit find(K key) {
        for (int i = 0; i < steps.size(); i++) {
            Step<K> step = steps.get(i);
            LookupResult result = step.test().apply(key);
            switch (result) {
                case LookupResult.Failed failed -> {
                    return new Hit(failed, step.line());
                }
                case LookupResult.Found found -> {
                    if (step.kind() == Kind.RULE) {
                        return new Hit(found, step.line());
                    }
                }
                case LookupResult.NotFound none -> i = ends.get(i);
            }
        }
        return new Hit(new LookupResult.NotFound(), 0);
    }

    /** What follows the word {@code if} or {@code endif} (any case) at the start of a line; empty where it does not start so. */
    static Optional<String> behind(String word, String line) {
        if (!line.toLowerCase(Locale.ROOT).startsWith(word)) {
            return Optional.empty();
        }
        boolean more = line.length() > word.length() && isNameCharacter(line.charAt(word.length()));
        return more ? Optional.empty() : Optional.of(Octets.trimmed(line.substring(word.length())));
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
