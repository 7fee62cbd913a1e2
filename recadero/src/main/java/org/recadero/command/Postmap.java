package org.recadero.command;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.recadero.table.Syntax;

/**
 * Makes the index of a lookup table, asks tables, changes and lists them.
 *
 * <p>Postfix: postmap(1). {@code DIFFERS}: all kinds of index are cdb inside, rows are listed in the order of the source, and an
 * index that is not its text's is not asked, the text is.
 */
public final class Postmap {
    static final TableCommand.Flavour FLAVOUR = new TableCommand.Flavour(
            "postmap",
            Syntax.MAP,
            "bfFhimnNoprsuUvw",
            "postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
            "\t");

    private Postmap() {}

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
