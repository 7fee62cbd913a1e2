package org.recadero.config;

import java.util.Objects;

/**
 * One configuration parameter: its name and the type that its value is parsed into. The constants are in {@link
 * Parameters}; name, default and class of all of Postfix's parameters are recorded in a resource.
 *
 * @param <T> what {@link Configuration#get} gives
 */
public final class Parameter<T> {
    private final String name;
    private final ParameterType<T> type;

    Parameter(String name, ParameterType<T> type) {
        this.name = Objects.requireNonNull(name);
        this.type = Objects.requireNonNull(type);
    }

    public String name() {
        return name;
    }

    ParameterType<T> type() {
        return type;
    }

    @Override
    public String toString() {
        return name;
    }
}
