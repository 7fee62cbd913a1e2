package org.recadero.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Settings over defaults, as text: what {@code postconf} shows and what a {@link Snapshot} is parsed from. Immutable. */
public final class RawConfiguration {
    private final Path directory;
    private final Machine machine;
    private final Map<String, String> settings;

    RawConfiguration(Path directory, Machine machine, Map<String, String> settings) {
        this.directory = Objects.requireNonNull(directory);
        this.machine = Objects.requireNonNull(machine);
        this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /**
     * Settings over this machine's defaults.
     *
     * @param processName for {@code $process_name}
     */
    public static RawConfiguration of(Path directory, Map<String, String> settings, String processName) {
        return new RawConfiguration(directory, Machine.current(processName), settings);
    }

    /** What is set, in its order. */
    public Map<String, String> settings() {
        return settings;
    }

    /** The default, not expanded (a computed one is); empty for a name that has none. */
    public Optional<String> defaultOf(String name) {
        return Optional.ofNullable(Defaults.of(name, directory, machine, settings::get, this::rawOrNull));
    }

    /** The setting as written, else the default. */
    public Optional<String> raw(String name) {
        return Optional.ofNullable(rawOrNull(name));
    }

    private @Nullable String rawOrNull(String name) {
        String set = settings.get(name);
        return set != null ? set : Defaults.of(name, directory, machine, settings::get, this::rawOrNull);
    }

    /**
     * A text with all names expanded.
     *
     * @param over what goes before the settings: a service's own
     * @throws ConfigurationException on a syntax error or values that name each other; without file and line
     */
    public String expand(String text, Map<String, String> over) throws ConfigurationException {
        return new Expansion(name -> {
                    String own = over.get(name);
                    return own != null ? own : rawOrNull(name);
                })
                .expand(text);
    }
}
