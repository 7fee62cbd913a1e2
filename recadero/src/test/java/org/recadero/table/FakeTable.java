package org.recadero.table;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A table that answers as a function does.
 *
 * @param rows null: there is no such row
 */
public record FakeTable(String name, Function<String, @Nullable String> rows) implements LookupTable {
    /** Without rows. */
    public static FakeTable empty() {
        return new FakeTable("static:nothing", key -> null);
    }

    @Override
    public LookupResult find(String key) {
        String value = rows.apply(key);
        return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
    }
}
