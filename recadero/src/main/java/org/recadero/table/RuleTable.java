package org.recadero.table;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.recadero.config.SourceLine;

/**
 * A table of rules, {@code cidr: regexp: pcre:}. The whole key is asked for, never parts of it, and it is not folded.
 *
 * <p>Postfix: cidr_table(5), regexp_table(5), pcre_table(5).
 *
 * @param name {@code regexp:/etc/postfix/x}
 * @param file its source; {@code null} where the rules stand in the configuration
 * @param utf8 whether values that are no UTF-8 make a look-up fail ({@code smtputf8_enable})
 * @param ask finds a key, in octets
 */
record RuleTable<R>(
        String name,
        @Nullable Path file,
        boolean utf8,
        WatchedRules<R> watched,
        BiFunction<R, String, RuleList.Hit> ask)
        implements OctetTable {
    @Override
    public LookupResult findOctets(String key) {
        return hit(key).result();
    }

    @Override
    public LookupResult findPart(String key) {
        return new LookupResult.NotFound();
    }

    private RuleList.Hit hit(String key) {
        Optional<R> rules = watched.rules();
        if (rules.isEmpty()) {
            return new RuleList.Hit(
                    new LookupResult.Failed(name + ": " + watched.trouble().orElse("not readable")), 0);
        }
        RuleList.Hit hit = ask.apply(rules.get(), key);
        return switch (hit.result()) {
            case LookupResult.Failed(String reason) ->
                new RuleList.Hit(new LookupResult.Failed(name + ": " + reason), hit.line());
            case LookupResult.Found(String value)
            when utf8 && !Octets.isUtf8(value) ->
                new RuleList.Hit(
                        new LookupResult.Failed(name + ": line " + hit.line() + ": non-UTF-8 value \""
                                + Octets.printable(value) + "\""),
                        hit.line());
            default -> hit;
        };
    }

    @Override
    public Optional<String> trouble() {
        return watched.trouble();
    }

    @Override
    public Optional<SourceLine> line(String key) {
        int line = hit(Octets.of(key)).line();
        return file == null || line == 0 ? Optional.empty() : Optional.of(new SourceLine(file, line));
    }
}
