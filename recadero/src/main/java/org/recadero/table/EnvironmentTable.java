package org.recadero.table;

import java.util.Map;

/**
 * {@code environ:}: the process's environment; the name behind the colon means nothing.
 *
 * <p>Postfix: DATABASE_README.
 */
record EnvironmentTable(String name, Map<String, String> environment) implements LookupTable {
    EnvironmentTable {
        environment = Map.copyOf(environment);
    }

    @Override
    public LookupResult find(String key) {
        String value = environment.get(key);
        return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
    }
}
