package org.recadero.table;

import java.nio.file.Path;
import org.recadero.log.MailLog;

/** Where tables say what the administrator should know. Safe for use by many threads. */
public interface TableLog {
    /** Without «warning: »; text, perhaps with control characters. */
    void warning(String text);

    void info(String text);

    /** The index is not the text's: the text is used. Once for each change. */
    default void stale(Path index, Path text) {
        warning("database " + index + " is older than source file " + text + " -- using the source file");
    }

    /** The mail log, as a program's lines. */
    static TableLog of(MailLog log, String program) {
        return new TableLog() {
            @Override
            public void warning(String text) {
                log.warning(program, text);
            }

            @Override
            public void info(String text) {
                log.info(program, text);
            }
        };
    }
}
