package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.control.ControlVerb;
import org.recadero.control.MessagePart;
import org.recadero.envelope.OneLine;
import org.recadero.receive.submit.Options;

/**
 * Prints a message of the queue, with the mail system up or down.
 *
 * <p>Postfix: postcat(1). {@code DIFFERS}: messages are no files here, so it wants {@code -q}; a file that is named is said to be
 * no queue file.
 */
public final class Postcat {
    private static final String USAGE = "usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)]"
            + " [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]";

    private final PrintStream out;
    private final PrintStream err;

    private Postcat(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** @return the exit status */
    public static int run(List<String> arguments, PrintStream out, PrintStream err, Map<String, String> environment) {
        Postcat command = new Postcat(out, err);
        try {
            return command.work(arguments, environment);
        } catch (CommandException e) {
            e.before().ifPresent(err::println);
            return command.fatal(e.text());
        } catch (ConfigurationException | IOException e) {
            return command.fatal(String.valueOf(e.getMessage()));
        } finally {
            out.flush();
            err.flush();
        }
    }

    private int fatal(String text) {
        out.flush();
        err.println("postcat: fatal: " + text);
        return 1;
    }

    private int work(List<String> arguments, Map<String, String> environment)
            throws CommandException, ConfigurationException, IOException {
        List<String> parts = new ArrayList<>();
        Optional<String> folder = Optional.empty();
        boolean queue = false;
        Options options = new Options("bc:dehoqrsv", arguments);
        for (char option; (option = options.next()) != Options.END; ) {
            switch (option) {
                case 'b' -> parts.add(MessagePart.BODY.name());
                case 'e' -> parts.add(MessagePart.ENVELOPE.name());
                case 'h' -> parts.add(MessagePart.HEADER.name());
                case 'q' -> queue = true;
                case 'c' -> folder = Optional.of(options.value());
                case Options.UNKNOWN, Options.NO_VALUE ->
                    throw new CommandException(USAGE, "postcat: " + options.complaint(option));
                default -> {}
            }
        }
        List<String> names = options.operands();
        return queue ? messages(names, parts, folder, environment) : files(names);
    }

    private int messages(List<String> ids, List<String> parts, Optional<String> folder, Map<String, String> environment)
            throws ConfigurationException, IOException {
        for (String id : ids) {
            if (!Postsuper.isQueueId(id)) {
                return fatal("bad mail queue ID: " + OneLine.of(id));
            }
        }
        MailSystem system = MailSystem.of("postcat", folder, environment, err);
        if (!system.isAdministrator()) {
            return ids.isEmpty() ? 0 : fatal("open queue file " + OneLine.of(ids.getFirst()) + ": Permission denied");
        }
        return system.atQueue(false, desk -> {
            for (String id : ids) {
                List<String> words = new ArrayList<>(List.of(id));
                words.addAll(parts);
                int status = desk.serve(ControlVerb.CAT, words, out, err);
                if (status != 0) {
                    return status;
                }
            }
            return 0;
        });
    }

    private int files(List<String> names) {
        if (names.isEmpty()) {
            err.println("postcat: warning: stdin: input is not a valid queue file");
        }
        for (String name : names) {
            if (!Files.exists(Path.of(name))) {
                return fatal("open " + OneLine.of(name) + ": No such file or directory");
            }
            err.println("postcat: warning: " + OneLine.of(name) + ": input is not a valid queue file");
        }
        return 0;
    }
}
