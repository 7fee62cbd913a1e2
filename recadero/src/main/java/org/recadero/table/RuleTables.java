package org.recadero.table;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.recadero.config.ConfigurationException;
import org.recadero.config.TableSpec;

/** Opens {@code cidr: regexp: pcre:}, whose rules stand in a file or, in braces, in the configuration itself. */
final class RuleTables {
    private RuleTables() {}

    /** @param file {@code null} for <code>type:{{rule}, {rule}}</code> */
    static LookupTable open(TableSpec spec, @Nullable Path file, Tables.Options options, Tables.Surroundings around)
            throws ConfigurationException {
        String source = spec.type() + " map " + Octets.of(spec.name());
        if (spec.type().equals("cidr")) {
            return table(
                    spec,
                    file,
                    options,
                    around,
                    (lines, warn) -> CidrRules.read(source, lines, warn),
                    RuleTables::cidr);
        }
        PatternRules.Kind kind = new PatternRules.Kind(
                spec.type().equals("regexp"), !options.fixedValues().contains(spec.name()));
        return table(
                spec,
                file,
                options,
                around,
                (lines, warn) -> PatternRules.read(source, kind, lines, warn),
                (rules, key) -> rules.find(new PatternRules.Asked(key, new MatchBudget())));
    }

    private static RuleList.Hit cidr(RuleList<byte[]> rules, String key) {
        Optional<byte[]> address = CidrRules.address(key);
        return address.isPresent() ? rules.find(address.get()) : new RuleList.Hit(new LookupResult.NotFound(), 0);
    }

    private static <R> RuleTable<R> table(
            TableSpec spec,
            @Nullable Path file,
            Tables.Options options,
            Tables.Surroundings around,
            WatchedRules.Reader<R> reader,
            BiFunction<R, String, RuleList.Hit> ask)
            throws ConfigurationException {
        String name = spec.toString();
        WatchedRules<R> watched = file == null
                ? WatchedRules.inline(name, inline(spec), reader, around)
                : WatchedRules.ofFile(name, file, reader, around);
        return new RuleTable<>(name, file, options.utf8(), watched, ask);
    }

    private static List<String> inline(TableSpec spec) throws ConfigurationException {
        String text = spec.name();
        String inside = Braces.inside(text)
                .orElseThrow(() -> new ConfigurationException(spec.type() + " map: missing '}' in \"" + text + "\""));
        List<String> rules = new ArrayList<>();
        for (String element : Braces.elements(inside)) {
            if (!element.startsWith("{")) {
                throw new ConfigurationException(spec.type() + " map: no '{' at start of text in \"" + element + "\"");
            }
            String rule = Braces.inside(element)
                    .orElseThrow(() -> new ConfigurationException(
                            spec.type() + " map: syntax error after '}' in \"" + element + "\""));
            if (!rule.isEmpty()) {
                rules.add(rule);
            }
        }
        return rules;
    }
}
