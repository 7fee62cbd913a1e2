package org.recadero.route;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** services(5): the TCP ports that names stand for. Immutable. */
public final class ServiceNames {
    private static final int MOST_BYTES = 4 << 20;

    /** What mail needs where there is no such file: a container (IANA). */
    private static final Map<String, Integer> MAIL = Map.of(
            "smtp", 25, "mail", 25, "submission", 587, "submissions", 465, "smtps", 465, "ssmtp", 465, "lmtp", 24);

    private final Map<String, Integer> ports;

    private ServiceNames(Map<String, Integer> ports) {
        this.ports = Map.copyOf(ports);
    }

    /** Without any file. */
    public static ServiceNames ofMail() {
        return new ServiceNames(MAIL);
    }

    /** With {@code /etc/services}, where it can be read. */
    public static ServiceNames system() {
        return read(Path.of("/etc/services"));
    }

    static ServiceNames read(Path file) {
        Map<String, Integer> ports = new HashMap<>(MAIL);
        try {
            if (Files.size(file) <= MOST_BYTES) {
                for (String line :
                        Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                    int comment = line.indexOf('#');
                    String[] words = (comment < 0 ? line : line.substring(0, comment))
                            .trim()
                            .split("\\s+", -1);
                    if (words.length >= 2 && words[1].matches("[0-9]{1,5}/tcp")) {
                        int port = Integer.parseInt(words[1].substring(0, words[1].length() - 4));
                        ports.put(words[0], port);
                        for (int i = 2; i < words.length; i++) {
                            ports.putIfAbsent(words[i], port);
                        }
                    }
                }
            }
        } catch (IOException e) {
            // the names of mail are known without it
        }
        return new ServiceNames(ports);
    }

    /** A number as it is, a name's port; empty for an unknown name and for a number that is no port. */
    public Optional<Integer> port(String text) {
        if (text.matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(text);
            return port >= 1 && port <= 0xffff ? Optional.of(port) : Optional.empty();
        }
        return Optional.ofNullable(ports.get(text));
    }
}
