package org.recadero.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** {@link Configuration} as {@link Configurations} makes it. Immutable; safe for all threads. */
public final class Snapshot implements Configuration {
    /** Begins the names of what a transport may have of its own. */
    private static final String GENERAL = "default_";

    private final Path directory;
    private final Machine machine;
    private final Map<String, MainCf.Entry> entries;
    private final RawConfiguration raw;
    private final Map<Parameter<?>, Object> values;

    Snapshot(Path directory, Machine machine, Map<String, MainCf.Entry> entries) throws ConfigurationException {
        this(directory, machine, entries, Parameters.all());
    }

    /** @param parameters those to have, of which a wrong value is an error */
    Snapshot(
            Path directory,
            Machine machine,
            Map<String, MainCf.Entry> entries,
            Collection<? extends Parameter<?>> parameters)
            throws ConfigurationException {
        this.directory = Objects.requireNonNull(directory);
        this.machine = Objects.requireNonNull(machine);
        this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        Map<String, String> settings = new LinkedHashMap<>();
        entries.values().forEach(e -> settings.put(e.name(), e.value()));
        this.raw = new RawConfiguration(directory, machine, settings);
        Map<Parameter<?>, Object> parsed = new HashMap<>();
        String tableType = expanded("default_database_type");
        for (Parameter<?> parameter : parameters) {
            parsed.put(parameter, parse(parameter, tableType));
        }
        this.values = Map.copyOf(parsed);
    }

    private Object parse(Parameter<?> parameter, String tableType) throws ConfigurationException {
        try {
            String written = raw(parameter.name()).orElse("");
            Object value = parameter
                    .type()
                    .parse(parameter.name(), parameter.expands() ? expand(written) : written, tableType);
            return Objects.requireNonNull(value);
        } catch (ConfigurationException e) {
            throw new ConfigurationException(located(parameter.name(), String.valueOf(e.getMessage())));
        }
    }

    /** The message with what the administrator must look at: file and line, else the default's name. */
    private String located(String name, String message) {
        String where = source(name).map(s -> s + ": ").orElse("");
        return where + (message.contains(name) ? "" : "parameter " + name + ": ") + message;
    }

    @Override
    @SuppressWarnings("unchecked") // put there by this parameter's own type
    public <T> T get(Parameter<T> parameter) {
        Object value = values.get(parameter);
        if (value == null) {
            throw new IllegalArgumentException(parameter + " is not a parameter of this snapshot");
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
        return raw.raw(name);
    }

    /**
     * The value with everything expanded; empty for a name that nobody knows.
     *
     * @throws ConfigurationException where it cannot be expanded; never for a name that {@link Parameters} has
     */
    public String expanded(String name) throws ConfigurationException {
        try {
            return expand(raw(name).orElse(""));
        } catch (ConfigurationException e) {
            throw new ConfigurationException(located(name, String.valueOf(e.getMessage())));
        }
    }

    /**
     * Expands a text of another file, as master.cf's arguments.
     *
     * @throws ConfigurationException on a syntax error or values that name each other
     */
    public String expand(String text) throws ConfigurationException {
        return raw.expand(text, Map.of());
    }

    /**
     * A transport's time: {@code maildrop_time_limit}.
     *
     * @param name one that master.cf's services give; its default is the one of all transports
     * @throws ConfigurationException where the value is none
     */
    public Duration timeOf(String name) throws ConfigurationException {
        return valueOf(name, ParameterTypes.duration("s", 1));
    }

    /** A transport's number: {@code maildrop_destination_recipient_limit}; as {@link #timeOf}. */
    public int numberOf(String name) throws ConfigurationException {
        return valueOf(name, ParameterTypes.number(0));
    }

    /**
     * What a transport has of its own, else what all have: {@code smtp_destination_rate_delay}, else {@code
     * default_destination_rate_delay}.
     *
     * @param general whose name begins with {@code default_}
     * @throws ConfigurationException where the transport's own value is none
     */
    public <T> T ofTransport(String transport, Parameter<T> general) throws ConfigurationException {
        String own = transport + general.name().substring(GENERAL.length() - 1);
        return isSet(own) ? valueOf(own, general.type()) : get(general);
    }

    @Override
    public Optional<String> text(String name) {
        try {
            Optional<String> written = raw(name);
            return written.isEmpty() ? written : Optional.of(expand(written.get()));
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<String> listOf(String name) throws ConfigurationException {
        return valueOf(name, ParameterTypes.LIST);
    }

    private <T> T valueOf(String name, ParameterType<T> type) throws ConfigurationException {
        try {
            return type.parse(name, expanded(name), expanded("default_database_type"));
        } catch (ConfigurationException e) {
            throw new ConfigurationException(located(name, String.valueOf(e.getMessage())));
        }
    }

    /** Whether the file (or an override) sets a name. */
    public boolean isSet(String name) {
        return entries.containsKey(name);
    }

    /** The names that the file sets, in its order. */
    public List<String> settings() {
        return List.copyOf(entries.keySet());
    }

    /**
     * This snapshot with some values replaced, as master.cf's {@code -o} does.
     *
     * @throws ConfigurationException where a value is wrong
     */
    public Snapshot with(Map<String, String> overrides) throws ConfigurationException {
        return with(overrides, new SourceLine(directory.resolve("master.cf"), 0));
    }

    /**
     * The same, with the place where they stand.
     *
     * @throws ConfigurationException where a value is wrong; it names that place
     */
    public Snapshot with(Map<String, String> overrides, SourceLine source) throws ConfigurationException {
        if (overrides.isEmpty()) {
            return this;
        }
        Map<String, MainCf.Entry> changed = new LinkedHashMap<>(entries);
        overrides.forEach((name, value) -> changed.put(name, new MainCf.Entry(name, value, source)));
        return new Snapshot(directory, machine, changed, values.keySet());
    }
}
