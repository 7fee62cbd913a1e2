package org.recadero.route;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Where a relay's name leads: to a domain's mail exchangers, to one host, to a socket of this machine. */
public sealed interface NextHop {
    /** The name that a certificate must have, and that logs show: without brackets and port. */
    String domain();

    /** {@code example.net:25}: the hosts that MX records name (RFC 5321 §5.1). */
    record MailExchangersOf(String domain, int port) implements NextHop {
        public MailExchangersOf {
            Objects.requireNonNull(domain);
            requirePort(port);
        }
    }

    /** {@code [smtp.example.net]:587}: this host, whatever MX records say. An address literal as well. */
    record Host(String domain, int port) implements NextHop {
        public Host {
            Objects.requireNonNull(domain);
            requirePort(port);
        }
    }

    /** {@code unix:/path}. */
    record UnixSocket(String path) implements NextHop {
        public UnixSocket {
            Objects.requireNonNull(path);
        }

        @Override
        public String domain() {
            return path;
        }
    }

    private static void requirePort(int port) {
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port);
        }
    }

    /**
     * Reads a next hop as relayhost and transport(5) write it; empty where it is none or its service is unknown.
     *
     * @param defaultPort a number or a service's name, as {@code smtp_tcp_port}
     */
    static Optional<NextHop> parse(String text, String defaultPort, ServiceNames services) {
        String trimmed = text.trim();
        if (trimmed.startsWith("unix:")) {
            return Optional.of(new UnixSocket(trimmed.substring(5)));
        }
        String rest = trimmed.startsWith("inet:") ? trimmed.substring(5) : trimmed;
        if (rest.startsWith("[")) {
            int end = rest.indexOf(']');
            if (end < 2) {
                return Optional.empty();
            }
            String behind = rest.substring(end + 1);
            if (!behind.isEmpty() && !behind.startsWith(":")) {
                return Optional.empty();
            }
            String inside = rest.substring(1, end);
            String host = inside.toLowerCase(Locale.ROOT).startsWith("ipv6:") ? inside.substring(5) : inside;
            return services.port(behind.isEmpty() ? defaultPort : behind.substring(1))
                    .map(p -> new Host(host, p));
        }
        int colon = rest.indexOf(':');
        String domain = colon < 0 ? rest : rest.substring(0, colon);
        if (domain.isEmpty() || (colon >= 0 && rest.indexOf(':', colon + 1) >= 0)) {
            return Optional.empty();
        }
        return services.port(colon < 0 ? defaultPort : rest.substring(colon + 1))
                .map(p -> new MailExchangersOf(domain, p));
    }
}
