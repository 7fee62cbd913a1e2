package org.recadero.deliver.smtp;

import java.net.InetAddress;
import java.util.Objects;

/**
 * The server at the other end.
 *
 * @param host its name, or its address where it has none
 * @param address numeric
 */
public record Peer(String host, String address, int port) {
    public Peer {
        Objects.requireNonNull(host);
        Objects.requireNonNull(address);
    }

    static Peer of(String host, InetAddress address, int port) {
        return new Peer(host, address.getHostAddress(), port);
    }

    /** {@code smtp.example.net[10.0.0.1]}. */
    public String name() {
        return host + "[" + address + "]";
    }

    /** {@code smtp.example.net[10.0.0.1]:587}, as the log's {@code relay=} has it. */
    public String relay() {
        return name() + ":" + port;
    }
}
