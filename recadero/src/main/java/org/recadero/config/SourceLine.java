package org.recadero.config;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A place in a file that made a decision.
 *
 * @param line counted from 1; 0 where no single line did
 */
public record SourceLine(Path file, int line) {
    public SourceLine {
        Objects.requireNonNull(file);
        if (line < 0) {
            throw new IllegalArgumentException("line " + line);
        }
    }

    /** As Postfix's warnings name it: {@code /etc/postfix/main.cf, line 42}. */
    @Override
    public String toString() {
        return line == 0 ? file.toString() : file + ", line " + line;
    }
}
