package org.recadero.command;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.recadero.command.TableArguments.Option;
import org.recadero.config.ConfigurationException;
import org.recadero.config.TableSpec;
import org.recadero.table.ListedTable;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.OctetTable;
import org.recadero.table.Octets;
import org.recadero.table.RootFileReader;
import org.recadero.table.TableLog;
import org.recadero.table.Tables;

/**
 * {@code -q} and {@code -s} of postmap and postalias.
 *
 * <p>Postfix: postmap(1).
 */
final class TableQueries {
    /** An index that is behind a text younger than this is not worth a warning. Postfix: dict_open(3). */
    private static final Duration QUIET = Duration.ofSeconds(100);

    private final TableCommand command;
    private final TableArguments arguments;
    private final Tables.Options options;
    private final Tables tables;

    /** A table, and how messages name it. */
    private record Opened(LookupTable table, String shown) {}

    TableQueries(TableCommand command, TableArguments arguments, Tables.Options options) {
        this.command = command;
        this.arguments = arguments;
        this.options = options;
        TableSystem system = command.system();
        this.tables = new Tables(
                new Tables.Surroundings(system.users(), RootFileReader.none(), new Warnings(), system.time()));
    }

    private final class Warnings implements TableLog {
        @Override
        public void warning(String text) {
            command.warn(Octets.of(text));
        }

        @Override
        public void info(String text) {
            command.say(Octets.of(text));
        }

        @Override
        public void stale(Path index, Path text) {
            try {
                Duration age = Duration.between(
                        Files.getLastModifiedTime(text).toInstant(),
                        command.system().time().instant());
                if (age.compareTo(QUIET) > 0) {
                    warning("database " + index + " is older than source file " + text);
                }
            } catch (IOException e) {
                // the text is gone by now, and with it what the warning is about
                warning("database " + index + " has no source file any more");
            }
        }
    }

    private Opened open(TableSpec spec) throws ConfigurationException, CommandException {
        if (command.verbose()) {
            command.say("dict_open: " + Octets.of(spec.toString()));
        }
        LookupTable table = tables.open(spec, options);
        if (table instanceof OctetTable octets) {
            Optional<String> trouble = octets.trouble();
            if (trouble.isPresent()) {
                throw new CommandException(Octets.of(trouble.get()));
            }
        }
        return new Opened(table, Octets.of(spec + Tables.suffix(spec.type()).orElse("")));
    }

    /** Returns whether anything was found. */
    boolean query(List<TableSpec> specs) throws ConfigurationException, CommandException, IOException {
        String key = arguments.key().orElse("");
        if (!key.equals("-")) {
            for (TableSpec spec : specs) {
                // a table is opened only when the ones before it do not know the key
                Optional<String> value = find(open(spec), octets(key));
                if (value.isPresent()) {
                    command.print(null, value.get());
                    return true;
                }
            }
            return false;
        }
        List<Opened> all = new ArrayList<>();
        for (TableSpec spec : specs) {
            all.add(open(spec));
        }
        boolean[] found = {false};
        MessageKeys.Keys each = asked -> found[0] |= first(all, asked);
        boolean headers = arguments.has(Option.HEADERS);
        boolean body = arguments.has(Option.BODY);
        if (headers || body) {
            new MessageKeys(headers, body, arguments.has(Option.MIME), each).read(command.in());
        } else {
            if (arguments.has(Option.MIME)) {
                command.warn("ignoring -m option without -b or -h");
            }
            InputStream in = new BufferedInputStream(command.in());
            for (Optional<String> line = MessageKeys.line(in); line.isPresent(); line = MessageKeys.line(in)) {
                each.key(line.get());
            }
        }
        return found[0];
    }

    /** An argument's bytes; what this JVM could not decode stays recognizable as broken. */
    static String octets(String argument) {
        return Octets.of(argument).replace("\u00ef\u00bf\u00bd", "\u00ff");
    }

    private boolean first(List<Opened> all, String key) throws CommandException {
        for (Opened opened : all) {
            Optional<String> value = find(opened, key);
            if (value.isPresent()) {
                command.print(key, value.get());
                return true;
            }
        }
        return false;
    }

    private Optional<String> find(Opened opened, String key) throws CommandException {
        String shown = opened.shown();
        if (options.utf8() && !Octets.isUtf8(key)) {
            command.warn(
                    shown + ": non-UTF-8 key \"" + Octets.printable(key) + "\": malformed UTF-8 or invalid codepoint");
            return Optional.empty();
        }
        LookupResult result = opened.table() instanceof OctetTable table
                ? table.findOctets(key)
                : octets(opened.table().find(Octets.text(key)));
        return switch (result) {
            case LookupResult.NotFound none -> Optional.empty();
            case LookupResult.Failed(String reason) ->
                throw new CommandException("table " + shown + ": query error: " + why(opened, reason));
            case LookupResult.Found(String value) -> {
                if (value.isEmpty()) {
                    command.warn("table " + shown + ": key " + key + ": empty string result is not allowed");
                    command.warn("table " + shown + " should return NO RESULT in case of NOT FOUND");
                }
                Optional<String> plain = plain(shown, key, value);
                if (plain.isEmpty()) {
                    throw new CommandException("table " + shown + ": query error");
                }
                yield plain;
            }
        };
    }

    private static LookupResult octets(LookupResult result) {
        return result instanceof LookupResult.Found(String value) ? new LookupResult.Found(Octets.of(value)) : result;
    }

    /** The reason without the table's name in front. */
    private static String why(Opened opened, String reason) {
        String name = opened.table().name() + ": ";
        return Octets.of(reason.startsWith(name) ? reason.substring(name.length()) : reason);
    }

    /** The value as {@code -F} asks for it; empty after a warning where it is no base64. */
    private Optional<String> plain(String shown, String key, String value) {
        if (!arguments.has(Option.FILES)) {
            return Optional.of(value);
        }
        try {
            return Optional.of(Octets.of(Base64.getDecoder().decode(Octets.bytes(value))));
        } catch (IllegalArgumentException e) {
            command.warn("table " + shown + ": key " + key + ": malformed BASE64 value: " + value);
            return Optional.empty();
        }
    }

    /** Prints all rows of all tables; says whether there is a table. */
    boolean list(List<TableSpec> specs) throws ConfigurationException, CommandException, IOException {
        for (TableSpec spec : specs) {
            if (spec.type().equals("proxy")) {
                throw new CommandException("can't sequence maps via the proxy service");
            }
            Opened opened = open(spec);
            if (spec.type().equals("fail")) {
                throw new CommandException("table " + opened.shown() + ": sequence error: Application error");
            }
            if (!(opened.table() instanceof ListedTable listed)) {
                throw new CommandException("table " + opened.shown() + ": sequence operation is not supported");
            }
            List<CommandException> failure = new ArrayList<>();
            listed.forEach((key, value) -> {
                if (failure.isEmpty()) {
                    try {
                        row(opened, key, value);
                    } catch (CommandException e) {
                        failure.add(e);
                    }
                }
            });
            if (!failure.isEmpty()) {
                throw failure.getFirst();
            }
        }
        return !specs.isEmpty();
    }

    private void row(Opened opened, String key, String value) throws CommandException {
        if (key.isEmpty()) {
            command.warn("table " + Octets.of(opened.table().name()) + ": empty lookup key value is not allowed");
        }
        Optional<String> plain = plain(opened.shown(), key, value);
        if (plain.isPresent()) {
            command.print(key, plain.get());
        }
    }
}
