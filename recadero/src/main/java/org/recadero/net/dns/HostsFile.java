package org.recadero.net.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** {@code /etc/hosts}, read again when it changes (hosts(5)). Safe for all threads; at most {@value #MOST_BYTES} bytes are read. */
final class HostsFile {
    private static final int MOST_BYTES = 4 << 20;

    private record Stamp(Object time, long size) {}

    private record Contents(
            Stamp stamp, Map<String, List<InetAddress>> byName, Map<InetAddress, List<String>> byAddress) {}

    private static final Contents NOTHING = new Contents(new Stamp("", -1), Map.of(), Map.of());

    private final Path file;
    private volatile Contents contents = NOTHING;

    HostsFile(Path file) {
        this.file = Objects.requireNonNull(file);
    }

    List<InetAddress> addresses(String host) {
        return current().byName.getOrDefault(host.toLowerCase(Locale.ROOT), List.of());
    }

    List<String> names(InetAddress address) {
        return current().byAddress.getOrDefault(address, List.of());
    }

    private Contents current() {
        Contents known = contents;
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            Stamp stamp = new Stamp(now.lastModifiedTime(), now.size());
            if (!stamp.equals(known.stamp)) {
                known = now.size() > MOST_BYTES ? NOTHING : read(stamp);
                contents = known;
            }
            return known;
        } catch (IOException e) {
            // no such file: nothing is known, as for glibc
            return NOTHING;
        }
    }

    private Contents read(Stamp stamp) throws IOException {
        Map<String, List<InetAddress>> byName = new HashMap<>();
        Map<InetAddress, List<String>> byAddress = new HashMap<>();
        for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            int comment = line.indexOf('#');
            String[] words =
                    (comment < 0 ? line : line.substring(0, comment)).trim().split("\\s+", -1);
            if (words.length < 2) {
                continue;
            }
            Literals.parse(words[0]).ifPresent(address -> {
                for (int i = 1; i < words.length; i++) {
                    byName.computeIfAbsent(words[i].toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                            .add(address);
                    byAddress.computeIfAbsent(address, a -> new ArrayList<>()).add(words[i]);
                }
            });
        }
        return new Contents(stamp, byName, byAddress);
    }
}
