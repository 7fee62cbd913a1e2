package org.recadero.net.dns;

import java.net.InetAddress;
import java.util.Optional;

/** Numeric addresses; never a look-up. */
public final class Literals {
    private Literals() {}

    /** Reads {@code 10.0.0.1} or {@code fe80::1}; empty where it is a name. A zone ({@code %eth0}) is no part of mail addresses. */
    public static Optional<InetAddress> parse(String text) {
        boolean four = text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        boolean six = text.indexOf(':') >= 0 && text.matches("[0-9A-Fa-f:.]{2,45}");
        if (!four && !six) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
