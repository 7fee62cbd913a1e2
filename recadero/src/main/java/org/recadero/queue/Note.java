package org.recadero.queue;

import java.io.IOException;

/** A record on its way into the log. Who has several hands them all in before it waits: they take one write. */
@FunctionalInterface
public interface Note {
    /** Where nobody has to wait. */
    Note WRITTEN = () -> {};

    /**
     * Returns when the record is written, though not forced: it survives a crash of the program.
     *
     * @throws IOException it could not be written
     */
    void await() throws IOException;
}
