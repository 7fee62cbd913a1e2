package org.recadero.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * main.cf as it is written: {@code name = value} entries in the order of their first standing, the last one of a name counts.
 * Names and values are bytes, one to a char ({@link Blanks}), unless they went through {@link #decoded}.
 *
 * <p>Postfix: postconf(5), «main.cf file format».
 *
 * @param warnings one for each name that stands twice and for a first line that continues nothing
 */
public record MainCf(Path file, Map<String, Entry> entries, List<String> warnings) {
    /** Most entries in a file. */
    static final int MOST_ENTRIES = 100_000;

    private static final int QUOTED_CHARACTERS = 30;

    /**
     * One setting.
     *
     * @param value as written, nothing expanded, blanks at both ends gone
     * @param source the file and the first line of the entry
     */
    public record Entry(String name, String value, SourceLine source) {
        public Entry {
            Objects.requireNonNull(name);
            Objects.requireNonNull(value);
            Objects.requireNonNull(source);
        }
    }

    public MainCf {
        Objects.requireNonNull(file);
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        warnings = List.copyOf(warnings);
    }

    /**
     * Reads a file.
     *
     * @throws ConfigurationException where it cannot be read, is too large, or has a line that is no setting
     */
    public static MainCf read(Path file) throws ConfigurationException {
        return parse(file, ConfigurationFile.read(file));
    }

    static MainCf parse(Path file, String text) throws ConfigurationException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>();
        for (LogicalLine line : LogicalLine.of(text)) {
            SourceLine source = new SourceLine(file, line.line());
            if (Blanks.beginsBlank(line.text())) {
                warnings.add(startsWithBlank(file.toString(), line));
                continue;
            }
            NameValue setting;
            try {
                setting = NameValue.of(line.text());
            } catch (ConfigurationException e) {
                throw new ConfigurationException(source + ": " + e.getMessage() + ": \"" + line.text() + "\"");
            }
            Entry before = entries.put(setting.name(), new Entry(setting.name(), setting.value(), source));
            if (before != null) {
                warnings.add(source + ": overriding earlier entry: " + setting.name() + "=" + before.value());
            }
            if (entries.size() > MOST_ENTRIES) {
                throw new ConfigurationException(source + ": over " + MOST_ENTRIES + " parameters");
            }
        }
        return new MainCf(file, entries, warnings);
    }

    static String startsWithBlank(String file, LogicalLine line) {
        String text = line.text();
        return file + ": logical line must not start with whitespace: \""
                + text.substring(0, Math.min(QUOTED_CHARACTERS, text.length()))
                + (text.length() > QUOTED_CHARACTERS ? "..." : "") + "\"";
    }

    /** The same with names, values and warnings as text. */
    MainCf decoded() {
        Map<String, Entry> text = new LinkedHashMap<>();
        entries.values().forEach(e -> {
            String name = Blanks.text(e.name());
            text.put(name, new Entry(name, Blanks.text(e.value()), e.source()));
        });
        return new MainCf(file, text, warnings.stream().map(Blanks::text).toList());
    }
}
