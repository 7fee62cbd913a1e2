package org.recadero.table;

import java.io.IOException;
import java.util.Optional;

/** A table whose rows are known, in octets: what postmap(1) needs beyond look-ups. */
public interface ListedTable extends LookupTable {
    /** As {@link #find}, with key and value as {@link Octets}. */
    LookupResult findOctets(String key);

    /** Takes rows. */
    @FunctionalInterface
    interface Rows {
        void row(String key, String value) throws IOException;
    }

    /** All rows, as octets. */
    void forEach(Rows rows) throws IOException;

    /** Why each look-up fails just now, in Postfix's words; empty where the table can be used. */
    Optional<String> trouble();

    @Override
    default LookupResult find(String key) {
        return switch (findOctets(Octets.of(key))) {
            case LookupResult.Found(String value) -> new LookupResult.Found(Octets.text(value));
            case LookupResult.NotFound none -> none;
            case LookupResult.Failed failed -> failed;
        };
    }
}
