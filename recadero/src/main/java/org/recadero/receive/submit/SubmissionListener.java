package org.recadero.receive.submit;

import java.io.IOException;

/** A listening socket; {@code UnixSockets} gives the real one. */
public interface SubmissionListener extends AutoCloseable {
    SubmissionConnection accept() throws IOException;

    @Override
    void close() throws IOException;
}
