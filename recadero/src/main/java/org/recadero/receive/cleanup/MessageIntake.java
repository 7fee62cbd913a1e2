package org.recadero.receive.cleanup;

import java.io.IOException;
import java.io.InputStream;

/** The only door into the queue; {@code Cleanup} implements it. */
@FunctionalInterface
public interface MessageIntake {
    /**
     * Reads the whole content, mends and completes it, and puts it into the queue; returns when it is on disk or refused.
     *
     * @param content LF (or CRLF) line ends, to the end of the stream; not closed
     * @throws IOException where {@code content} could not be read to its end; then nothing is queued
     */
    Receipt accept(NewMessage message, InputStream content) throws IOException;
}
