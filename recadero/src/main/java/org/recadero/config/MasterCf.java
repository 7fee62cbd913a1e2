package org.recadero.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * master.cf: the services, in the file's order. Postfix: master(5).
 *
 * @param warnings what is odd and was passed over, without «warning: » in front
 */
public record MasterCf(Path file, List<Entry> entries, List<String> warnings) {
    /** Most services in a file. */
    static final int MOST_ENTRIES = 10_000;

    /** How a service listens. */
    public enum Type {
        INET,
        UNIX,
        FIFO,
        UNIX_DGRAM,
        PASS;

        /** As master.cf writes it: {@code unix-dgram}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The eight columns, by the names that {@code postconf -F} gives them. */
    public enum Column {
        SERVICE(0),
        TYPE(11),
        PRIVATE(17),
        UNPRIVILEGED(25),
        CHROOT(33),
        WAKEUP(41),
        PROCESS_LIMIT(49),
        COMMAND(57);

        private static final List<Column> IN_ORDER = List.of(values());
        private final int position;

        Column(int position) {
            this.position = position;
        }

        static List<Column> inOrder() {
            return IN_ORDER;
        }

        /** Where {@code postconf -M} prints it, if what stands before leaves it the room. */
        int position() {
            return position;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One service. The columns {@code privacy} to {@code processLimit} are as written; {@code -} is the default.
     *
     * @param arguments the command's, braces gone; {@code -oname=value} stands as two
     * @param overrides what the {@code -o} among the options in front set, the last one of a name counts
     */
    public record Entry(
            String service,
            Type type,
            String privacy,
            String privilege,
            String root,
            String wakeup,
            String processLimit,
            String command,
            List<String> arguments,
            Map<String, String> overrides,
            SourceLine source) {
        public Entry {
            Objects.requireNonNull(service);
            Objects.requireNonNull(source);
            arguments = List.copyOf(arguments);
            overrides = Collections.unmodifiableMap(new LinkedHashMap<>(overrides));
        }

        /** Whether only the mail system may connect; a default for all but inet. */
        public boolean isPrivate() {
            return type != Type.INET && !privacy.equals("n");
        }

        public boolean isUnprivileged() {
            return !privilege.equals("n");
        }

        public boolean isChroot() {
            return root.equals("y");
        }

        /** Seconds between wake-ups; empty: none. */
        public OptionalInt wakeupSeconds() {
            String digits = wakeup.endsWith("?") ? wakeup.substring(0, wakeup.length() - 1) : wakeup;
            return digits.equals("-") || digits.equals("0")
                    ? OptionalInt.empty()
                    : OptionalInt.of(Integer.parseInt(digits));
        }

        /** Most processes at a time; 0: no limit; empty: {@code default_process_limit}. */
        public OptionalInt mostProcesses() {
            return processLimit.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(processLimit));
        }

        /** As messages name it: {@code smtp/unix}. */
        public String label() {
            return service + "/" + type.word();
        }

        /** A column's text; the command with its arguments, as {@code postconf -F} prints it. */
        public String column(Column column) {
            return switch (column) {
                case SERVICE -> service;
                case TYPE -> type.word();
                case PRIVATE -> privacy;
                case UNPRIVILEGED -> privilege;
                case CHROOT -> root;
                case WAKEUP -> wakeup;
                case PROCESS_LIMIT -> processLimit;
                case COMMAND -> {
                    StringBuilder text = new StringBuilder(command);
                    arguments.forEach(a -> text.append(' ').append(MasterCfLine.quoted(a)));
                    yield text.toString();
                }
            };
        }
    }

    public MasterCf {
        Objects.requireNonNull(file);
        entries = List.copyOf(entries);
        warnings = List.copyOf(warnings);
    }

    /**
     * Reads a file for the daemon: text, and what Postfix's postconf only warns of is an error.
     *
     * @throws ConfigurationException where it cannot be read or a line is wrong; file and line are named
     */
    public static MasterCf read(Path file) throws ConfigurationException {
        return parse(file, Blanks.text(ConfigurationFile.read(file)), true);
    }

    /**
     * Reads a file as {@code postconf} does: bytes, one to a char, and its words.
     *
     * @throws ConfigurationException where it cannot be read or a line is wrong
     */
    public static MasterCf readLeniently(Path file) throws ConfigurationException {
        return parse(file, ConfigurationFile.read(file), false);
    }

    /**
     * The services of a text that was read, as {@link #readLeniently} does.
     *
     * @throws ConfigurationException where a line is wrong
     */
    public static MasterCf ofText(Path file, String text) throws ConfigurationException {
        return parse(file, text, false);
    }

    static MasterCf parse(Path file, String text, boolean strict) throws ConfigurationException {
        List<Entry> entries = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        for (LogicalLine line : LogicalLine.of(text)) {
            SourceLine source = new SourceLine(file, line.line());
            if (Blanks.beginsBlank(line.text())) {
                warnings.add(MainCf.startsWithBlank(file.toString(), line));
                continue;
            }
            List<String> odd = new ArrayList<>();
            try {
                entries.add(MasterCfLine.parse(line.text(), source, odd::add));
            } catch (MasterCfLine.FieldCountException e) {
                throw new ConfigurationException(
                        strict
                                ? source + ": " + e.getMessage()
                                : "file " + file + ": line " + line.line() + ": " + e.getMessage());
            } catch (ConfigurationException e) {
                throw strict ? new ConfigurationException(source + ": " + e.getMessage()) : e;
            }
            if (strict && !odd.isEmpty()) {
                throw new ConfigurationException(source + ": " + odd.getFirst());
            }
            odd.forEach(o -> warnings.add("master.cf: " + o));
            if (entries.size() > MOST_ENTRIES) {
                throw new ConfigurationException(source + ": over " + MOST_ENTRIES + " services");
            }
        }
        return new MasterCf(file, entries, warnings);
    }
}
