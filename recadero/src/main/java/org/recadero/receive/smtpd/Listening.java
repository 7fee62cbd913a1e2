package org.recadero.receive.smtpd;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;

/** Where a service listens. Postfix: master(5), {@code inet_interfaces}, {@code inet_protocols}. */
final class Listening {
    private static final Pattern ENDPOINT = Pattern.compile("(?:(\\[[^\\]]+\\]|[^:]+):)?([^:\\[\\]]+)");

    private Listening() {}

    /**
     * An address to bind.
     *
     * @param optional whether it may be missing: the other family's loopback address
     */
    record Place(InetSocketAddress address, boolean optional) {}

    /**
     * The addresses of an {@code inet} service.
     *
     * @param service {@code smtp}, {@code 10025}, {@code 127.0.0.1:587}, {@code [::1]:smtp}
     * @throws ConfigurationException where it names no port or no host
     */
    static List<Place> places(String service, Configuration configuration) throws ConfigurationException {
        Matcher matcher = ENDPOINT.matcher(service);
        if (!matcher.matches()) {
            throw new ConfigurationException("bad service name \"" + service + "\"");
        }
        int port = port(matcher.group(2));
        String host = matcher.group(1);
        List<Place> places = new ArrayList<>();
        if (host != null) {
            places.add(new Place(new InetSocketAddress(address(host), port), false));
            return places;
        }
        List<String> interfaces = configuration.get(Parameters.INET_INTERFACES);
        if (interfaces.contains("all")) {
            places.add(new Place(new InetSocketAddress(wildcard(configuration), port), false));
            return places;
        }
        Set<InetAddress> all = new LinkedHashSet<>();
        for (String name : interfaces) {
            if (name.equals("loopback-only")) {
                all.add(InetAddress.ofLiteral("127.0.0.1"));
                all.add(InetAddress.ofLiteral("::1"));
            } else {
                all.addAll(addresses(name));
            }
        }
        for (InetAddress address : all) {
            if (speaks(configuration, address)) {
                places.add(new Place(new InetSocketAddress(address, port), address.isLoopbackAddress()));
            }
        }
        return places;
    }

    private static boolean speaks(Configuration configuration, InetAddress address) {
        List<String> protocols = configuration.get(Parameters.INET_PROTOCOLS);
        return protocols.contains("all") || protocols.contains(address instanceof Inet6Address ? "ipv6" : "ipv4");
    }

    private static InetAddress wildcard(Configuration configuration) {
        List<String> protocols = configuration.get(Parameters.INET_PROTOCOLS);
        boolean six = protocols.contains("all") || protocols.contains("ipv6");
        return InetAddress.ofLiteral(six ? "::" : "0.0.0.0");
    }

    private static InetAddress address(String host) throws ConfigurationException {
        return addresses(host).getFirst();
    }

    private static List<InetAddress> addresses(String host) throws ConfigurationException {
        String name = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        try {
            return List.of(InetAddress.getAllByName(name));
        } catch (UnknownHostException e) {
            throw new ConfigurationException("host not found: " + host);
        }
    }

    /** A number, or a name of /etc/services. */
    static int port(String text) throws ConfigurationException {
        if (text.matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(text);
            if (port <= 65_535) {
                return port;
            }
            throw new ConfigurationException("bad port: " + text);
        }
        return switch (text) {
            case "smtp" -> 25;
            case "submission" -> 587;
            case "smtps", "submissions" -> 465;
            default -> named(text);
        };
    }

    private static int named(String name) throws ConfigurationException {
        try {
            for (String line : Files.readAllLines(Path.of("/etc/services"), StandardCharsets.ISO_8859_1)) {
                String[] words = line.replaceFirst("#.*", "").trim().split("\\s+", -1);
                if (words.length < 2 || !words[1].matches("[0-9]{1,5}/tcp")) {
                    continue;
                }
                for (int i = 0; i < words.length; i++) {
                    if (i != 1 && words[i].equals(name)) {
                        return Integer.parseInt(words[1].substring(0, words[1].indexOf('/')));
                    }
                }
            }
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot read /etc/services for the port \"" + name + "\": " + e.getMessage());
        }
        throw new ConfigurationException("unknown service: " + name + "/tcp");
    }
}
