package org.recadero.table;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code regexp:} and {@code pcre:}: the first regular expression that matches answers; it sees the whole key, as octets. A key that makes one go
 * on for too long makes the look-up fail, and mail waits.
 *
 * <p>Postfix: regexp_table(5), pcre_table(5).
 */
final class PatternRules {
    /** A key on its way through the rules. */
    record Asked(String octets, MatchBudget budget) {}

    /** An expression, and whether it must not match. */
    private record Condition(Pattern pattern, boolean negated) {}

    /**
     * @param posix {@code regexp:}, else {@code pcre:}
     * @param substitutes whether values may have $1
     */
    record Kind(boolean posix, boolean substitutes) {}

    private final String source;
    private final Kind kind;
    private final Consumer<String> warnings;
    private int open;

    private PatternRules(String source, Kind kind, Consumer<String> warnings) {
        this.source = source;
        this.kind = kind;
        this.warnings = warnings;
    }

    /**
     * Reads the rules.
     *
     * @param source {@code regexp map /etc/postfix/x}, octets, for warnings
     */
    static RuleList<Asked> read(String source, Kind kind, List<LogicalLines.Line> lines, Consumer<String> warnings) {
        PatternRules rules = new PatternRules(source, kind, warnings);
        List<RuleList.Step<Asked>> steps = new ArrayList<>();
        for (LogicalLines.Line line : lines) {
            try {
                rules.step(line).ifPresent(steps::add);
            } catch (RegexSyntaxException e) {
                rules.warn(line, String.valueOf(e.getMessage()));
            }
        }
        return RuleList.of(source, steps, warnings);
    }

    private void warn(LogicalLines.Line line, String text) {
        warnings.accept(source + ", line " + line.first() + ": " + text);
    }

