package org.recadero.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The types of parameters; messages are Postfix's. Postfix: mail_conf_int(3), mail_conf_time(3), mail_conf_bool(3)… */
final class ParameterTypes {
    static final ParameterType<String> TEXT = (name, text, tableType) -> text;
    /** Text that must not be empty. */
    static final ParameterType<String> PRESENT = (name, text, tableType) -> present(name, text);

    /** The number of a facility. RFC 5424 §6.2.1, with syslog(3)'s names. */
    static final ParameterType<Integer> SYSLOG_FACILITY = (name, text, tableType) -> facility(name, text);

    static final ParameterType<String> HOST_NAME = (name, text, tableType) -> hostName(name, text);
    static final ParameterType<String> TEXT_OR_FIRST_LINE = (name, text, tableType) -> firstLine(name, text);
    static final ParameterType<Boolean> BOOLEAN = (name, text, tableType) -> bool(name, text);
    static final ParameterType<Long> BYTES = (name, text, tableType) -> number(name, text, 0, Long.MAX_VALUE);
    static final ParameterType<List<String>> LIST = (name, text, tableType) -> elements(text);
    static final ParameterType<List<TableSpec>> TABLES = ParameterTypes::tables;

    private static final int MOST_HOST_NAME = 255;
    private static final int MOST_LABEL = 63;

    /** In the order of their numbers; «-» has no name in syslog(3). */
    private static final List<String> FACILITIES = List.of(
            ("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp - - - - local0 local1 local2 local3 local4 "
                            + "local5 local6 local7")
                    .split(" ", -1));

    private ParameterTypes() {}

    private static int facility(String name, String text) throws ConfigurationException {
        int number = FACILITIES.indexOf(text.toLowerCase(Locale.ROOT));
        if (number < 0 || text.equals("-")) {
            throw new ConfigurationException("bad value for " + name + ": \"" + text + "\" is no syslog facility");
        }
        return number;
    }

    /** A whole number of 32 bits. */
    static ParameterType<Integer> number(int least) {
        return (name, text, tableType) -> {
            long value = number(name, text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            if (value < least) {
                throw new ConfigurationException("invalid " + name + " parameter value " + value + " < " + least);
            }
            return (int) value;
        };
    }

    /** A time: numbers with a unit (s, m, h, d, w), added up. The least is in seconds. */
    static ParameterType<Duration> duration(String defaultUnit, int leastSeconds) {
        return (name, text, tableType) -> {
            Duration value = time(name, text, defaultUnit);
            if (value.toSeconds() < leastSeconds) {
                throw new ConfigurationException("invalid " + name + ": " + text + " (min " + leastSeconds + ")");
            }
            return value;
        };
    }

    private static Duration time(String name, String text, String defaultUnit) throws ConfigurationException {
        long seconds = 0;
        int at = 0;
        do {
            int digits = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == digits || at - digits > 10) {
                throw badTime(name, text);
            }
            String unit = at < text.length() ? text.substring(at, at + 1) : defaultUnit;
            seconds += Long.parseLong(text.substring(digits, at)) * unitSeconds(name, text, unit);
            // Postfix counts in an int
            if (seconds > Integer.MAX_VALUE) {
                throw badTime(name, text);
            }
            at++;
        } while (at < text.length());
        return Duration.ofSeconds(seconds);
    }

    private static long unitSeconds(String name, String text, String unit) throws ConfigurationException {
        return switch (unit) {
            case "s" -> 1;
            case "m" -> 60;
            case "h" -> 3600;
            case "d" -> 86_400;
            case "w" -> 604_800;
            default -> throw badTime(name, text);
        };
    }

    private static ConfigurationException badTime(String name, String text) {
        return new ConfigurationException("parameter " + name + ": bad time value or unit: " + text);
    }

