package org.recadero.command;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The command line of postmap and postalias. Options come before tables and may be clustered; {@code --} ends them.
 *
 * <p>Postfix: postmap(1), postalias(1).
 *
 * @param folder {@code -c}
 * @param key of {@code -q} or {@code -d}
 * @param tables {@code type:name}, or a name alone
 */
record TableArguments(
        Work work, Set<Option> options, Optional<String> folder, Optional<String> key, List<String> tables) {
    /** What is to be done. */
    enum Work {
        CREATE,
        QUERY,
        DELETE,
        LIST
    }

    /** Options without an argument. */
    enum Option {
        BODY('b'),
        UNFOLDED('f'),
        FILES('F'),
        HEADERS('h'),
        INCREMENTAL('i'),
        MIME('m'),
        WITH_NUL('N'),
        WITHOUT_NUL('n'),
        KEEP_ROOT('o'),
        DEFAULT_MODE('p'),
        REPLACE('r'),
        NO_UTF8('u'),
        FORCE_UTF8('U'),
        VERBOSE('v'),
        IGNORE('w');

        private final char letter;

        Option(char letter) {
            this.letter = letter;
        }
    }

    TableArguments {
        Objects.requireNonNull(work);
        options = Set.copyOf(options);
        tables = List.copyOf(tables);
    }

    boolean has(Option option) {
        return options.contains(option);
    }

    /**
     * @param allowed the letters of the options without an argument, {@code s} too
     * @throws CommandException with the lines of the usage
     */
    static TableArguments parse(List<String> args, String allowed, String usage) throws CommandException {
        Set<Option> options = EnumSet.noneOf(Option.class);
        Optional<Work> work = Optional.empty();
        Optional<String> folder = Optional.empty();
        Optional<String> key = Optional.empty();
        int next = 0;
        while (next < args.size()
                && args.get(next).length() > 1
                && args.get(next).startsWith("-")) {
            String cluster = args.get(next++);
            if (cluster.equals("--")) {
                break;
            }
            for (int i = 1; i < cluster.length(); i++) {
                char letter = cluster.charAt(i);
                if ("cdq".indexOf(letter) < 0 && allowed.indexOf(letter) < 0) {
                    throw new CommandException(usage, "invalid option -- '" + letter + "'");
                }
                String argument = cluster.substring(i + 1);
                if ("cdq".indexOf(letter) >= 0) {
                    i = cluster.length();
                    if (argument.isEmpty() && next == args.size()) {
                        throw new CommandException(usage, "option requires an argument -- '" + letter + "'");
                    }
                    argument = argument.isEmpty() ? args.get(next++) : argument;
                }
                switch (letter) {
                    case 'c' -> folder = Optional.of(argument);
                    case 'd', 'q', 's' -> {
                        if (work.isPresent()) {
                            throw new CommandException("specify only one of -s -q or -d");
                        }
                        work = Optional.of(letter == 'd' ? Work.DELETE : letter == 'q' ? Work.QUERY : Work.LIST);
                        key = letter == 's' ? key : Optional.of(argument);
                    }
                    default -> {
                        for (Option option : Option.values()) {
                            if (option.letter == letter) {
                                options.add(option);
                            }
                        }
                    }
                }
            }
        }
        List<String> tables = new ArrayList<>(args.subList(next, args.size()));
        TableArguments parsed = new TableArguments(work.orElse(Work.CREATE), options, folder, key, tables);
        parsed.check(usage);
        return parsed;
    }

    private void check(String usage) throws CommandException {
        boolean messages = has(Option.BODY) || has(Option.HEADERS) || has(Option.MIME);
        if (messages && !(work == Work.QUERY && key.equals(Optional.of("-")))) {
            throw new CommandException("specify -b -h or -m only with \"-q -\"");
        }
        if (tables.isEmpty() && work != Work.LIST) {
            throw new CommandException(usage);
        }
    }
}
