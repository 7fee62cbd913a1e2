package org.recadero.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One logical line of master.cf: parsed, and printed as {@code postconf -M} prints it. Postfix: master(5), postconf(1). */
public final class MasterCfLine {
    private static final int FIELDS = 8;
    private static final int LINE_LIMIT = 80;
    private static final String INDENT = "    ";

    private MasterCfLine() {}

    /** Fewer than eight columns. */
    static final class FieldCountException extends Exception {
        private static final long serialVersionUID = 1L;

        FieldCountException() {
            super("bad field count");
        }
    }

    /**
     * Parses a line.
     *
     * @param warnings takes what is odd but usable
     * @throws ConfigurationException where a column has no value of its kind; without file and line
     */
    static MasterCf.Entry parse(String line, SourceLine source, Consumer<String> warnings)
            throws ConfigurationException, FieldCountException {
        List<String> words = tokens(line);
        if (words.size() < FIELDS) {
            throw new FieldCountException();
        }
        MasterCf.Type type = type(words.get(1), line);
        for (int i = 2; i < FIELDS - 1; i++) {
            checkColumn(MasterCf.Column.inOrder().get(i), words.get(i), line);
        }
        List<String> arguments = arguments(words.subList(FIELDS, words.size()), warnings);
        return new MasterCf.Entry(
                words.get(0),
                type,
                words.get(2),
                words.get(3),
                words.get(4),
                words.get(5),
                words.get(6),
                words.get(7),
                arguments,
                overrides(arguments),
                source);
    }

    /**
     * Parses a line that an administrator gave; empty where it has fewer than eight columns.
     *
     * @throws ConfigurationException where a column has no value of its kind
     */
    public static Optional<MasterCf.Entry> read(String line, SourceLine source) throws ConfigurationException {
        try {
            return Optional.of(parse(line, source, warning -> {}));
        } catch (FieldCountException e) {
            return Optional.empty();
        }
    }

    /**
     * The line with one column replaced.
     *
     * @throws ConfigurationException where the value is none of its kind
     */
    public static MasterCf.Entry with(MasterCf.Entry entry, MasterCf.Column column, String value)
            throws ConfigurationException {
        List<String> fields = new ArrayList<>();
        for (MasterCf.Column each : MasterCf.Column.inOrder()) {
            fields.add(each == column ? value : entry.column(each));
        }
        if (column != MasterCf.Column.COMMAND) {
            checkColumn(column, value, value);
            if (tokens(value).size() != 1) {
                throw invalid(column, value, value);
            }
        } else if (tokens(value).isEmpty()) {
            throw invalid(column, value, value);
        }
        try {
            return parse(String.join(" ", fields), entry.source(), warning -> {});
        } catch (FieldCountException e) {
            throw invalid(column, value, value);
        }
    }

    /** The line with other arguments. */
    public static MasterCf.Entry with(MasterCf.Entry entry, List<String> arguments) {
        return new MasterCf.Entry(
                entry.service(),
                entry.type(),
                entry.privacy(),
                entry.privilege(),
                entry.root(),
                entry.wakeup(),
                entry.processLimit(),
                entry.command(),
                arguments,
                overrides(arguments),
                entry.source());
    }

    private static MasterCf.Type type(String word, String line) throws ConfigurationException {
        for (MasterCf.Type type : MasterCf.Type.values()) {
            if (type.word().equals(word)) {
                return type;
            }
        }
        throw invalid(MasterCf.Column.TYPE, word, line);
    }

    private static void checkColumn(MasterCf.Column column, String value, String line) throws ConfigurationException {
        boolean right = switch (column) {
            case SERVICE, COMMAND -> true;
            case TYPE -> type(value, line) != null;
            case PRIVATE, UNPRIVILEGED, CHROOT -> value.matches("[yn-]");
            case WAKEUP -> value.matches("-|[0-9]{1,9}\\??");
            case PROCESS_LIMIT -> value.matches("-|[0-9]{1,9}");
        };
        if (!right) {
            throw invalid(column, value, line);
        }
    }

    private static ConfigurationException invalid(MasterCf.Column column, String value, String line) {
        return new ConfigurationException(
                "invalid " + column.name().toLowerCase(Locale.ROOT) + " field \"" + value + "\" in \"" + line + "\"");
    }

    /** Words between blanks; what stands in braces is not parted. */
    static List<String> tokens(String line) {
        List<String> tokens = new ArrayList<>();
        int at = Blanks.skip(line, 0);
        while (at < line.length()) {
            int depth = 0;
            int end = at;
            while (end < line.length() && (depth > 0 || !Blanks.isBlank(line.charAt(end)))) {
                char c = line.charAt(end);
                depth += c == '{' ? 1 : c == '}' && depth > 0 ? -1 : 0;
                end++;
            }
            tokens.add(line.substring(at, end));
            at = Blanks.skip(line, end);
        }
        return tokens;
    }

