package org.recadero.command;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringTokenizer;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.status.SysExits;
import org.recadero.table.Octets;

/**
 * Makes the indexes of all that {@code alias_database} names, as {@code sendmail -bi} does.
 *
 * <p>Postfix: newaliases(1): postalias is run with these tables, and its messages and exit status are the command's.
 */
public final class Newaliases {
    private static final String NAME = "newaliases";

    private Newaliases() {}

    /**
     * Runs the command with this process's rights.
     *
     * @param args {@code -v}, {@code -C folder}, {@code -bi} and {@code -I}; nothing else
     * @return the exit status: postalias's, 75 for a wrong command line or configuration
     */
    public static int run(
            List<String> args, InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        List<String> postalias = new ArrayList<>();
        int next = 0;
        while (next < args.size()
                && args.get(next).length() > 1
                && args.get(next).startsWith("-")) {
            String option = args.get(next++);
            if (option.equals("--")) {
                break;
            }
            if (option.equals("-v")) {
                postalias.add("-v");
            } else if (option.startsWith("-C") && (option.length() > 2 || next < args.size())) {
                variables.put("MAIL_CONFIG", option.length() > 2 ? option.substring(2) : args.get(next++));
            } else if (!option.equals("-bi") && !option.equals("-I")) {
                say(err, "invalid option -- '" + option.charAt(1) + "'");
                return fatal(err, "usage: newaliases [options]");
            }
        }
        if (next < args.size()) {
            return fatal(err, "alias initialization mode requires no recipient");
        }
        try {
            Path folder = Configurations.folder(Optional.empty(), variables);
            String tables = Configurations.load(folder).configuration().expanded("alias_database");
            StringTokenizer names = new StringTokenizer(tables, ", \t\r\n");
            if (!names.hasMoreTokens()) {
                return 0;
            }
            postalias.add("--");
            while (names.hasMoreTokens()) {
                postalias.add(names.nextToken());
            }
        } catch (ConfigurationException e) {
            return fatal(err, String.valueOf(e.getMessage()));
        }
        return Postalias.run(postalias, in, out, err, variables);
    }

    private static int fatal(PrintStream err, String text) {
        say(err, "fatal: " + text);
        return SysExits.TEMPORARY_FAILURE;
    }

    private static void say(PrintStream err, String text) {
        byte[] bytes = Octets.bytes(NAME + ": " + Octets.printable(Octets.of(text)) + "\n");
        err.write(bytes, 0, bytes.length);
        err.flush();
    }
}
