package org.recadero.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes snapshots: from a folder with main.cf, or from settings. */
public final class Configurations {
    /**
     * A snapshot and what the administrator should hear about it.
     *
     * @param warnings without «warning: » in front
     */
    public record Loaded(Snapshot configuration, List<String> warnings) {}

    private Configurations() {}

    /** The folder that a command line, the environment or the default names. Postfix: {@code -c}, MAIL_CONFIG, /etc/postfix. */
    public static Path folder(Optional<String> option, Map<String, String> environment) {
        String named = environment.get("MAIL_CONFIG");
        return Path.of(option.orElse(named == null || named.isEmpty() ? "/etc/postfix" : named));
    }

    /**
     * Reads {@code main.cf} in a folder.
     *
     * @throws ConfigurationException where it cannot be read or a value is wrong; file and line are named
     */
    public static Loaded load(Path folder) throws ConfigurationException {
        MainCf file = MainCf.read(folder.resolve("main.cf"));
        Registry registry = Registry.load(hostName());
        Snapshot snapshot = new Snapshot(folder, registry, file.entries());
        List<String> warnings = new ArrayList<>(file.warnings());
        warnings.addAll(doubts(file, registry));
        return new Loaded(snapshot, List.copyOf(warnings));
    }

    /** A snapshot of given settings, for programs without a file and for tests. */
    public static Snapshot of(Path folder, Map<String, String> settings) throws ConfigurationException {
        Map<String, MainCf.Entry> entries = new LinkedHashMap<>();
        settings.forEach((name, value) -> entries.put(name, new MainCf.Entry(name, value, new SourceLine(folder, 0))));
        return new Snapshot(folder, Registry.load(hostName()), entries);
    }

    static String hostName() {
        // gethostname(2)'s answer without a name service: no DNS query for a name of our own
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }

    private static List<String> doubts(MainCf file, Registry registry) {
        List<String> doubts = new ArrayList<>();
        java.util.Set<String> read = Parameters.names();
        for (MainCf.Entry entry : file.entries().values()) {
            String name = entry.name();
            if ((name.startsWith("recadero_") && !registry.isKnown(name)) || isUnknown(file, registry, name)) {
                doubts.add(entry.source() + ": unknown parameter: " + name
                        + registry.nearest(name)
                                .map(n -> " (did you mean " + n + "?)")
                                .orElse(""));
            } else if (registry.isKnown(name)
                    && !read.contains(name)
                    && !Registry.isHarmless(name)
                    && !entry.value().equals(registry.defaultOf(name).orElse(""))) {
                doubts.add(entry.source() + ": " + name + " is not supported yet; it has no effect");
            }
        }
        return doubts;
    }

    /** A name of the user's own counts as known when some value refers to it. */
    private static boolean isUnknown(MainCf file, Registry registry, String name) {
        if (registry.isKnown(name)) {
            return false;
        }
        return file.entries().values().stream()
                .noneMatch(e -> e.value().contains("$" + name)
                        || e.value().contains("{" + name)
                        || e.value().contains("$(" + name));
    }
}