    /** Braces gone, {@code -oname=value} in two, {@code name = value} tight. */
    private static List<String> arguments(List<String> words, Consumer<String> warnings) {
        List<String> arguments = new ArrayList<>();
        boolean options = true;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!options || !word.startsWith("-") || word.equals("-") || word.equals("--")) {
                options = false;
                arguments.add(unbraced(word, warnings));
            } else if (!word.startsWith("-o")) {
                arguments.add(word);
            } else if (word.length() > 2 || i + 1 < words.size()) {
                arguments.add("-o");
                arguments.add(setting(word.length() > 2 ? word.substring(2) : words.get(++i), warnings));
            } else {
                arguments.add(word);
            }
        }
        return arguments;
    }

    private static String unbraced(String word, Consumer<String> warnings) {
        if (!word.startsWith("{")) {
            return word;
        }
        int close = MacroText.closing(word, 0);
        if (close < 0) {
            warnings.accept("missing '}' in \"" + word + "\"");
            return Blanks.trim(word.substring(1));
        }
        if (close < word.length() - 1) {
            warnings.accept("syntax error after '}' in \"" + word + "\"");
        }
        return Blanks.trim(word.substring(1, close));
    }

    private static String setting(String word, Consumer<String> warnings) {
        if (!word.startsWith("{")) {
            return word;
        }
        String inside = unbraced(word, warnings);
        try {
            NameValue setting = NameValue.of(inside);
            return setting.name() + "=" + setting.value();
        } catch (ConfigurationException e) {
            warnings.accept(e.getMessage() + ": \"" + inside + "\"");
            return inside;
        }
    }

    private static Map<String, String> overrides(List<String> arguments) {
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 0; i + 1 < arguments.size() && arguments.get(i).startsWith("-"); i++) {
            if (arguments.get(i).equals("-o")) {
                String setting = arguments.get(++i);
                int equals = setting.indexOf('=');
                if (equals > 0) {
                    overrides.put(setting.substring(0, equals), setting.substring(equals + 1));
                }
            }
        }
        return overrides;
    }

    /**
     * An argument in braces where else it would be parted, or (DIFFERS: Postfix prints nothing) where it is empty; {@code
     * a={b c}} needs none.
     */
    static String quoted(String argument) {
        List<String> tokens = tokens(argument);
        return tokens.size() == 1 && tokens.getFirst().equals(argument) && !argument.startsWith("{")
                ? argument
                : "{" + argument + "}";
    }

    /** As {@code postconf -M} prints it, without the last newline; folded as with {@code -f}. */
    public static String print(MasterCf.Entry entry, boolean fold) {
        StringBuilder out = new StringBuilder();
        for (MasterCf.Column column : MasterCf.Column.inOrder()) {
            if (!out.isEmpty()) {
                out.append(" ".repeat(Math.max(1, column.position() - out.length())));
            }
            out.append(column == MasterCf.Column.COMMAND ? entry.command() : entry.column(column));
        }
        new Printer(out, fold).print(entry.arguments());
        return out.toString();
    }

    private static final class Printer {
        private final StringBuilder out;
        private final boolean fold;
        private int lineStart;

        Printer(StringBuilder out, boolean fold) {
            this.out = out;
            this.fold = fold;
        }

        /** Each leading {@code -o name=value} has a line of its own. */
        void print(List<String> arguments) {
            boolean options = true;
            for (int i = 0; i < arguments.size(); i++) {
                String argument = quoted(arguments.get(i));
                options = options && argument.startsWith("-") && !argument.equals("-");
                boolean setting = options && argument.equals("-o") && i + 1 < arguments.size();
                if (setting) {
                    breakLine();
                    argument = argument + " " + quoted(arguments.get(++i));
                }
                if (out.length() - lineStart + 1 + argument.length() >= LINE_LIMIT) {
                    breakLine();
                }
                if (!atLineStart()) {
                    out.append(' ');
                }
                out.append(argument);
                if (setting && i + 1 < arguments.size()) {
                    breakLine();
                }
            }
        }

        private boolean atLineStart() {
            return lineStart > 0 && out.length() == lineStart + INDENT.length();
        }

        private void breakLine() {
            if (fold && !atLineStart()) {
                out.append('\n');
                lineStart = out.length();
                out.append(INDENT);
            }
        }
    }
}
