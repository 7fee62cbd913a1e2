package org.recadero.config;

import java.util.Objects;

/**
 * A table as the configuration names it: {@code hash:/etc/aliases}.
 *
 * @param type {@code hash}, {@code texthash}, {@code proxy}…
 * @param name what stands behind the first colon: a path, or the type's own syntax
 */
public record TableSpec(String type, String name) {
    public TableSpec {
        Objects.requireNonNull(type);
        Objects.requireNonNull(name);
    }

    @Override
    public String toString() {
        return type + ":" + name;
    }
}
