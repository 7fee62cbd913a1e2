package org.recadero.command;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.config.NameValue;
import org.recadero.config.ParameterNames;
import org.recadero.receive.submit.Options;

/**
 * The command line of {@code postconf}, parsed and checked as Postfix does. Postfix: postconf(1).
 *
 * @param folder {@code -c}
 * @param classes {@code -C}; all where none is named
 * @param overrides {@code -o}
 * @param rest what follows the options
 */
record PostconfOptions(
        Set<Letter> letters,
        Optional<String> folder,
        Set<ParameterNames.Origin> classes,
        Map<String, String> overrides,
        List<String> rest) {
    static final String USAGE =
            "usage: postconf [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)]"
                    + " [-c config_dir] [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)]"
                    + " [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)]"
                    + " [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)]"
                    + " [-P (master.cf parameters)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms]"
                    + " [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]";

    /** The options, in the order in which messages name them. */
    enum Letter {
        SERVER_SASL('a'),
        CLIENT_SASL('A'),
        BOUNCE_TEMPLATES('b'),
        FOLDER('c'),
        CLASSES('C'),
        DEFAULTS('d'),
        EDIT('e'),
        FOLD('f'),
        FIELDS('F'),
        NO_NAMES('h'),
        NO_VALUES('H'),
        LOCKS('l'),
        MAPS('m'),
        SERVICES('M'),
        SET('n'),
        OVERRIDE('o'),
        MAIN('p'),
        SERVICE_PARAMETERS('P'),
        DUMP_TEMPLATES('t'),
        TLS('T'),
        VERBOSE('v'),
        EXPAND('x'),
        EXCLUDE('X'),
        COMMENT_OUT('#');

        private final char character;

        Letter(char character) {
            this.character = character;
        }

        static Optional<Letter> of(char character) {
            for (Letter letter : values()) {
                if (letter.character == character) {
                    return Optional.of(letter);
                }
            }
            return Optional.empty();
        }

        /** As getopt's option string. */
        private static String known() {
            StringBuilder known = new StringBuilder();
            for (Letter letter : values()) {
                known.append(letter.character).append(letter.hasValue() ? ":" : "");
            }
            return known.toString();
        }

        boolean hasValue() {
            return switch (this) {
                case FOLDER, CLASSES, OVERRIDE, TLS -> true;
                case SERVER_SASL,
                        CLIENT_SASL,
                        BOUNCE_TEMPLATES,
                        DEFAULTS,
                        EDIT,
                        FOLD,
                        FIELDS,
                        NO_NAMES,
                        NO_VALUES,
                        LOCKS,
                        MAPS,
                        SERVICES,
                        SET,
                        MAIN,
                        SERVICE_PARAMETERS,
                        DUMP_TEMPLATES,
                        VERBOSE,
                        EXPAND,
                        EXCLUDE,
                        COMMENT_OUT -> false;
            };
        }

        String dashed() {
            return "-" + character;
        }
    }

    /** An option that getopt(3) does not take: its own line, then the usage. */
    static final class GetoptException extends Exception {
        private static final long serialVersionUID = 1L;

        GetoptException(String message) {
            super(message);
        }
    }

    private static final Set<Letter> MODES = EnumSet.of(
            Letter.SERVER_SASL,
            Letter.CLIENT_SASL,
            Letter.BOUNCE_TEMPLATES,
            Letter.LOCKS,
            Letter.MAPS,
            Letter.SERVICES,
            Letter.FIELDS,
            Letter.MAIN,
            Letter.SERVICE_PARAMETERS,
            Letter.DUMP_TEMPLATES,
            Letter.TLS);

    private static final List<Set<Letter>> EXCLUSIVE = List.of(
            MODES,
            EnumSet.of(Letter.DEFAULTS, Letter.EDIT, Letter.SET, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.FOLD, Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.OVERRIDE, Letter.DEFAULTS, Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.EXPAND, Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.NO_NAMES, Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.NO_VALUES, Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT),
            EnumSet.of(Letter.NO_NAMES, Letter.NO_VALUES));

    private static final Set<Letter> FREE = EnumSet.of(Letter.FOLDER, Letter.CLASSES, Letter.VERBOSE);

    /**
     * Parses a command line as getopt(3) does: options end at the first word that is none, or at {@code --}.
     *
     * @throws GetoptException where an option is unknown or has no value
     * @throws ConfigurationException where a value is wrong or options do not go together
     */
    static PostconfOptions parse(List<String> args) throws GetoptException, ConfigurationException {
        EnumSet<Letter> letters = EnumSet.noneOf(Letter.class);
        Map<Letter, List<String>> values = new LinkedHashMap<>();
        Options options = new Options(Letter.known(), args);
        for (char option; (option = options.next()) != Options.END; ) {
            if (option == Options.UNKNOWN || option == Options.NO_VALUE) {
                throw new GetoptException(options.complaint(option));
            }
            Letter letter = Letter.of(option).orElseThrow();
            letters.add(letter);
            if (letter.hasValue()) {
                values.computeIfAbsent(letter, l -> new ArrayList<>()).add(options.value());
            }
        }
        List<String> rest = options.operands();
        if (!rest.isEmpty() && rest.getFirst().indexOf('=') >= 0) {
            letters.add(Letter.EDIT);
        }
        Map<String, String> overrides = overrides(values.getOrDefault(Letter.OVERRIDE, List.of()));
        Set<ParameterNames.Origin> classes = classes(values.getOrDefault(Letter.CLASSES, List.of("all")));
        check(letters);
        List<String> folders = values.getOrDefault(Letter.FOLDER, List.of());
        return new PostconfOptions(
                letters,
                folders.isEmpty() ? Optional.empty() : Optional.of(folders.getLast()),
                classes,
                overrides,
                rest);
    }

    private static Map<String, String> overrides(List<String> words) throws ConfigurationException {
        Map<String, String> overrides = new LinkedHashMap<>();
        for (String word : words) {
            try {
                NameValue setting = NameValue.of(word);
                overrides.put(setting.name(), setting.value());
            } catch (ConfigurationException e) {
                throw new ConfigurationException("invalid parameter override: " + word + ": " + e.getMessage());
            }
        }
        return overrides;
    }

    private static Set<ParameterNames.Origin> classes(List<String> words) throws ConfigurationException {
        EnumSet<ParameterNames.Origin> classes = EnumSet.noneOf(ParameterNames.Origin.class);
        for (String word : words) {
            for (String name : word.split("[,\\s]+", -1)) {
                switch (name) {
                    case "builtin" -> classes.add(ParameterNames.Origin.BUILT_IN);
                    case "service" -> classes.add(ParameterNames.Origin.SERVICE);
                    case "user" -> classes.add(ParameterNames.Origin.USER);
                    case "all" -> classes.addAll(EnumSet.allOf(ParameterNames.Origin.class));
                    default ->
                        throw new ConfigurationException(
                                "unknown -C option value \"" + name + "\" in \"" + word + "\"");
                }
            }
        }
        return classes;
    }

    private static void check(EnumSet<Letter> letters) throws ConfigurationException {
        for (Set<Letter> exclusive : EXCLUSIVE) {
            EnumSet<Letter> both = EnumSet.copyOf(letters);
            both.retainAll(exclusive);
            if (both.size() > 1) {
                throw new ConfigurationException("specify one of " + dashed(both));
            }
        }
        for (Letter mode : MODES) {
            if (letters.contains(mode)) {
                EnumSet<Letter> wrong = EnumSet.copyOf(letters);
                wrong.removeAll(FREE);
                wrong.remove(mode);
                wrong.removeAll(companions(mode));
                if (!wrong.isEmpty()) {
                    throw new ConfigurationException(
                            "with option " + mode.dashed() + ", do not specify " + dashed(wrong));
                }
            }
        }
    }

    private static Set<Letter> companions(Letter mode) {
        return switch (mode) {
            case MAIN -> EnumSet.allOf(Letter.class);
            case SERVICES ->
                EnumSet.of(
                        Letter.EDIT, Letter.EXCLUDE, Letter.COMMENT_OUT, Letter.FOLD, Letter.OVERRIDE, Letter.EXPAND);
            case FIELDS ->
                EnumSet.of(Letter.EDIT, Letter.FOLD, Letter.OVERRIDE, Letter.EXPAND, Letter.NO_NAMES, Letter.NO_VALUES);
            case SERVICE_PARAMETERS ->
                EnumSet.of(
                        Letter.EDIT,
                        Letter.EXCLUDE,
                        Letter.FOLD,
                        Letter.OVERRIDE,
                        Letter.EXPAND,
                        Letter.NO_NAMES,
                        Letter.NO_VALUES);
            case SERVER_SASL,
                    CLIENT_SASL,
                    BOUNCE_TEMPLATES,
                    FOLDER,
                    CLASSES,
                    DEFAULTS,
                    EDIT,
                    FOLD,
                    NO_NAMES,
                    NO_VALUES,
                    LOCKS,
                    MAPS,
                    SET,
                    OVERRIDE,
                    DUMP_TEMPLATES,
                    TLS,
                    VERBOSE,
                    EXPAND,
                    EXCLUDE,
                    COMMENT_OUT -> Set.of();
        };
    }

    private static String dashed(Set<Letter> letters) {
        StringBuilder text = new StringBuilder();
        for (Letter letter : letters) {
            text.append(text.isEmpty() ? "" : " ").append(letter.dashed());
        }
        return text.toString();
    }

    boolean has(Letter letter) {
        return letters.contains(letter);
    }

    boolean edits() {
        return has(Letter.EDIT) || has(Letter.EXCLUDE) || has(Letter.COMMENT_OUT);
    }

    boolean showsServices() {
        return has(Letter.SERVICES) || has(Letter.FIELDS) || has(Letter.SERVICE_PARAMETERS);
    }
}
