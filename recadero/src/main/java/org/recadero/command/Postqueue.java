package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.control.ControlClient;
import org.recadero.control.ControlVerb;
import org.recadero.receive.submit.DropFile;
import org.recadero.receive.submit.QueueRequest;
import org.recadero.status.SysExits;

/**
 * postqueue with the mail system down; with a running one the daemon answers the client itself ({@link Sendmail}).
 *
 * <p>Postfix: postqueue(1).
 */
public final class Postqueue {
    private Postqueue() {}

    /** @return the exit status */
    public static int run(List<String> arguments, PrintStream out, PrintStream err, Map<String, String> environment) {
        QueueRequest.Parsed parsed = QueueRequest.parse(arguments);
        try {
            return switch (parsed.request()) {
                case QueueRequest.Listing all -> list(ControlVerb.LIST, parsed.folder(), out, err, environment);
                case QueueRequest.JsonListing all ->
                    list(ControlVerb.LIST_JSON, parsed.folder(), out, err, environment);
                case QueueRequest.Flush flush -> fatal(err, "Cannot flush mail queue - mail system is down");
                case QueueRequest.FlushId flush -> fatal(err, "Cannot flush mail queue - mail system is down");
                case QueueRequest.FlushSite flush -> fatal(err, "Cannot flush mail queue - mail system is down");
                case QueueRequest.Fatal(String before, String text) -> {
                    if (!before.isEmpty()) {
                        err.println(before);
                    }
                    yield fatal(err, text);
                }
            };
        } catch (ConfigurationException | IOException e) {
            return fatal(err, String.valueOf(e.getMessage()));
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int fatal(PrintStream err, String text) {
        err.println("postqueue: fatal: " + text);
        return SysExits.UNAVAILABLE;
    }

    private static int list(
            ControlVerb verb,
            Optional<String> folder,
            PrintStream out,
            PrintStream err,
            Map<String, String> environment)
            throws ConfigurationException, IOException {
        MailSystem system = MailSystem.of("postqueue", folder, environment, err);
        if (!system.isAdministrator()) {
            return fatal(err, "Queue report unavailable - mail system is down");
        }
        return system.atQueue(false, desk -> {
            String why = Files.exists(system.home().resolve(ControlClient.SOCKET))
                    ? "Connection refused"
                    : "No such file or directory";
            err.println("postqueue: warning: Mail system is down -- accessing queue directly (Connect to the Recadero "
                    + "showq service: " + why + ")");
            int status = desk.serve(verb, List.of(), out, err);
            // DIFFERS: Postfix lists its maildrop folder with the queue; a drop gets its queue id only when it is taken
            // in
            Path drop = system.home().resolve("drop");
            long dropped = DropFile.count(drop) + DropFile.count(drop.resolve("root"));
            if (dropped > 0) {
                err.println("postqueue: warning: not listed: " + dropped + " in " + drop
                        + ", to be taken in when the mail system starts");
            }
            return status;
        });
    }
}
