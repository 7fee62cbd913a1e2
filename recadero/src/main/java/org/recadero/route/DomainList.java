package org.recadero.route;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.SourceLine;
import org.recadero.config.TableSpec;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * A list of names as {@code mydestination} has it: names, {@code !name}, {@code /file} with more of the same, {@code
 * type:table}. The first element that matches decides.
 *
 * <p>Immutable; files are read when the list is made. Postfix: match_list(3), string_list(3).
 */
public final class DomainList {
    /** Bound for all elements, those of files included. */
    static final int MAX_ELEMENTS = 100_000;

    private static final int MAX_FILE_DEPTH = 8;

    /** What a list says of a name. */
    public sealed interface Match {
        /** The element that matched. */
        record Yes(Reason reason) implements Match {}

        /** No element, or one with {@code !}. */
        record No() implements Match {}

        /** A table in the list failed. */
        record Failed(String text) implements Match {}
    }

    private sealed interface Element {
        boolean negated();

        record Name(String name, boolean negated) implements Element {}

        record Table(LookupTable table, boolean negated) implements Element {}
    }

    private final String parameter;
    private final Optional<SourceLine> source;
    private final List<Element> elements;

    /**
     * Reads the elements.
     *
     * @param open opens {@code type:name}
     * @throws ConfigurationException where a file cannot be read or a table not be opened
     */
    public DomainList(
            String parameter, Optional<SourceLine> source, List<String> elements, Function<String, LookupTable> open)
            throws ConfigurationException {
        this.parameter = Objects.requireNonNull(parameter);
        this.source = Objects.requireNonNull(source);
        List<Element> all = new ArrayList<>();
        add(all, elements, open, 0, false);
        this.elements = List.copyOf(all);
    }

    /**
     * The list that a parameter holds.
     *
     * @throws ConfigurationException where a file cannot be read or a table not be opened
     */
    public static DomainList of(Parameter<List<String>> parameter, Configuration configuration, Router.TableOpener open)
            throws ConfigurationException {
        return of(parameter.name(), configuration.source(parameter), configuration.get(parameter), open);
    }

    /**
     * A list.
     *
     * @param name of what holds it, for messages
     * @throws ConfigurationException where a file cannot be read or a table not be opened
     */
    static DomainList of(String name, Optional<SourceLine> source, List<String> elements, Router.TableOpener open)
            throws ConfigurationException {
        List<ConfigurationException> failure = new ArrayList<>();
        Function<String, LookupTable> opener = text -> {
            int colon = text.indexOf(':');
            try {
                return open.open(new TableSpec(text.substring(0, colon), text.substring(colon + 1)));
            } catch (ConfigurationException e) {
                failure.add(e);
                return new Unusable(text);
            }
        };
        DomainList list = new DomainList(name, source, elements, opener);
        if (!failure.isEmpty()) {
            throw failure.getFirst();
        }
        return list;
    }

    private record Unusable(String name) implements LookupTable {
        @Override
        public LookupResult find(String key) {
            return new LookupResult.Failed(name);
        }
    }

    private void add(List<Element> all, List<String> texts, Function<String, LookupTable> open, int depth, boolean not)
            throws ConfigurationException {
        for (String text : texts) {
            boolean negated = not;
            String element = text;
            while (element.startsWith("!")) {
                negated = !negated;
                element = element.substring(1);
            }
            if (all.size() >= MAX_ELEMENTS) {
                throw new ConfigurationException(parameter + ": more than " + MAX_ELEMENTS + " elements");
            }
            if (element.startsWith("/")) {
                if (depth >= MAX_FILE_DEPTH) {
                    throw new ConfigurationException(parameter + ": files nested too deeply at " + element);
                }
                add(all, readFile(element), open, depth + 1, negated);
            } else if (element.indexOf(':') > 0 && !element.startsWith("[")) {
                all.add(new Element.Table(open.apply(element), negated));
            } else if (!element.isEmpty()) {
                all.add(new Element.Name(element.toLowerCase(Locale.ROOT), negated));
            }
        }
    }

    private List<String> readFile(String file) throws ConfigurationException {
        try {
            List<String> found = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
                String trimmed = line.trim();
                if (!trimmed.isEmpty() && !trimmed.startsWith("#")) {
                    found.addAll(List.of(trimmed.split("[,\\s]+")));
                }
            }
            return found;
        } catch (IOException e) {
            throw new ConfigurationException(parameter + ": cannot read " + file + ": " + e.getMessage());
        }
    }

    /** Asks for one name; case does not matter. */
    public Match match(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        for (Element element : elements) {
            boolean hit;
            switch (element) {
                case Element.Name(String listed, boolean n) -> hit = listed.equals(key);
                case Element.Table(LookupTable table, boolean n) -> {
                    LookupResult answer = table.find(key);
                    if (answer instanceof LookupResult.Failed(String why)) {
                        return new Match.Failed(parameter + ": " + why);
                    }
                    hit = answer instanceof LookupResult.Found;
                }
            }
            if (hit) {
                return element.negated()
                        ? new Match.No()
                        : new Match.Yes(new Reason(parameter + " contains " + key, source));
            }
        }
        return new Match.No();
    }

    /** The names that are listed as such; what tables know is not among them. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (Element element : elements) {
            if (element instanceof Element.Name(String name, boolean negated) && !negated) {
                names.add(name);
            }
        }
        return names;
    }
}
