package org.recadero.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The types of parameters. Postfix: mail_conf(3). */
final class ParameterTypes {
    static final ParameterType<String> TEXT = (name, text) -> text;
    static final ParameterType<String> TEXT_OR_FIRST_LINE = ParameterTypes::firstLine;
    static final ParameterType<Boolean> BOOLEAN = ParameterTypes::bool;
    static final ParameterType<Long> BYTES = ParameterTypes::bytes;
    static final ParameterType<List<String>> LIST = (name, text) -> elements(text);
    static final ParameterType<List<TableSpec>> TABLES = ParameterTypes::tables;

    private static final Pattern TIME = Pattern.compile("([0-9]{1,10})([smhdw]?)");

    private ParameterTypes() {}

    static ParameterType<Integer> number(int least) {
        return (name, text) -> {
            int value;
            try {
                value = Integer.parseInt(text.strip());
            } catch (NumberFormatException e) {
                throw new ConfigurationException("bad numerical configuration: " + name + " = " + text);
            }
            if (value < least) {
                throw new ConfigurationException("invalid " + name + " parameter value " + value + " < " + least);
            }
            return value;
        };
    }

    static ParameterType<Duration> duration(String defaultUnit) {
        return (name, text) -> {
            Matcher time = TIME.matcher(text.strip());
            if (!time.matches()) {
                throw new ConfigurationException("parameter " + name + ": bad time value or unit: " + text);
            }
            long number = Long.parseLong(time.group(1));
            String unit = time.group(2).isEmpty() ? defaultUnit : time.group(2);
            return switch (unit) {
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                case "d" -> Duration.ofDays(number);
                case "w" -> Duration.ofDays(Math.multiplyExact(number, 7));
                default -> throw new IllegalStateException(unit);
            };
        };
    }

    private static Boolean bool(String name, String text) throws ConfigurationException {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new ConfigurationException("bad boolean configuration: " + name + " = " + text);
        };
    }

    private static Long bytes(String name, String text) throws ConfigurationException {
        try {
            long value = Long.parseLong(text.strip());
            if (value < 0) {
                throw new ConfigurationException("invalid " + name + " parameter value " + value + " < 0");
            }
            return value;
        } catch (NumberFormatException e) {
            throw new ConfigurationException("bad numerical configuration: " + name + " = " + text);
        }
    }

    private static String firstLine(String name, String text) throws ConfigurationException {
        if (!text.startsWith("/")) {
            return text;
        }
        try (java.io.BufferedReader reader = Files.newBufferedReader(Path.of(text), StandardCharsets.UTF_8)) {
            String line = reader.readLine();
            if (line == null || line.isBlank()) {
                throw new ConfigurationException(name + " = " + text + ": the file's first line is empty");
            }
            return line.strip();
        } catch (IOException e) {
            throw new ConfigurationException(name + " = " + text + ": cannot read the file: " + e.getMessage());
        }
    }

    /** Elements parted by commas and blanks; what stands in braces is not parted. */
    static List<String> elements(String text) throws ConfigurationException {
        List<String> found = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean parts = c == ',' || Character.isWhitespace(c);
            if (parts && depth == 0) {
                if (!element.isEmpty()) {
                    found.add(element.toString());
                    element.setLength(0);
                }
                continue;
            }
            if (c == '{') {
                depth++;
            } else if (c == '}' && depth > 0) {
                depth--;
            }
            element.append(c);
        }
        if (depth > 0) {
            throw new ConfigurationException("missing '}' in \"" + text + "\"");
        }
        if (!element.isEmpty()) {
            found.add(element.toString());
        }
        return List.copyOf(found);
    }

    private static List<TableSpec> tables(String name, String text) throws ConfigurationException {
        List<TableSpec> tables = new ArrayList<>();
        for (String element : elements(text)) {
            int colon = element.indexOf(':');
            if (colon <= 0) {
                throw new ConfigurationException("open dictionary: expecting \"type:name\" form instead of \"" + element
                        + "\" (parameter " + name + ")");
            }
            tables.add(new TableSpec(element.substring(0, colon), element.substring(colon + 1)));
        }
        return List.copyOf(tables);
    }
}
