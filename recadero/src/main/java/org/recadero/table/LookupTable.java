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
     * Looks up a part of what is asked for: an address without its domain or its extension, a parent domain. A table of rules
     * ({@code cidr: regexp: pcre:}) knows nothing of parts.
     */
    default LookupResult findPart(String key) {
        return find(key);
    }

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
