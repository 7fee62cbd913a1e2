package org.recadero.deliver.pipe;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.deliver.ServiceFlag;

/**
 * What a {@code pipe} line of master.cf says. Postfix: pipe(8), COMMAND ATTRIBUTE SYNTAX.
 *
 * @param name the service's, and the relay of its log lines
 * @param user whose rights the command has
 * @param group his own where none is named
 * @param arguments of the command, with macros
 * @param folder where it runs; empty: the queue's
 * @param lineEnd {@code eol}
 * @param nullSender stands for the null sender
 * @param mostBytes {@code size}: larger messages are returned; 0: no limit
 */
record PipeService(
        String name,
        Set<ServiceFlag> flags,
        String user,
        Optional<String> group,
        List<String> arguments,
        Optional<String> folder,
        String lineEnd,
        String nullSender,
        long mostBytes) {
    /** Postfix: pipe(8), flags. */
    private static final Set<ServiceFlag> KNOWN = EnumSet.allOf(ServiceFlag.class);

    PipeService {
        flags = Set.copyOf(flags);
        arguments = List.copyOf(arguments);
        Objects.requireNonNull(group);
        Objects.requireNonNull(folder);
    }

    boolean has(ServiceFlag flag) {
        return flags.contains(flag);
    }

    /**
     * Reads the attributes of a line.
     *
     * @param words the line's arguments, options ({@code -o name=value}) too
     * @throws ConfigurationException where they make no service; Postfix's words
     */
    static PipeService of(String name, List<String> words) throws ConfigurationException {
        Reader reader = new Reader();
        int i = 0;
        while (i < words.size() && words.get(i).startsWith("-")) {
            i += words.get(i).equals("-o") ? 2 : 1;
        }
        for (; i < words.size(); i++) {
            if (words.get(i).startsWith("argv=")) {
                reader.arguments.add(words.get(i).substring("argv=".length()));
                reader.arguments.addAll(words.subList(i + 1, words.size()));
                break;
            }
            reader.attribute(words.get(i));
        }
        return reader.service(name);
    }

    private static final class Reader {
        private final Set<ServiceFlag> flags = EnumSet.noneOf(ServiceFlag.class);
        private String user = "";
        private Optional<String> group = Optional.empty();
        private final List<String> arguments = new ArrayList<>();
        private Optional<String> folder = Optional.empty();
        private String lineEnd = "\n";
        private String nullSender = "MAILER-DAEMON";
        private long mostBytes;

        private void attribute(String word) throws ConfigurationException {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            switch (key) {
                case "flags" -> flags.addAll(ServiceFlag.of(value, KNOWN));
                case "user" -> {
                    int colon = value.indexOf(':');
                    user = colon < 0 ? value : value.substring(0, colon);
                    group = colon < 0 ? Optional.empty() : Optional.of(value.substring(colon + 1));
                }
                case "directory" -> folder = Optional.of(value);
                case "eol" -> lineEnd = unescaped(value);
                case "null_sender" -> nullSender = value;
                case "size" -> {
                    if (!value.matches("[0-9]{1,18}")) {
                        throw new ConfigurationException("bad size= limit: " + value);
                    }
                    mostBytes = Long.parseLong(value);
                }
                case "chroot" -> throw new ConfigurationException("chroot= is not supported");
                default -> throw new ConfigurationException("unknown attribute name: " + word);
            }
        }

        private static String unescaped(String text) {
            return text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
        }

        private PipeService service(String name) throws ConfigurationException {
            if (user.isEmpty()) {
                throw new ConfigurationException("missing user= command-line attribute");
            }
            if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
                throw new ConfigurationException("missing argv= command-line attribute");
            }
            return new PipeService(name, flags, user, group, arguments, folder, lineEnd, nullSender, mostBytes);
        }
    }
}
