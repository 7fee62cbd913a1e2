package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.recadero.net.tls.ClientPeer;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.net.tls.ClientTls;

/**
 * {@link Wire} over a blocking socket. Reads end by the socket's time-out; writes, which have none, by closing the socket when
 * their time is up.
 */
final class SocketWire extends BufferedWire {
    /** How long a look at a TLS connection may wait for the rest of a record that has begun to arrive. */
    private static final int GLANCE_MILLIS = 1;

    private final Socket plain;
    private final ClientTls tls;
    private final ScheduledExecutorService timer;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private boolean encrypted;
    private volatile boolean timedOut;

    private SocketWire(Socket socket, ClientTls tls, ScheduledExecutorService timer) throws IOException {
        this.plain = socket;
        this.socket = socket;
        this.tls = tls;
        this.timer = timer;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /**
     * Connects.
     *
     * @param bind our own address; {@code null}: the system's choice
     * @param timeout zero: the system's
     */
    static SocketWire connect(
            InetAddress address,
            int port,
            @Nullable InetAddress bind,
            Duration timeout,
            ClientTls tls,
            ScheduledExecutorService timer)
            throws IOException {
        Socket socket = new Socket();
        boolean done = false;
        try {
            // one small write waits for no other: 27 handshakes a second without it, 105 with
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            if (bind != null) {
                socket.bind(new InetSocketAddress(bind, 0));
            }
            socket.connect(new InetSocketAddress(address, port), millis(timeout));
            SocketWire wire = new SocketWire(socket, tls, timer);
            done = true;
            return wire;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    private static int millis(Duration timeout) {
        return (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
    }

    @Override
    void send(byte[] bytes, int offset, int length, Duration timeout) throws IOException {
        ScheduledFuture<?> deadline =
                timer.schedule(this::giveUp, Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
        try {
            out.write(bytes, offset, length);
            out.flush();
        } catch (IOException e) {
            if (timedOut) {
                throw new SocketTimeoutException("the server takes nothing");
            }
            throw e;
        } finally {
            deadline.cancel(false);
        }
    }

    private void giveUp() {
        timedOut = true;
        closePlain();
    }

    @Override
    InputStream input(int timeoutMillis) throws IOException {
        socket.setSoTimeout(timeoutMillis);
        return in;
    }

    @Override
    public boolean hasInput() throws IOException {
        if (hasBuffered() || in.available() > 0) {
            return true;
        }
        if (!encrypted || plain.getInputStream().available() == 0) {
            return false;
        }
        // a record has arrived: text, or only a session ticket (RFC 8446 §4.6.1)
        try {
            fill(GLANCE_MILLIS);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    @Override
    public ClientPeer startTls(ClientTls.Target target, ClientPolicy policy, Duration timeout) throws IOException {
        plain.setSoTimeout(millis(timeout));
        ScheduledFuture<?> deadline =
                timer.schedule(this::giveUp, Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
        try {
            ClientTls.Established established = tls.handshake(plain, target, policy);
            socket = established.socket();
            encrypted = true;
            in = socket.getInputStream();
            out = socket.getOutputStream();
            return established.peer();
        } catch (IOException e) {
            if (timedOut) {
                throw new SocketTimeoutException("Connection timed out");
            }
            throw e;
        } finally {
            deadline.cancel(false);
        }
    }

    @Override
    public String localAddress() {
        InetAddress address = plain.getLocalAddress();
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        String bare = zone < 0 ? text : text.substring(0, zone);
        // RFC 5321 §4.1.3
        return address instanceof Inet6Address ? "IPv6:" + bare : bare;
    }

    private void closePlain() {
        try {
            plain.close();
        } catch (IOException e) {
            // closed is all it can be
        }
    }

    @Override
    public void close() {
        // no close_notify: the server may be slow, and nothing follows that it could cut off
        closePlain();
    }
}
