package org.recadero.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this machine is called, for the first main.cf.
 *
 * @param host the full name: {@code cliente.example.net}
 * @param mailName what stands behind the @ of local addresses: {@code example.net}
 */
record MachineNames(String host, String mailName) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?");
    private static final String NO_DOMAIN = "localdomain";
    private static final int MOST_HOSTS_LINES = 10_000;

    /**
     * Reads {@code hosts} and {@code mailname}; no name service is asked.
     *
     * @param etc {@code /etc}
     * @param hostName gethostname(2)'s answer
     */
    static MachineNames of(Path etc, String hostName) {
        String host = fullName(etc.resolve("hosts"), NAME.matcher(hostName).matches() ? hostName : "localhost");
        return new MachineNames(host, firstLine(etc.resolve("mailname")).orElse(host));
    }

    private static String fullName(Path hosts, String name) {
        if (name.indexOf('.') >= 0) {
            return name;
        }
        try (Stream<String> lines = Files.lines(hosts)) {
            return lines.limit(MOST_HOSTS_LINES)
                    .map(line -> List.of(line.replaceFirst("#.*", "").strip().split("\\s+", -1)))
                    .filter(words -> words.size() > 1
                            && words.stream().skip(1).anyMatch(name::equalsIgnoreCase)
                            && words.get(1).indexOf('.') > 0
                            && NAME.matcher(words.get(1)).matches())
                    .map(words -> words.get(1))
                    .findFirst()
                    .orElse(name + "." + NO_DOMAIN);
        } catch (IOException | java.io.UncheckedIOException e) {
            // no such file, or not text: as if the name did not stand in it
            return name + "." + NO_DOMAIN;
        }
    }

    private static Optional<String> firstLine(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().map(String::strip).filter(NAME.asMatchPredicate());
        } catch (IOException | java.io.UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** {@code mydestination}'s value, without repeats. */
    String destinations() {
        int dot = host.indexOf('.');
        Set<String> local = new LinkedHashSet<>();
        local.add("$myhostname");
        if (!mailName.equalsIgnoreCase(host)) {
            local.add(mailName);
        }
        local.add("localhost." + (dot < 0 ? NO_DOMAIN : host.substring(dot + 1)));
        local.add("localhost");
        return String.join(", ", local);
    }
}
