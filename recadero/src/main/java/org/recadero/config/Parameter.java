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
    private final boolean expands;

    /**
     * A parameter.
     *
     * @param expands whether {@code $name} in the value is expanded when it is read; else its user does
     */
    Parameter(String name, ParameterType<T> type, boolean expands) {
        this.name = Objects.requireNonNull(name);
        this.type = Objects.requireNonNull(type);
        this.expands = expands;
    }

    public String name() {
        return name;
    }

    ParameterType<T> type() {
        return type;
    }

    boolean expands() {
        return expands;
    }

    @Override
    public String toString() {
        return name;
    }
}
