package org.recadero.receive.smtpd;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.InetAddressText;

/**
 * Who is at the other end.
 *
 * @param name the name that its address has and that has this address; {@code unknown} where there is none
 * @param nameMissing why there is none: not at all, or only for now (a name server failed)
 * @param reverseName the name that its address has, verified or not
 */
public record Peer(InetAddress address, int port, String name, NameMissing nameMissing, Optional<String> reverseName) {
    /** What Postfix calls a client without a verified name. */
    public static final String UNKNOWN = "unknown";

    /** Whether the name is known. */
    public enum NameMissing {
        NO,
        YES,
        FOR_NOW
    }

    public Peer {
        Objects.requireNonNull(address);
        Objects.requireNonNull(name);
        Objects.requireNonNull(nameMissing);
        Objects.requireNonNull(reverseName);
    }

    /** A client whose name is known. */
    public static Peer of(InetAddress address, int port, String name) {
        return new Peer(address, port, name, NameMissing.NO, Optional.of(name));
    }

    /** {@code 127.0.0.1}, {@code ::1}. */
    public String addressText() {
        return InetAddressText.of(address);
    }

    /** RFC 5321 §4.1.3, without brackets: {@code 127.0.0.1}, {@code IPv6:::1}. */
    public String literal() {
        return address instanceof Inet6Address ? "IPv6:" + addressText() : addressText();
    }

    /** {@code localhost[127.0.0.1]}, as the log and replies have it. */
    public String nameAndAddress() {
        return name + "[" + addressText() + "]";
    }
}
