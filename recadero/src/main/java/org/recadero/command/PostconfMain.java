package org.recadero.command;

import java.util.Map;
import java.util.Optional;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.ConfigurationException;
import org.recadero.config.ParameterNames;
import org.recadero.config.RawConfiguration;
import org.recadero.config.Registry;

/** {@code postconf} with main.cf's parameters: all, or those named. */
final class PostconfMain {
    private final PostconfOptions options;
    private final PostconfOutput output;

    PostconfMain(PostconfOptions options, PostconfOutput output) {
        this.options = options;
        this.output = output;
    }

    void show(ParameterNames names, RawConfiguration configuration) throws ConfigurationException {
        if (options.rest().isEmpty()) {
            for (Map.Entry<String, ParameterNames.Origin> name : names.origins().entrySet()) {
                if (options.classes().contains(name.getValue()) || isOfBothClasses(name.getKey())) {
                    show(name.getKey(), configuration);
                }
            }
            return;
        }
        for (String name : options.rest()) {
            if (names.isKnown(name)) {
                show(name, configuration);
            } else {
                output.warning(name + ": unknown parameter");
            }
        }
    }

    /** local's two limits of their own are built in, and the service's as well. */
    private boolean isOfBothClasses(String name) {
        return options.classes().contains(ParameterNames.Origin.SERVICE) && name.startsWith("local_destination_");
    }

    private void show(String name, RawConfiguration configuration) throws ConfigurationException {
        Optional<String> value = options.has(Letter.DEFAULTS)
                ? configuration.defaultOf(name)
                : options.has(Letter.SET)
                        ? Optional.ofNullable(configuration.settings().get(name))
                        : configuration.raw(name);
        if (value.isPresent()) {
            boolean raw =
                    Registry.recorded().find(name).filter(Registry.Known::isRaw).isPresent();
            output.parameter(
                    options,
                    name,
                    options.has(Letter.EXPAND) && !raw
                            ? expand(output, configuration, value.get(), Map.of())
                            : value.get());
        }
    }

    /** A value with its names expanded; what is wrong with it is a warning, and then fatal. */
    static String expand(PostconfOutput output, RawConfiguration configuration, String value, Map<String, String> over)
            throws ConfigurationException {
        try {
            return configuration.expand(value, over);
        } catch (ConfigurationException e) {
            output.warning(String.valueOf(e.getMessage()));
            throw new ConfigurationException("macro processing error");
        }
    }
}
