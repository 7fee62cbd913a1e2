package org.recadero.table;

import java.util.Optional;
import org.recadero.config.SourceLine;

/**
 * One lookup table, {@code type:name}. Safe for use by many threads; a changed source is noticed without a restart.
 *
 * <p>Postfix: DATABASE_README, dict(3).
 */
public interface LookupTable {
    /** Looks up one key; whether the key is folded to lower case is the table's own affair. Never throws for I/O trouble. */
    LookupResult find(String key);

    /**
     * Where the row with this key is written, for people: read anew from the source at each call. Empty where there is no such
     * row, no source, or it cannot be read.
     */
    default Optional<SourceLine> line(String key) {
        return Optional.empty();
    }

    /** {@code hash:/etc/aliases}, for messages. */
    String name();
}
