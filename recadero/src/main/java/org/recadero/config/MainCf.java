package org.recadero.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * main.cf as it is written: {@code name = value} entries in the order of their first standing, the last one of a name counts.
 *
 * <p>Postfix: postconf(5), «main.cf file format»; readlline(3).
 *
 * @param warnings one for each name that stands twice
 */
record MainCf(Path file, Map<String, Entry> entries, List<String> warnings) {
    /** Bound for the file, in bytes. */
    static final int MOST_BYTES = 16 * 1024 * 1024;

    /** One setting. */
    record Entry(String name, String value, SourceLine source) {}

    /** A logical line: continuation lines joined, comments gone. */
    record LogicalLine(String text, int line) {}

    static MainCf read(Path file) throws ConfigurationException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ConfigurationException(file + ": over " + MOST_BYTES + " bytes");
            }
            return parse(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ConfigurationException("open " + file + ": No such file or directory");
        } catch (IOException e) {
            throw new ConfigurationException("open " + file + ": " + e.getMessage());
        }
    }

    static MainCf parse(Path file, String text) throws ConfigurationException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>();
        for (LogicalLine line : logicalLines(text)) {
            SourceLine source = new SourceLine(file, line.line());
            int equals = line.text().indexOf('=');
            String name = (equals < 0 ? line.text() : line.text().substring(0, equals)).strip();
            if (equals < 0) {
                throw new ConfigurationException(source + ": missing '=' after attribute name: \"" + name + "\"");
            }
            if (name.isEmpty()) {
                throw new ConfigurationException(source + ": missing attribute name: \"" + line.text() + "\"");
            }
            String value = line.text().substring(equals + 1).strip();
            Entry before = entries.get(name);
            if (before != null) {
                warnings.add(source + ": overriding earlier entry: " + name + "=" + before.value());
            }
            entries.put(name, new Entry(name, value, source));
        }
        return new MainCf(file, java.util.Collections.unmodifiableMap(entries), List.copyOf(warnings));
    }

    /** Empty and comment lines are skipped wherever they stand; a line that begins with a blank continues the last one. */
    static List<LogicalLine> logicalLines(String text) {
        List<LogicalLine> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int begin = 0;
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            boolean continues = line.charAt(0) == ' ' || line.charAt(0) == '\t';
            if (continues && begin > 0) {
                current.append(line.stripTrailing());
            } else {
                if (begin > 0) {
                    lines.add(new LogicalLine(current.toString(), begin));
                }
                current.setLength(0);
                current.append(line.strip());
                begin = number;
            }
        }
        if (begin > 0) {
            lines.add(new LogicalLine(current.toString(), begin));
        }
        return lines;
    }
}
