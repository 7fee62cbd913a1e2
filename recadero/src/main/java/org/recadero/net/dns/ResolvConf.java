package org.recadero.net.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What resolv.conf(5) says: whom to ask, how long.
 *
 * @param servers at least one
 * @param trusted whether their AD bit counts: {@code options trust-ad}, or all of them are this machine
 */
record ResolvConf(List<InetSocketAddress> servers, Duration timeout, int attempts, boolean trusted) {
    private static final int MOST_SERVERS = 3;
    private static final int PORT = 53;

    static ResolvConf read(Path file) {
        try {
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // without the file the resolver of this machine is asked (resolv.conf(5))
            return parse("");
        }
    }

    static ResolvConf parse(String text) {
        List<InetSocketAddress> servers = new ArrayList<>();
        int timeout = 5;
        int attempts = 2;
        boolean trusted = false;
        for (String line : text.split("\n", -1)) {
            String[] words = line.trim().split("\\s+", -1);
            if (words[0].equals("nameserver") && words.length > 1 && servers.size() < MOST_SERVERS) {
                Literals.parse(words[1]).ifPresent(a -> servers.add(new InetSocketAddress(a, PORT)));
            } else if (words[0].equals("options")) {
                for (String option : words) {
                    timeout = number(option, "timeout:", timeout, 30);
                    attempts = number(option, "attempts:", attempts, 5);
                    trusted |= option.equals("trust-ad");
                }
            }
        }
        if (servers.isEmpty()) {
            servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
        }
        boolean local = servers.stream().allMatch(s -> s.getAddress().isLoopbackAddress());
        return new ResolvConf(List.copyOf(servers), Duration.ofSeconds(timeout), attempts, trusted || local);
    }

    private static int number(String option, String name, int otherwise, int most) {
        if (!option.startsWith(name) || !option.substring(name.length()).matches("[0-9]{1,4}")) {
            return otherwise;
        }
        return Math.clamp(Integer.parseInt(option.substring(name.length())), 1, most);
    }
}