    private Optional<RuleList.Step<Asked>> step(LogicalLines.Line line) throws RegexSyntaxException {
        String text = line.text();
        char first = text.charAt(0);
        boolean word =
                (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9');
        if (!word) {
            return rule(line);
        }
        Optional<String> condition = RuleList.behind("if", text);
        if (condition.isPresent()) {
            return Optional.of(start(line, condition.get()));
        }
        Optional<String> end = RuleList.behind("endif", text);
        if (end.isEmpty()) {
            warn(line, "ignoring unrecognized request");
            return Optional.empty();
        }
        if (open == 0) {
            warn(line, "ignoring ENDIF without matching IF");
            return Optional.empty();
        }
        if (!end.get().isEmpty()) {
            warn(line, "ignoring extra text after ENDIF");
        }
        open--;
        return Optional.of(new RuleList.Step<>(RuleList.Kind.ENDIF, line.first(), asked -> new LookupResult.Found("")));
    }

    private RuleList.Step<Asked> start(LogicalLines.Line line, String text) throws RegexSyntaxException {
        PatternLine written = new PatternLine(text, kind.posix());
        PatternLine.Written pattern = written.pattern();
        checkOptions(pattern.options());
        String rest = written.rest();
        if (!rest.isEmpty()) {
            warn(line, "ignoring extra text after IF statement: \"" + rest + "\"");
            warn(line, "do not prepend whitespace to statements between IF and ENDIF");
        }
        Condition condition = condition(line, pattern);
        open++;
        return new RuleList.Step<>(
                RuleList.Kind.IF, line.first(), asked -> test(List.of(condition), asked, groups -> ""));
    }

    private Optional<RuleList.Step<Asked>> rule(LogicalLines.Line line) throws RegexSyntaxException {
        PatternLine written = new PatternLine(line.text(), kind.posix());
        List<PatternLine.Written> patterns = new ArrayList<>(List.of(written.pattern()));
        if (written.isAnotherPattern()) {
            patterns.add(written.pattern());
        }
        for (PatternLine.Written pattern : patterns) {
            checkOptions(pattern.options());
        }
        String text = written.rest();
        if (text.isEmpty()) {
            warn(line, "no replacement text: using empty string");
        }
        Replacement replacement;
        try {
            replacement = Replacement.parse(text, kind.posix() ? "out-of-range" : "out of range");
        } catch (Replacement.BadSyntax e) {
            if (e.isGeneral()) {
                warnings.accept(String.valueOf(e.getMessage()));
            } else {
                warn(line, String.valueOf(e.getMessage()));
            }
            warn(line, "bad replacement syntax: skipping this rule");
            return Optional.empty();
        }
        int highest = replacement.highestGroup();
        if (highest > 0 && !kind.substitutes()) {
            throw new RegexSyntaxException("regular expression substitution is not allowed: skipping this rule");
        }
        if (highest > 0 && patterns.getFirst().negated()) {
            throw new RegexSyntaxException("$number found in negative match replacement text: skipping this rule");
        }
        List<Condition> conditions = new ArrayList<>();
        for (PatternLine.Written pattern : patterns) {
            conditions.add(condition(line, pattern));
        }
        int groups = conditions.getFirst().pattern().matcher("").groupCount();
        if (highest > groups) {
            throw new RegexSyntaxException("out of range replacement index \"" + highest + "\": skipping this rule");
        }
        List<Condition> all = List.copyOf(conditions);
        return Optional.of(
                new RuleList.Step<>(RuleList.Kind.RULE, line.first(), asked -> test(all, asked, replacement::expand)));
    }

    /** Makes the answer of what the groups matched. */
    @FunctionalInterface
    private interface Answer {
        String expanded(IntFunction<String> groups);
    }

    private static LookupResult test(List<Condition> conditions, Asked asked, Answer answer) {
        String found = "";
        for (int i = 0; i < conditions.size(); i++) {
            Condition condition = conditions.get(i);
            String key = asked.octets();
            Matcher matcher = condition.pattern().matcher(asked.budget().counting(key));
            MatchBudget.Outcome outcome =
                    asked.budget().matches(() -> matcher.reset().find());
            if (outcome == MatchBudget.Outcome.GIVEN_UP) {
                return new LookupResult.Failed("backtracking limit exceeded: " + condition.pattern());
            }
            boolean matches = outcome == MatchBudget.Outcome.MATCHES;
            if (matches == condition.negated()) {
                return new LookupResult.NotFound();
            }
            if (i == 0) {
                found = answer.expanded(group -> {
                    int start = matches ? matcher.start(group) : -1;
                    return start < 0 ? "" : key.substring(start, matcher.end(group));
                });
            }
        }
        return new LookupResult.Found(found);
    }

    // ---- flags

    private void checkOptions(String options) throws RegexSyntaxException {
        for (int i = 0; i < options.length(); i++) {
            char option = options.charAt(i);
            if ((kind.posix() ? "imx" : "imsxAEUX").indexOf(option) < 0) {
                throw new RegexSyntaxException("unknown regexp option \"" + option + "\": skipping this rule");
            }
        }
    }

    private Condition condition(LogicalLines.Line line, PatternLine.Written written) throws RegexSyntaxException {
        return kind.posix() ? posix(written) : perl(line, written);
    }

    private static Condition posix(PatternLine.Written written) throws RegexSyntaxException {
        boolean extended = true;
        boolean foldsCase = true;
        boolean newlines = false;
        for (int i = 0; i < written.options().length(); i++) {
            switch (written.options().charAt(i)) {
                case 'i' -> foldsCase ^= true;
                case 'm' -> newlines ^= true;
                default -> extended ^= true;
            }
        }
        Pattern pattern = PosixRegex.compile(written.expression(), extended, foldsCase, newlines);
        return new Condition(pattern, written.negated());
    }

    private Condition perl(LogicalLines.Line line, PatternLine.Written written) throws RegexSyntaxException {
        Set<PerlRegex.Flag> flags = EnumSet.of(PerlRegex.Flag.FOLD_CASE, PerlRegex.Flag.DOT_ALL);
        for (char option : written.options().toCharArray()) {
            PerlRegex.Flag flag = switch (option) {
                case 'i' -> PerlRegex.Flag.FOLD_CASE;
                case 'm' -> PerlRegex.Flag.MULTILINE;
                case 's' -> PerlRegex.Flag.DOT_ALL;
                case 'x' -> PerlRegex.Flag.EXTENDED;
                case 'A' -> PerlRegex.Flag.ANCHORED;
                case 'E' -> PerlRegex.Flag.DOLLAR_AT_END;
                case 'U' -> PerlRegex.Flag.UNGREEDY;
                default -> null;
            };
            if (flag == null) {
                warn(line, "ignoring obsolete regexp option \"X\"");
            } else if (!flags.remove(flag)) {
                flags.add(flag);
            }
        }
        return new Condition(PerlRegex.compile(written.expression(), flags), written.negated());
    }
}
