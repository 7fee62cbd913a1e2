package org.recadero.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.recadero.command.TableArguments.Option;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.config.TableSpec;
import org.recadero.table.FileTrouble;
import org.recadero.table.FileValues;
import org.recadero.table.Octets;
import org.recadero.table.Syntax;
import org.recadero.table.Tables;

/**
 * postmap(1) and postalias(1), which differ in the syntax of their sources and in how they print rows. This class reads the
 * command line and the configuration; {@link TableQueries} asks tables, {@link TableUpdates} writes them.
 *
 * <p>One use for each call, on the caller's thread. Keys, values and messages are {@link Octets} on their way.
 */
final class TableCommand {
    private static final int FATAL = 1;

    /**
     * One of the two commands.
     *
     * @param options the letters it takes, besides {@code c d q}
     * @param separator between key and value in what it prints
     */
    record Flavour(String name, Syntax syntax, String options, String usage, String separator) {}

    private final Flavour flavour;
    private final TableSystem system;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private boolean verbose;

    TableCommand(
            Flavour flavour,
            TableSystem system,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Map<String, String> environment) {
        this.flavour = Objects.requireNonNull(flavour);
        this.system = system;
        this.in = in;
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    /** Returns the exit status: 0, or 1 where nothing was found or all was in vain. */
    int run(List<String> args) {
        try {
            boolean found = work(TableArguments.parse(args, flavour.options(), "usage: " + flavour.usage()));
            return found ? 0 : 1;
        } catch (CommandException e) {
            e.before().ifPresent(line -> say(Octets.of(line)));
            return fatal(e.text());
        } catch (ConfigurationException e) {
            return fatal(Octets.of(String.valueOf(e.getMessage())));
        } catch (FileSystemException e) {
            return fatal(Octets.of("open " + e.getFile() + ": " + FileTrouble.of(e)));
        } catch (IOException e) {
            return fatal(Octets.of(String.valueOf(e.getMessage())));
        } finally {
            out.flush();
            err.flush();
        }
    }

    private int fatal(String octets) {
        out.flush();
        say("fatal: " + octets);
        return FATAL;
    }

    private boolean work(TableArguments arguments) throws CommandException, ConfigurationException, IOException {
        Path folder;
        try {
            folder = Configurations.folder(arguments.folder(), environment);
        } catch (InvalidPathException e) {
            throw new CommandException("open " + arguments.folder().orElse("") + ": No such file or directory");
        }
        Configurations.Loaded loaded = Configurations.load(folder);
        for (String warning : loaded.warnings()) {
            // what is unknown or not supported is the daemon's and postconf's to tell, as in Postfix
            if (warning.contains(": overriding earlier entry: ")) {
                warn(Octets.of(warning));
            }
        }
        verbose = arguments.has(Option.VERBOSE) || environment.containsKey("MAIL_VERBOSE");
        Snapshot configuration = loaded.configuration();
        String type = configuration.get(Parameters.DEFAULT_DATABASE_TYPE);
        boolean utf8 = !arguments.has(Option.NO_UTF8) && isUtf8(configuration);
        return switch (arguments.work()) {
            case CREATE -> {
                for (String table : arguments.tables()) {
                    new TableUpdates(this, arguments, utf8).create(Tables.spec(table, type));
                }
                yield true;
            }
            case DELETE -> new TableUpdates(this, arguments, utf8).delete(specs(arguments, type));
            case QUERY, LIST -> {
                boolean plain = (arguments.has(Option.BODY) || arguments.has(Option.HEADERS))
                        && !arguments.has(Option.FORCE_UTF8);
                Tables.Options options = options(arguments, configuration, utf8 && !plain, type);
                TableQueries queries = new TableQueries(this, arguments, options);
                List<TableSpec> specs = specs(arguments, type);
                yield arguments.work() == TableArguments.Work.LIST ? queries.list(specs) : queries.query(specs);
            }
        };
    }

    private static List<TableSpec> specs(TableArguments arguments, String type) {
        return arguments.tables().stream().map(t -> Tables.spec(t, type)).toList();
    }

    private static boolean isUtf8(Snapshot configuration) {
        try {
            return !configuration
                    .expanded("smtputf8_enable")
                    .strip()
                    .toLowerCase(Locale.ROOT)
                    .equals("no");
        } catch (ConfigurationException e) {
            return true;
        }
    }

    private Tables.Options options(TableArguments arguments, Snapshot configuration, boolean utf8, String type) {
        Set<String> aliasFiles = new HashSet<>(Tables.Options.of(configuration).aliasFiles());
        if (flavour.syntax() == Syntax.ALIASES) {
            specs(arguments, type).forEach(spec -> aliasFiles.add(spec.name()));
        }
        Optional<FileValues> files =
                arguments.has(Option.FILES) ? Optional.of(TableSystem::readFile) : Optional.empty();
        return new Tables.Options(aliasFiles, !arguments.has(Option.UNFOLDED), utf8, files, Set.of(), true);
    }

    Flavour flavour() {
        return flavour;
    }

    TableSystem system() {
        return system;
    }

    InputStream in() {
        return in;
    }

    boolean verbose() {
        return verbose;
    }

    /** One row on standard output. */
    void print(@Nullable String key, String value) throws CommandException {
        String line = key == null ? value : key + flavour.separator() + value;
        byte[] bytes = Octets.bytes(line + "\n");
        out.write(bytes, 0, bytes.length);
        if (out.checkError()) {
            throw new CommandException("write error: standard output");
        }
    }

    void warn(String octets) {
        say("warning: " + octets);
    }

    void say(String octets) {
        byte[] bytes = Octets.bytes(flavour.name() + ": " + Octets.printable(octets) + "\n");
        err.write(bytes, 0, bytes.length);
        err.flush();
    }
}
