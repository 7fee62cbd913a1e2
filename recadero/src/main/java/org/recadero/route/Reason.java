package org.recadero.route;

import java.util.Objects;
import java.util.Optional;
import org.recadero.config.SourceLine;

/**
 * A rule that took part in a decision.
 *
 * @param rule in words: {@code mydestination contains localhost}
 * @param source file and line of the rule; empty for a default
 */
public record Reason(String rule, Optional<SourceLine> source) {
    public Reason {
        Objects.requireNonNull(rule);
        Objects.requireNonNull(source);
    }

    @Override
    public String toString() {
        return rule + source.map(s -> " (" + s + ")").orElse(" (default)");
    }
}
