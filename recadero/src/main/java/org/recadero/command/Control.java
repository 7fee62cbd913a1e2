package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.control.ControlVerb;

/** What the script {@code postfix} asks of the running daemon: reload, abort, flush. */
public final class Control {
    private Control() {}

    /** @return the exit status */
    public static int run(List<String> arguments, PrintStream out, PrintStream err, Map<String, String> environment) {
        Optional<ControlVerb> verb = arguments.size() != 1
                ? Optional.empty()
                : switch (arguments.getFirst()) {
                    case "reload" -> Optional.of(ControlVerb.RELOAD);
                    case "abort" -> Optional.of(ControlVerb.ABORT);
                    case "flush" -> Optional.of(ControlVerb.FLUSH);
                    default -> Optional.empty();
                };
        if (verb.isEmpty()) {
            err.println("postfix: fatal: control takes reload, abort or flush");
            return 64;
        }
        try {
            Optional<Integer> status =
                    MailSystem.of("postfix", Optional.empty(), environment, err).ask(verb.get(), List.of(), out);
            if (status.isEmpty()) {
                err.println("postfix: fatal: the mail system is not running");
            }
            return status.orElse(1);
        } catch (ConfigurationException | IOException e) {
            err.println("postfix: fatal: " + e.getMessage());
            return 1;
        } finally {
            out.flush();
            err.flush();
        }
    }
}
