package org.recadero.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The default of a parameter, computed ones too. Postfix: mail_params(3). */
final class Defaults {
    private static final String LOCAL_DOMAIN = "localdomain";

    private Defaults() {}

    /**
     * The default, not expanded; null for a name that nobody knows.
     *
     * @param set what main.cf sets
     * @param raw what main.cf sets, else the default
     */
    static @Nullable String of(
            String name,
            Path directory,
            Machine machine,
            Function<String, @Nullable String> set,
            Function<String, @Nullable String> raw) {
        if (name.equals("config_directory")) {
            return directory.toString();
        }
        Optional<Registry.Known> known = Registry.recorded().find(name);
        if (known.isEmpty()) {
            return Registry.recorded()
                    .ofTransport(name)
                    .flatMap(Registry.Known::value)
                    .orElse(null);
        }
        if (known.get().value().isPresent()) {
            return known.get().value().get();
        }
        return switch (name) {
            case "myhostname" -> hostName(machine, set, raw);
            case "mydomain" -> domain(raw);
            case "mynetworks" -> networks(raw);
            case "process_id" -> Long.toString(machine.processId());
            case "process_name" -> machine.processName();
            default -> throw new IllegalStateException("no way to compute " + name);
        };
    }

    /** The host's name; without a dot mydomain is added where it is set, else localdomain. */
    private static String hostName(
            Machine machine, Function<String, @Nullable String> set, Function<String, @Nullable String> raw) {
        String name = machine.hostName();
        if (name.indexOf('.') >= 0) {
            return name;
        }
        return name + "." + (set.apply("mydomain") == null ? LOCAL_DOMAIN : expanded("$mydomain", raw));
    }

    /** myhostname without its first part. */
    private static String domain(Function<String, @Nullable String> raw) {
        String host = expanded("$myhostname", name -> name.equals("mydomain") ? LOCAL_DOMAIN : raw.apply(name));
        int dot = host.indexOf('.');
        return dot < 0 ? LOCAL_DOMAIN : host.substring(dot + 1);
    }

    private static String networks(Function<String, @Nullable String> raw) {
        return OwnNetworks.of(
                expanded("$mynetworks_style", raw),
                expanded("$inet_interfaces", raw).equals("loopback-only"));
    }

    private static String expanded(String text, Function<String, @Nullable String> raw) {
        try {
            return new Expansion(raw).expand(text);
        } catch (ConfigurationException e) {
            // told with file and line when that parameter itself is parsed
            return LOCAL_DOMAIN;
        }
    }
}
