package org.recadero.route;

import java.util.Objects;
import java.util.Optional;
import org.recadero.config.SourceLine;
import org.recadero.table.LookupTable;

/**
 * A rule that took part in a decision.
 *
 * @param rule in words: {@code mydestination contains localhost}
 * @param source file and line of main.cf or master.cf; empty for a default
 * @param row the table's row that spoke, where one did
 */
public record Reason(String rule, Optional<SourceLine> source, Optional<Row> row) {
    /** A row of a table, by its key. */
    public record Row(LookupTable table, String key) {}

    public Reason {
        Objects.requireNonNull(rule);
        Objects.requireNonNull(source);
        Objects.requireNonNull(row);
    }

    /** One that no table's row made. */
    public Reason(String rule, Optional<SourceLine> source) {
        this(rule, source, Optional.empty());
    }

    /** One that a table's row made; {@code source} says who named the table. */
    static Reason ofRow(LookupTable table, String key, String shown, Optional<SourceLine> source) {
        return new Reason(table.name() + " has " + key + " " + shown, source, Optional.of(new Row(table, key)));
    }

    /** The row's own file and line, else the parameter's; reads the table's source. */
    public Optional<SourceLine> where() {
        return row.flatMap(r -> r.table().line(r.key())).or(() -> source);
    }

    @Override
    public String toString() {
        return rule + source.map(s -> " (" + s + ")").orElse(" (default)");
    }
}
