package org.recadero.command;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.recadero.table.Syntax;

/**
 * Makes the index of an alias file, asks, changes and lists it.
 *
 * <p>Postfix: postalias(1), aliases(5). {@code DIFFERS}: without the rows {@code @}, YP_LAST_MODIFIED and YP_MASTER_NAME of NIS.
 */
public final class Postalias {
    static final TableCommand.Flavour FLAVOUR = new TableCommand.Flavour(
            "postalias",
            Syntax.ALIASES,
            "Nfinoprsuvw",
            "postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
            ":\t");

    private Postalias() {}

    /**
     * Runs the command with this process's rights.
     *
     * @param environment MAIL_CONFIG and MAIL_VERBOSE are read
     * @return the exit status: 0, or 1 where nothing was found or the command failed
     */
    public static int run(
            List<String> args, InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
        return TableSystem.with(system -> new TableCommand(FLAVOUR, system, in, out, err, environment).run(args));
    }
}
