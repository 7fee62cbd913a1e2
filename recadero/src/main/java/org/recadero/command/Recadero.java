package org.recadero.command;

import java.io.PrintStream;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.recadero.os.Identity;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.PasswordHash;
import org.recadero.os.ProcessFacts;
import org.recadero.status.SysExits;

/** {@code recadero VERB}: what Postfix has no command for. Speaks the user's language ({@link Words}). */
public final class Recadero {
    private Recadero() {}

    /** Runs a verb; the exit status, 64 where the arguments name none. */
    public static int run(List<String> arguments, PrintStream out, PrintStream err, Map<String, String> environment) {
        String verb = arguments.isEmpty() ? "" : arguments.getFirst();
        Words words = Words.of(environment);
        return switch (verb) {
            case "init" -> {
                if (arguments.size() > 1) {
                    yield usage(err, words, words.text("too-many-arguments", verb));
                }
                yield new Init(Init.Place.here(environment), out, err).run();
            }
            case "status" -> {
                if (arguments.size() > 1) {
                    yield usage(err, words, words.text("too-many-arguments", verb));
                }
                yield new Status(words, out, err).run(environment);
            }
            case "explain" -> new Explain(words, out, err).run(arguments.subList(1, arguments.size()), environment);
            case "test" -> new Explain(words, out, err).test(arguments.subList(1, arguments.size()), environment);
            case "passwd" -> {
                ProcessFacts process = new ProcessFacts();
                Passwd.Machine machine = new Passwd.Machine(
                        new LinuxFileSystem(),
                        new LibcUserDatabase(),
                        new Identity(process.uids().effective(), process.gids().effective(), process.groups()),
                        new SecureRandom(),
                        PasswordHash.system());
                yield new Passwd(machine, words, out, err)
                        .run(arguments.subList(1, arguments.size()), environment, Passwd.secret(words, System.in));
            }
            case "help", "--help", "-h" -> {
                out.println(words.text("usage"));
                yield 0;
            }
            case "" -> usage(err, words, "");
            default -> usage(err, words, words.text("unknown-verb", verb));
        };
    }

    private static int usage(PrintStream err, Words words, String trouble) {
        if (!trouble.isEmpty()) {
            err.println("recadero: " + trouble);
        }
        err.println(words.text("usage"));
        return SysExits.USAGE;
    }
}
