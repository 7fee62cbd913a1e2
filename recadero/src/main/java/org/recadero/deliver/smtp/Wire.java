package org.recadero.deliver.smtp;

import java.io.IOException;
import java.time.Duration;
import org.recadero.net.tls.ClientPeer;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.net.tls.ClientTls;

/** A connection, as octets and lines: a socket, or a script in tests. Used by one thread at a time. */
interface Wire extends AutoCloseable {
    /** Longest line of a reply that is kept, in octets; the rest of it is passed over. */
    int MOST_LINE = 4_096;

    /** Keeps octets for the next {@link #flush}, or sends them where they are many. */
    void write(byte[] bytes, int offset, int length, Duration timeout) throws IOException;

    void flush(Duration timeout) throws IOException;

    /**
     * The next line, without its end; each octet a character.
     *
     * @throws java.net.SocketTimeoutException where it does not come in time
     * @throws java.io.EOFException where the connection ends
     */
    String readLine(Duration timeout) throws IOException;

    /** Whether something has arrived that nobody read. Does not wait. */
    boolean hasInput() throws IOException;

    /** Shakes hands; what the policy demands of the peer is still to be seen. */
    ClientPeer startTls(ClientTls.Target target, ClientPolicy policy, Duration timeout) throws IOException;

    /** Our own numeric address. */
    String localAddress();

    @Override
    void close();
}
