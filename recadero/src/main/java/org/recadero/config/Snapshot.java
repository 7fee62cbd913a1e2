package org.recadero.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@link Configuration} as {@link Configurations} makes it. Immutable; safe for all threads. */
public final class Snapshot implements Configuration {
    private final Path directory;
    private final Registry registry;
    private final Map<String, MainCf.Entry> entries;
    private final Map<Parameter<?>, Object> values;

    Snapshot(Path directory, Registry registry, Map<String, MainCf.Entry> entries) throws ConfigurationException {
        this.directory = Objects.requireNonNull(directory);
        this.registry = Objects.requireNonNull(registry);
        this.entries = entries;
        Map<Parameter<?>, Object> parsed = new HashMap<>();
        for (Parameter<?> parameter : Parameters.all()) {
            parsed.put(parameter, parse(parameter));
        }
        this.values = Map.copyOf(parsed);
    }

    private Object parse(Parameter<?> parameter) throws ConfigurationException {
        try {
            Object value = parameter.type().parse(parameter.name(), expanded(parameter.name()));
            return Objects.requireNonNull(value);
        } catch (ConfigurationException e) {
            String where = source(parameter).map(s -> s + ": ").orElse("");
            throw new ConfigurationException(where + e.getMessage());
        }
    }

    @Override
    @SuppressWarnings("unchecked") // put there by this parameter's own type
    public <T> T get(Parameter<T> parameter) {
        Object value = values.get(parameter);
        if (value == null) {
            throw new IllegalArgumentException(parameter + " is not a parameter of the registry");
        }
        return (T) value;
    }

    @Override
    public Optional<SourceLine> source(Parameter<?> parameter) {
        return source(parameter.name());
    }

    /** Where a name was set. */
    public Optional<SourceLine> source(String name) {
        return Optional.ofNullable(entries.get(name)).map(MainCf.Entry::source);
    }

    @Override
    public Path directory() {
        return directory;
    }

    /** The value as written, else the default as recorded; empty for a name that nobody knows. */
    public Optional<String> raw(String name) {
        return Optional.ofNullable(rawOrNull(name));
    }

    private @Nullable String rawOrNull(String name) {
        MainCf.Entry entry = entries.get(name);
        if (entry != null) {
            return entry.value();
        }
        if (name.equals("config_directory")) {
            return directory.toString();
        }
        if (name.equals("recadero_domain_of_myhostname")) {
            return domainOfHost();
        }
        return registry.defaultOf(name).orElse(null);
    }

    /** Postfix: postconf(5), mydomain: myhostname without its first part. */
    private String domainOfHost() {
        try {
            String host = expanded("myhostname");
            int dot = host.indexOf('.');
            return dot < 0 ? "localdomain" : host.substring(dot + 1);
        } catch (ConfigurationException e) {
            // told when myhostname itself is parsed
            return "localdomain";
        }
    }

    /** The value with everything expanded; empty for a name that nobody knows. */
    public String expanded(String name) throws ConfigurationException {
        String raw = rawOrNull(name);
        return raw == null ? "" : expand(raw);
    }

    /** Expands a text of another file, as master.cf's arguments. */
    public String expand(String text) throws ConfigurationException {
        return new Expansion(this::rawOrNull).expand(text);
    }

    public boolean isSet(String name) {
        return entries.containsKey(name);
    }

    /** The names that the file sets, in its order. */
    public java.util.List<String> settings() {
        return java.util.List.copyOf(entries.keySet());
    }

    /** This snapshot with some values replaced, as master.cf's {@code -o} does. */
    public Snapshot with(Map<String, String> overrides, SourceLine source) throws ConfigurationException {
        Map<String, MainCf.Entry> changed = new LinkedHashMap<>(entries);
        overrides.forEach((name, value) -> changed.put(name, new MainCf.Entry(name, value, source)));
        return new Snapshot(directory, registry, changed);
    }
}