    private static boolean bool(String name, String text) throws ConfigurationException {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new ConfigurationException("bad boolean configuration: " + name + " = " + text);
        };
    }

    private static long number(String name, String text, long least, long most) throws ConfigurationException {
        boolean digits = text.matches("[+-]?[0-9]{1,19}");
        long value = 0;
        if (digits) {
            try {
                value = Long.parseLong(text);
            } catch (NumberFormatException e) {
                digits = false;
            }
        }
        if (!digits || value > most || (least < 0 && value < least)) {
            throw new ConfigurationException("bad numerical configuration: " + name + " = " + text);
        }
        if (value < least) {
            throw new ConfigurationException("invalid " + name + " parameter value " + value + " < " + least);
        }
        return value;
    }

    private static String present(String name, String text) throws ConfigurationException {
        if (text.isEmpty()) {
            throw new ConfigurationException("bad string length 0 < 1: " + name + " = ");
        }
        return text;
    }

    /** Postfix: valid_hostname(3); an underscore is allowed. */
    private static String hostName(String name, String text) throws ConfigurationException {
        present(name, text);
        String problem = problemOfHostName(text);
        if (!problem.isEmpty()) {
            throw new ConfigurationException(
                    "parameter " + name + ": bad parameter value: " + text + " (" + problem + ")");
        }
        return text;
    }

    private static String problemOfHostName(String text) {
        if (text.length() > MOST_HOST_NAME) {
            return "bad length " + text.length();
        }
        boolean numeric = true;
        for (String label : text.split("\\.", -1)) {
            if (label.isEmpty()) {
                return "misplaced delimiter";
            }
            if (label.length() > MOST_LABEL) {
                return "hostname label too long";
            }
            if (label.startsWith("-") || label.endsWith("-")) {
                return "misplaced hyphen";
            }
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                // RFC 6531: a domain may have letters beyond ASCII
                if (c < 0x80 && !MacroText.isNameCharacter(c) && c != '-') {
                    return "invalid character " + (int) c + "(decimal)";
                }
                numeric &= c >= '0' && c <= '9';
            }
        }
        return numeric ? "numeric hostname" : "";
    }

    /** A value that begins with / is the first line of that file. Debian: myorigin = /etc/mailname. */
    private static String firstLine(String name, String text) throws ConfigurationException {
        if (!text.startsWith("/")) {
            return present(name, text);
        }
        Path file;
        try {
            file = Path.of(text);
        } catch (InvalidPathException e) {
            throw new ConfigurationException(name + " = " + text + ": not a path: " + e.getReason());
        }
        String whole = Blanks.text(ConfigurationFile.read(file));
        int end = whole.indexOf('\n');
        String line = Blanks.trim(end < 0 ? whole : whole.substring(0, end));
        if (line.isEmpty()) {
            throw new ConfigurationException(name + " = " + text + ": the file's first line is empty");
        }
        return line;
    }

    /**
     * Elements parted by commas and blanks; what stands in braces is not parted, and keeps its braces.
     *
     * @throws ConfigurationException where a brace is not closed
     */
    static List<String> elements(String text) throws ConfigurationException {
        List<String> found = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean parts = c == ',' || Blanks.isBlank(c);
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

    /** {@code type:name} elements; a name without a type has the default one. */
    private static List<TableSpec> tables(String name, String text, String tableType) throws ConfigurationException {
        List<TableSpec> tables = new ArrayList<>();
        for (String element : elements(text)) {
            int colon = element.indexOf(':');
            if (colon == 0) {
                throw new ConfigurationException("open dictionary: expecting \"type:name\" form instead of \"" + element
                        + "\" (parameter " + name + ")");
            }
            // `/a/b:c` is a name without a type
            tables.add(
                    colon < 0 || element.lastIndexOf('/', colon) >= 0
                            ? new TableSpec(tableType, element)
                            : new TableSpec(element.substring(0, colon), element.substring(colon + 1)));
        }
        return List.copyOf(tables);
    }
}
