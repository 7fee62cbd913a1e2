package org.recadero.receive.smtpd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.recadero.net.tls.server.ServerTls;

/** {@link Connection} over a socket. Used by the session's thread; {@link #close} by any. */
final class SocketConnection implements Connection {
    private final Socket plain;
    private final Optional<ServerTls> tls;
    private final boolean mandatory;
    private volatile Socket socket;

    /** @param mandatory whether {@code smtpd_tls_mandatory_protocols} counts */
    SocketConnection(Socket socket, Optional<ServerTls> tls, boolean mandatory) throws IOException {
        this.plain = Objects.requireNonNull(socket);
        this.socket = socket;
        this.tls = Objects.requireNonNull(tls);
        this.mandatory = mandatory;
        socket.setTcpNoDelay(true);
    }

    @Override
    public InputStream input() {
        return stream(socket::getInputStream);
    }

    @Override
    public OutputStream output() {
        return stream(socket::getOutputStream);
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    /** A socket that was closed meanwhile gives no stream; the first read then says so. */
    private static <T> T stream(Opening<T> opening) {
        try {
            return opening.open();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void readTimeout(Duration timeout) throws IOException {
        socket.setSoTimeout(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE));
    }

    @Override
    public SessionState.Encryption startTls() throws IOException {
        if (tls.isEmpty()) {
            throw new IOException("no certificate");
        }
        SSLSocket encrypted = tls.get().accept(plain, mandatory);
        socket = encrypted;
        return new SessionState.Encryption(
                encrypted.getSession().getProtocol(), encrypted.getSession().getCipherSuite());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
