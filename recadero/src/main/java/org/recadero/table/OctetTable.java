package org.recadero.table;

import java.util.Optional;

/** A table that takes keys and gives values in octets: what commands need to show any bytes as they are. */
public interface OctetTable extends LookupTable {
    /** As {@link #find}, with key and value as {@link Octets}. */
    LookupResult findOctets(String key);

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
