package org.recadero.config;

import java.util.List;
import java.util.Optional;

/**
 * An immutable snapshot of main.cf (with a master.cf service's {@code -o} overrides where it has any). A session keeps the
 * snapshot it began with; a reload makes a new one.
 *
 * <p>All known values were parsed when the snapshot was made, so that {@link #get} cannot fail.
 */
public interface Configuration {
    /** The parsed value: what the file says, else the default. */
    <T> T get(Parameter<T> parameter);

    /** The value of any name, expanded; empty where nobody knows it, or it cannot be expanded. */
    Optional<String> text(String name);

    /**
     * A list under a name that the file itself made ({@code smtpd_restriction_classes}); empty where it has no value.
     *
     * @throws ConfigurationException where it is no list
     */
    List<String> listOf(String name) throws ConfigurationException;

    /** Where the value was set; empty for a default. */
    Optional<SourceLine> source(Parameter<?> parameter);

    /** The folder that main.cf lies in. */
    java.nio.file.Path directory();
}
