package org.recadero.receive.smtpd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** A connection with a client, as a session needs it; tests give one without a socket. Used by one thread, but for close. */
interface Connection extends AutoCloseable {
    InputStream input();

    OutputStream output();

    /** How long a read may take, from now on; then it ends with a {@link java.net.SocketTimeoutException}. */
    void readTimeout(Duration timeout) throws IOException;

    /**
     * Makes the rest of the connection TLS; {@link #input} and {@link #output} are other streams then.
     *
     * @throws IOException where the handshake fails; the connection is of no use afterwards
     */
    SessionState.Encryption startTls() throws IOException;

    @Override
    void close() throws IOException;
}
