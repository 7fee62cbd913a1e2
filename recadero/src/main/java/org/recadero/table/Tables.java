package org.recadero.table;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.log.MailLog;
import org.recadero.os.UserDatabase;

/**
 * Opens tables by their specification.
 *
 * <p>Postfix: dict_open(3), {@code postconf -m}.
 */
public final class Tables {
    /** Of {@code proxy:} and {@code unionmap:} within each other. */
    private static final int DEEPEST = 10;

    /** The types that can be opened, in order. Postfix: {@code postconf -m}. */
    public static final List<String> TYPES = List.of(
            "btree",
            "cdb",
            "cidr",
            "environ",
            "fail",
            "hash",
            "inline",
            "lmdb",
            "pcre",
            "proxy",
            "regexp",
            "static",
            "texthash",
            "unionmap",
            "unix");

    /** Types of Postfix that cannot be opened yet. */
    private static final Set<String> NOT_YET =
            Set.of("randmap", "pipemap", "socketmap", "tcp", "ldap", "pgsql", "mysql", "sqlite", "memcache", "nis");

    private final Surroundings around;

    /**
     * What tables need.
     *
     * @param users for {@code unix:}
     * @param reader for files that only root may read
     * @param log hears of changes and of an index that is not its text's
     * @param time when to look again
     */
    public record Surroundings(UserDatabase users, RootFileReader reader, TableLog log, InstantSource time) {
        public Surroundings {
            Objects.requireNonNull(users);
            Objects.requireNonNull(reader);
            Objects.requireNonNull(log);
            Objects.requireNonNull(time);
        }
    }

    /**
     * How tables are read.
     *
     * @param aliasFiles paths whose text has aliases(5) syntax, as {@code alias_maps} and {@code alias_database} name them
     * @param foldKeys whether keys are folded to lower case where strings are fixed
     * @param utf8 {@code smtputf8_enable}: Unicode folding; source lines that are no UTF-8 are left out
     * @param fileValues where the values of a text name files ({@code postmap -F}): reads them
     * @param fixedValues names of tables of rules whose values may not be made of the key ($1): who writes to an address would choose a
     *     command or a file. Postfix: DICT_FLAG_NO_REGSUB, in local(8)
     * @param keepOrder rows of a text are listed in its order, and its size has no limit: for commands
     */
    public record Options(
            Set<String> aliasFiles,
            boolean foldKeys,
            boolean utf8,
            Optional<FileValues> fileValues,
            Set<String> fixedValues,
            boolean keepOrder) {
        public Options {
            aliasFiles = Set.copyOf(aliasFiles);
            fixedValues = Set.copyOf(fixedValues);
        }

        /** As a daemon reads its tables. */
        public static Options of(Configuration configuration) {
            Set<String> names = new HashSet<>();
            for (TableSpec spec : configuration.get(Parameters.ALIAS_MAPS)) {
                names.add(unwrapped(spec));
            }
            for (TableSpec spec : configuration.get(Parameters.ALIAS_DATABASE)) {
                names.add(unwrapped(spec));
            }
            return new Options(names, true, true, Optional.empty(), names, false);
        }

        private static String unwrapped(TableSpec spec) {
            String name = spec.name();
            return spec.type().equals("proxy") ? name.substring(name.indexOf(':') + 1) : name;
        }

        boolean isAliasFile(Path text) {
            return aliasFiles.contains(text.toString());
        }

        Syntax syntaxOf(Path text) {
            return isAliasFile(text) ? Syntax.ALIASES : Syntax.MAP;
        }

        Options withoutAliasFiles() {
            return new Options(Set.of(), foldKeys, utf8, fileValues, fixedValues, keepOrder);
        }

        /** A value of a text as an index would hold it. */
        String stored(String value) throws IOException {
            return fileValues.isPresent() ? fileValues.get().stored(value) : value;
        }

        /** A key as it is looked up. */
        String folded(String key) {
            return foldKeys ? KeyFold.fold(key, utf8) : key;
        }
    }

    public Tables(Surroundings around) {
        this.around = Objects.requireNonNull(around);
    }

    /** Tables of files that this process may read itself, with the system's clock. */
    public Tables(UserDatabase users, MailLog log, String program) {
        this(new Surroundings(users, RootFileReader.none(), TableLog.of(log, program), InstantSource.system()));
    }

    /** Opens a table as a daemon reads it; its text has postmap(1)'s syntax unless its index was made by postalias(1). */
    public LookupTable open(TableSpec spec) throws ConfigurationException {
        return open(spec, new Options(Set.of(), true, true, Optional.empty(), Set.of(), false));
    }

    /** As {@link #open(TableSpec)}; a table of rules may not make its values, commands or transports, of the key. */
    public LookupTable openFixed(TableSpec spec) throws ConfigurationException {
        Set<String> name = Set.of(Options.unwrapped(spec));
        return open(spec, new Options(Set.of(), true, true, Optional.empty(), name, false));
    }

    /** As {@link #openFixed}; its text has the syntax of aliases(5). */
    public LookupTable openAliases(TableSpec spec) throws ConfigurationException {
        Set<String> name = Set.of(Options.unwrapped(spec));
        return open(spec, new Options(name, true, true, Optional.empty(), name, false));
    }

    /**
     * The suffix of an indexed kind's file: {@code .db} for {@code hash} and {@code btree}, {@code .lmdb}, {@code .cdb}; all of
     * them are cdb inside. Empty for another kind.
     */
    public static Optional<String> suffix(String type) {
        return switch (type) {
            case "hash", "btree" -> Optional.of(".db");
            case "lmdb", "cdb" -> Optional.of("." + type);
            default -> Optional.empty();
        };
    }

