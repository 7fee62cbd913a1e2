package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** A connection whose other end the kernel vouches for; {@code UnixSockets} gives the real one. */
public interface SubmissionConnection extends AutoCloseable {
    /** SO_PEERCRED's uid. */
    int peerUid();

    InputStream input();

    OutputStream output();

    /** A read that gets nothing for so long throws a {@link java.net.SocketTimeoutException}. */
    void readTimeout(Duration limit) throws IOException;

    @Override
    void close() throws IOException;
}
