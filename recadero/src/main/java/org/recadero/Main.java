package org.recadero;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.recadero.command.Check;
import org.recadero.command.Control;
import org.recadero.command.Newaliases;
import org.recadero.command.Postalias;
import org.recadero.command.Postcat;
import org.recadero.command.Postconf;
import org.recadero.command.Postlog;
import org.recadero.command.Postmap;
import org.recadero.command.Postqueue;
import org.recadero.command.Postsuper;
import org.recadero.command.Recadero;
import org.recadero.command.Sendmail;
import org.recadero.command.SetPermissions;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.daemon.Daemon;

/** One program, many names: picks the command by the name that the launcher was called with. */
public final class Main {
    private Main() {}

    /** First argument: the command's name; the rest is the command's own. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("recadero: which command?");
            System.exit(64);
        }
        List<String> rest = List.copyOf(Arrays.asList(args).subList(1, args.length));
        Path folder = Configurations.folder(Optional.empty(), System.getenv());
        System.exit(run(args[0], rest, folder));
    }

    private static int run(String name, List<String> rest, Path folder) {
        return switch (name) {
            case "sendmail", "mailq", "newaliases", "postqueue" -> sendmail(name, rest);
            case "postsuper" -> Postsuper.run(rest, System.in, System.err, System.getenv());
            case "postcat" -> Postcat.run(rest, System.out, System.err, System.getenv());
            case "postlog" -> Postlog.run(rest, System.in, System.out, System.err, System.getenv());
            case "control" -> Control.run(rest, System.out, System.err, System.getenv());
            case "postconf" -> Postconf.run(rest, System.out, System.err, System.getenv());
            case "postmap" -> Postmap.run(rest, System.in, System.out, System.err, System.getenv());
            case "postalias" -> Postalias.run(rest, System.in, System.out, System.err, System.getenv());
            case "daemon" -> Daemon.run(folder);
            case "value" -> value(rest, folder);
            case "check" -> Check.run(rest, folder, System.err);
            case "set-permissions" -> SetPermissions.run(folder, System.err);
            case "recadero" -> Recadero.run(rest, System.out, System.err, System.getenv());
            default -> {
                System.err.println(name + ": fatal: this command is not part of this version");
                yield 69;
            }
        };
    }

    /** What sendmail leaves to another command with the mail system down, or with the caller's rights, is run here. */
    private static int sendmail(String name, List<String> rest) {
        return Sendmail.run(name, rest, System.in, System.out, System.err, System.getenv(), (command, environment) -> {
            List<String> arguments = command.subList(1, command.size());
            return switch (command.getFirst()) {
                case "newaliases" -> Newaliases.run(arguments, System.in, System.out, System.err, environment);
                case "postqueue" -> Postqueue.run(arguments, System.out, System.err, environment);
                case "postalias" -> Postalias.run(arguments, System.in, System.out, System.err, environment);
                default -> {
                    System.err.println(name + ": fatal: " + String.join(" ", command)
                            + ": the mail system is down, and this version cannot do that without it");
                    yield 69;
                }
            };
        });
    }

    /** For the launchers: expanded values of parameters, a line each. */
    private static int value(List<String> names, Path folder) {
        try {
            Snapshot configuration = Configurations.some(folder, List.of());
            for (String name : names) {
                System.out.println(configuration.expanded(name));
            }
            return 0;
        } catch (ConfigurationException e) {
            System.err.println("postfix: fatal: " + e.getMessage());
            return 1;
        }
    }
}