    /** {@code type:name} as a specification; without a type: {@code defaultType}. */
    public static TableSpec spec(String text, String defaultType) {
        int colon = text.indexOf(':');
        return colon < 0
                ? new TableSpec(defaultType, text)
                : new TableSpec(text.substring(0, colon), text.substring(colon + 1));
    }

    /**
     * Opens a table. A file that is missing or cannot be read is no error here: look-ups fail as long as it is.
     *
     * @throws ConfigurationException where the type is not supported or the name has not the type's syntax
     */
    public LookupTable open(TableSpec spec, Options options) throws ConfigurationException {
        return open(spec, options, 0);
    }

    private LookupTable open(TableSpec spec, Options options, int depth) throws ConfigurationException {
        String type = spec.type();
        if (type.isEmpty() || spec.name().isEmpty()) {
            throw new ConfigurationException(
                    "open dictionary: expecting \"type:name\" form instead of \"" + spec + "\"");
        }
        if (depth > DEEPEST) {
            throw new ConfigurationException("tables within tables over " + DEEPEST + ": \"" + spec + "\"");
        }
        String name = spec.toString();
        Optional<String> suffix = suffix(type);
        if (suffix.isPresent()) {
            Path text = path(spec);
            return new FileTable(name, text, path(new TableSpec(type, text + suffix.get())), options, around);
        }
        return switch (type) {
            case "texthash" -> new FileTable(name, path(spec), null, options.withoutAliasFiles(), around);
            case "inline" -> new InlineTable(name, spec.name(), options);
            case "static" -> new Always(name, new LookupResult.Found(staticValue(spec.name())));
            case "fail" -> new Always(name, new LookupResult.Failed(name + ": Application error"));
            case "unix" -> users(spec);
            case "cidr", "regexp", "pcre" -> rules(spec, options);
            case "environ" -> new EnvironmentTable(name, System.getenv());
            case "proxy" -> open(inner(spec.name()), options, depth + 1);
            case "unionmap" -> union(spec, options, depth);
            default ->
                throw new ConfigurationException("unsupported dictionary type: " + type
                        + (NOT_YET.contains(type) ? " (Postfix's; Recadero has not got it yet)" : ""));
        };
    }

    private LookupTable rules(TableSpec spec, Options options) throws ConfigurationException {
        boolean inline = spec.name().startsWith("{");
        return RuleTables.open(spec, inline ? null : path(spec), options, around);
    }

    private static Path path(TableSpec spec) throws ConfigurationException {
        try {
            return Path.of(spec.name());
        } catch (InvalidPathException e) {
            throw new ConfigurationException("open database " + spec.name() + ": No such file or directory");
        }
    }

    private static TableSpec inner(String text) throws ConfigurationException {
        TableSpec spec = spec(text, "");
        if (spec.type().isEmpty()) {
            throw new ConfigurationException(
                    "open dictionary: expecting \"type:name\" form instead of \"" + text + "\"");
        }
        return spec;
    }

    /** A table that has one answer. */
    private record Always(String name, LookupResult answer) implements LookupTable {
        @Override
        public LookupResult find(String key) {
            return answer;
        }
    }

    private static String staticValue(String name) throws ConfigurationException {
        if (!name.startsWith("{")) {
            return name;
        }
        return Braces.inside(name)
                .orElseThrow(
                        () -> new ConfigurationException("bad static:name syntax: missing '}' in \"" + name + "\""));
    }

    private LookupTable users(TableSpec spec) throws ConfigurationException {
        return switch (spec.name()) {
            case "passwd.byname" -> new UserTable(spec.toString(), around.users(), false);
            case "group.byname" -> new UserTable(spec.toString(), around.users(), true);
            default -> throw new ConfigurationException("unknown table: " + spec);
        };
    }

    /** All answers of several tables, joined by commas. Postfix: DATABASE_README, {@code unionmap}. */
    private record Union(String name, List<LookupTable> tables) implements LookupTable {
        @Override
        public LookupResult find(String key) {
            return all(table -> table.find(key));
        }

        @Override
        public LookupResult findPart(String key) {
            return all(table -> table.findPart(key));
        }

        private LookupResult all(Function<LookupTable, LookupResult> look) {
            List<String> values = new ArrayList<>();
            for (LookupTable table : tables) {
                switch (look.apply(table)) {
                    case LookupResult.Found(String value) -> values.add(value);
                    case LookupResult.NotFound none -> {}
                    case LookupResult.Failed(String reason) -> {
                        String inner = table.name() + ": ";
                        String why = reason.startsWith(inner) ? reason.substring(inner.length()) : reason;
                        return new LookupResult.Failed(name + ": " + why);
                    }
                }
            }
            return values.isEmpty() ? new LookupResult.NotFound() : new LookupResult.Found(String.join(",", values));
        }
    }

    private LookupTable union(TableSpec spec, Options options, int depth) throws ConfigurationException {
        List<String> elements = Braces.inside(spec.name()).map(Braces::elements).orElse(List.of());
        if (elements.isEmpty()) {
            throw new ConfigurationException("bad syntax: \"" + spec + "\"; need \"unionmap:{type:name...}\"");
        }
        List<LookupTable> tables = new ArrayList<>();
        for (String element : elements) {
            tables.add(open(inner(element), options, depth + 1));
        }
        return new Union(spec.toString(), List.copyOf(tables));
    }
}
