package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.recadero.net.tls.ClientPeer;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.net.tls.ClientTls;
import org.recadero.os.UnixConnection;

/** {@link Wire} over a socket of this machine. Who may connect is the socket's owner's affair: there is no TLS. */
final class UnixWire extends BufferedWire {
    /** Where no time is set (lmtp_connect_timeout = 0): a server that takes no connection is not waited for longer. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

    private static final int GLANCE_MILLIS = 1;

    private final UnixConnection connection;

    private UnixWire(UnixConnection connection) {
        this.connection = connection;
    }

    /**
     * Connects.
     *
     * @param timeout zero: a minute
     */
    static UnixWire connect(String path, Duration timeout) throws IOException {
        return new UnixWire(UnixConnection.connect(path, timeout.isZero() ? CONNECT_TIMEOUT : timeout));
    }

    @Override
    void send(byte[] bytes, int offset, int length, Duration timeout) throws IOException {
        connection.readTimeout(timeout);
        connection.output().write(bytes, offset, length);
    }

    @Override
    InputStream input(int timeoutMillis) {
        connection.readTimeout(Duration.ofMillis(timeoutMillis));
        return connection.input();
    }

    @Override
    public boolean hasInput() throws IOException {
        if (hasBuffered()) {
            return true;
        }
        try {
            fill(GLANCE_MILLIS);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    @Override
    public ClientPeer startTls(ClientTls.Target target, ClientPolicy policy, Duration timeout) throws IOException {
        throw new IOException("no TLS over a socket of this machine");
    }

    @Override
    public String localAddress() {
        return "127.0.0.1";
    }

    @Override
    public void close() {
        connection.close();
    }
}
