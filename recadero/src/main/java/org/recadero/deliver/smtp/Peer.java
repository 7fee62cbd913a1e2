package org.recadero.deliver.smtp;

import java.net.InetAddress;
import java.util.Objects;
import org.recadero.config.InetAddressText;

/**
 * The server at the other end.
 *
 * @param host its name, or its address where it has none; this machine's for a socket of its own
 * @param address numeric, or the socket's path
 * @param port 0 for a socket's path
 */
public record Peer(String host, String address, int port) {
    public Peer {
        Objects.requireNonNull(host);
        Objects.requireNonNull(address);
    }

    static Peer of(String host, InetAddress address, int port) {
        return new Peer(host, InetAddressText.of(address), port);
    }

    /** {@code smtp.example.net[10.0.0.1]}. */
    public String name() {
        return host + "[" + address + "]";
    }

    /** {@code smtp.example.net[10.0.0.1]:587} or {@code cliente.example.net[/run/dovecot/lmtp]}, as the log's {@code relay=} has it. */
    public String relay() {
        return port == 0 ? name() : name() + ":" + port;
    }
}
