package org.recadero.table;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.config.TableSpec;
import org.recadero.log.MailLog;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;

/**
 * Opens tables: {@code texthash inline static fail proxy unix:passwd.byname}, and {@code hash btree lmdb cdb}, whose text is
 * read (an index beside it is not needed). Safe for all threads.
 */
public final class Tables {
    private final UserDatabase users;
    private final MailLog log;
    private final String program;

    public Tables(UserDatabase users, MailLog log, String program) {
        this.users = Objects.requireNonNull(users);
        this.log = Objects.requireNonNull(log);
        this.program = Objects.requireNonNull(program);
    }

    /** Opens a table of addresses and names, {@code key value}. */
    public LookupTable open(TableSpec spec) throws ConfigurationException {
        return open(spec, TextSource.Syntax.MAP);
    }

    /** Opens an alias file, {@code name: value}. */
    public LookupTable openAliases(TableSpec spec) throws ConfigurationException {
        return open(spec, TextSource.Syntax.ALIASES);
    }

    private LookupTable open(TableSpec spec, TextSource.Syntax syntax) throws ConfigurationException {
        return switch (spec.type()) {
            case "hash", "btree", "lmdb", "cdb", "texthash" ->
                new TextSource(spec.toString(), Path.of(spec.name()), syntax, log, program);
            case "static" -> named(spec.toString(), key -> new LookupResult.Found(spec.name()));
            case "fail" -> named(spec.toString(), key -> new LookupResult.Failed(spec + " fails always"));
            case "inline" -> inline(spec);
            case "proxy" -> proxied(spec, syntax);
            case "unix" -> unix(spec);
            default -> throw new ConfigurationException("unsupported dictionary type: " + spec.type());
        };
    }

    private LookupTable proxied(TableSpec spec, TextSource.Syntax syntax) throws ConfigurationException {
        int colon = spec.name().indexOf(':');
        if (colon <= 0) {
            throw new ConfigurationException(
                    "open dictionary: expecting \"type:name\" form instead of \"" + spec.name() + "\"");
        }
        TableSpec behind =
                new TableSpec(spec.name().substring(0, colon), spec.name().substring(colon + 1));
        if (behind.type().equals("proxy")) {
            throw new ConfigurationException("proxy:proxy: makes no sense: " + spec);
        }
        return open(behind, syntax);
    }

    private LookupTable unix(TableSpec spec) throws ConfigurationException {
        if (!spec.name().equals("passwd.byname")) {
            throw new ConfigurationException("unknown table: " + spec);
        }
        return named(spec.toString(), key -> {
            try {
                Optional<UserDatabase.User> user = users.byName(key);
                return user.isEmpty()
                        ? new LookupResult.NotFound()
                        : new LookupResult.Found(user.get().name());
            } catch (UserDatabaseException e) {
                return new LookupResult.Failed(spec + ": " + e.getMessage());
            }
        });
    }

    /** {@code inline:{ key=value, { key = text with blanks } }}. */
    private static LookupTable inline(TableSpec spec) throws ConfigurationException {
        String text = spec.name().strip();
        if (!text.startsWith("{") || !text.endsWith("}")) {
            throw new ConfigurationException("bad syntax: " + spec);
        }
        Map<String, String> entries = new HashMap<>();
        String inside = text.substring(1, text.length() - 1);
        java.util.regex.Matcher element =
                java.util.regex.Pattern.compile("\\{([^{}]*)\\}|([^\\s,{}]+)").matcher(inside);
        while (element.find()) {
            String pair = element.group(1) != null ? element.group(1) : element.group(2);
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw new ConfigurationException("missing '=' in " + spec);
            }
            entries.put(
                    pair.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                    pair.substring(equals + 1).strip());
        }
        Map<String, String> fixed = Map.copyOf(entries);
        return named(spec.toString(), key -> {
            String value = fixed.get(key.toLowerCase(Locale.ROOT));
            return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
        });
    }

    private interface Finder {
        LookupResult find(String key);
    }

    private static LookupTable named(String name, Finder finder) {
        return new LookupTable() {
            @Override
            public LookupResult find(String key) {
                return finder.find(key);
            }

            @Override
            public String name() {
                return name;
            }
        };
    }
}
