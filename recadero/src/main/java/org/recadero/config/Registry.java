package org.recadero.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All parameters by name: Postfix's with their defaults, and our own, as the resource {@code parameters.tsv} records them; it
 * drives parsing, warnings, {@code postconf} and the documentation. Immutable.
 */
public final class Registry {
    /** What this program does with a parameter. */
    public enum State {
        /** The code reads it. */
        HONOURED,
        /** No promise is broken where it is ignored. */
        HARMLESS,
        /** It has no effect yet; a warning names it where it is set. */
        NOT_YET,
        /** It will have no effect; a warning names it where it is set. */
        NEVER
    }

    /**
     * One parameter.
     *
     * @param type text, raw (text whose {@code $name}s are not expanded when it is read), boolean, number, bytes, time, list or
     *     tables
     * @param value the default, not expanded; empty: computed from the machine
     * @param differs why the default is not Postfix's; empty where it is
     */
    public record Known(String name, String type, State state, Optional<String> value, String differs) {
        /** Whether {@code $name}s in the value are left to its user. */
        public boolean isRaw() {
            return type.equals("raw");
        }
    }

    private static final String RESOURCE = "parameters.tsv";
    private static final String COMPUTED = "@computed";
    private static final String EACH_TRANSPORT = "*_";
    private static final Registry RECORDED = read();

    private final Map<String, Known> known;
    private final Map<String, Known> eachTransport;
    private final Set<String> earlierNames;

    private Registry(Map<String, Known> known, Map<String, Known> eachTransport) {
        this.known = Collections.unmodifiableMap(known);
        this.eachTransport = Collections.unmodifiableMap(eachTransport);
        Set<String> earlier = new TreeSet<>();
        for (Known parameter : known.values()) {
            if (!parameter.isRaw()) {
                try {
                    Expansion.names(parameter.value().orElse(""), earlier::add);
                } catch (ConfigurationException e) {
                    throw new IllegalStateException(RESOURCE + ": " + parameter.name(), e);
                }
            }
        }
        earlier.removeAll(known.keySet());
        this.earlierNames = Collections.unmodifiableSet(earlier);
    }

    /** The registry of this version. */
    public static Registry recorded() {
        return RECORDED;
    }

    private static Registry read() {
        Map<String, Known> known = new TreeMap<>();
        Map<String, Known> eachTransport = new TreeMap<>();
        try (InputStream in = Registry.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing");
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    Known parameter = row(line);
                    boolean each = parameter.name().startsWith(EACH_TRANSPORT);
                    (each ? eachTransport : known).put(parameter.name().substring(each ? 1 : 0), parameter);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Registry(known, eachTransport);
    }

    private static Known row(String line) {
        String[] columns = line.split("\t", -1);
        State state = switch (columns[2]) {
            case "honoured" -> State.HONOURED;
            case "harmless" -> State.HARMLESS;
            case "not yet" -> State.NOT_YET;
            case "never" -> State.NEVER;
            default -> throw new IllegalStateException(RESOURCE + ": " + line);
        };
        String value = columns.length > 3 ? columns[3] : "";
        return new Known(
                columns[0],
                columns[1],
                state,
                value.equals(COMPUTED) ? Optional.empty() : Optional.of(value),
                columns.length > 4 ? columns[4] : "");
    }

    public Optional<Known> find(String name) {
        return Optional.ofNullable(known.get(name));
    }

    /** All but those that each transport has, by name. */
    public Map<String, Known> all() {
        return known;
    }

    /** What each transport of master.cf has: {@code _destination_concurrency_limit}… */
    public Map<String, Known> eachTransport() {
        return eachTransport;
    }

    /** Names of earlier versions that defaults still refer to: {@code virtual_maps}, {@code fallback_relay}… */
    public Set<String> earlierNames() {
        return earlierNames;
    }

    /** A transport's parameter, whatever the transport: {@code smtp_destination_rate_delay}. */
    public Optional<Known> ofTransport(String name) {
        return eachTransport.entrySet().stream()
                .filter(e -> name.length() > e.getKey().length() && name.endsWith(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** The known name that is fewest edits away, if that is at most a third of its length. */
    Optional<String> nearest(String name) {
        String best = null;
        int least = Math.max(2, name.length() / 3) + 1;
        for (String candidate : known.keySet()) {
            int distance = EditDistance.between(name, candidate, least);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }
}
