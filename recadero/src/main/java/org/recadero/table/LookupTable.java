package org.recadero.table;

/**
 * One lookup table, {@code type:name}. Safe for use by many threads; a changed source is noticed without a restart.
 *
 * <p>Postfix: DATABASE_README, dict(3).
 */
public interface LookupTable {
    /** Looks up one key; whether the key is folded to lower case is the table's own affair. Never throws for I/O trouble. */
    LookupResult find(String key);

    /** {@code hash:/etc/aliases}, for messages. */
    String name();
}
