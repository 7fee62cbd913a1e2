package org.recadero.config;

/**
 * How the expanded text of a value becomes a value.
 *
 * @param <T> the value's type
 */
@FunctionalInterface
interface ParameterType<T> {
    /**
     * Parses a value.
     *
     * @param name the parameter's, for the message
     * @param text the value with all {@code $name} expanded
     * @param tableType the type of a table that is named without one: {@code default_database_type}
     * @throws ConfigurationException where the text is no value of this type; the message names the parameter and the value
     */
    T parse(String name, String text, String tableType) throws ConfigurationException;
}
