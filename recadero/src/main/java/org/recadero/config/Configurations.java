package org.recadero.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes snapshots: from a folder with main.cf, or from settings. Start here. */
public final class Configurations {
    private static final String PROCESS = "recadero";
    private static final String DEFAULT_FOLDER = "/etc/postfix";

    /**
     * A snapshot and what the administrator should hear about it.
     *
     * @param warnings without «warning: » in front
     */
    public record Loaded(Snapshot configuration, List<String> warnings) {
        public Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    private Configurations() {}

    /** The folder that a command line, the environment or the default names. Postfix: {@code -c}, MAIL_CONFIG, /etc/postfix. */
    public static Path folder(Optional<String> option, Map<String, String> environment) {
        String named = environment.get("MAIL_CONFIG");
        return Path.of(option.orElse(named == null || named.isEmpty() ? DEFAULT_FOLDER : named));
    }

    /**
     * Reads {@code main.cf} in a folder; {@code master.cf} beside it, if there is one, only for the names of its transports.
     *
     * @throws ConfigurationException where it cannot be read or a value is wrong; file and line are named
     */
    public static Loaded load(Path folder) throws ConfigurationException {
        MainCf file = MainCf.read(folder.resolve("main.cf")).decoded();
        Snapshot snapshot = new Snapshot(folder, Machine.current(PROCESS), file.entries());
        List<String> warnings = new ArrayList<>(file.warnings());
        warnings.addAll(doubts(file, services(folder)));
        return new Loaded(snapshot, warnings);
    }

    /**
     * Only some parameters: for commands that must work, and above all ask a running daemon, while others are wrong.
     *
     * @throws ConfigurationException where main.cf cannot be read or the value of one of them is wrong
     */
    public static Snapshot some(Path folder, Collection<? extends Parameter<?>> parameters)
            throws ConfigurationException {
        return new Snapshot(
                folder,
                Machine.current(PROCESS),
                MainCf.read(folder.resolve("main.cf")).decoded().entries(),
                parameters);
    }

    /**
     * A snapshot of given settings, for programs without a file and for tests.
     *
     * @throws ConfigurationException where a value is wrong
     */
    public static Snapshot of(Path folder, Map<String, String> settings) throws ConfigurationException {
        Map<String, MainCf.Entry> entries = new LinkedHashMap<>();
        settings.forEach((name, value) ->
                entries.put(name, new MainCf.Entry(name, value, new SourceLine(folder.resolve("main.cf"), 0))));
        return new Snapshot(folder, Machine.current(PROCESS), entries);
    }

    private static List<MasterCf.Entry> services(Path folder) {
        try {
            return MasterCf.read(folder.resolve("master.cf")).entries();
        } catch (ConfigurationException e) {
            // who opens the services reads it again and says what is wrong with it
            return List.of();
        }
    }

    private static List<String> doubts(MainCf file, List<MasterCf.Entry> services) {
        Map<String, String> settings = new LinkedHashMap<>();
        file.entries().values().forEach(e -> settings.put(e.name(), e.value()));
        ParameterNames names = ParameterNames.of(settings, services);
        List<String> doubts = new ArrayList<>();
        for (MainCf.Entry entry : file.entries().values()) {
            doubt(entry, names).ifPresent(text -> doubts.add(entry.source() + ": " + text));
        }
        return doubts;
    }

    private static Optional<String> doubt(MainCf.Entry entry, ParameterNames names) {
        String name = entry.name();
        Registry registry = Registry.recorded();
        Optional<Registry.Known> known =
                registry.find(name).or(() -> registry.ofTransport(name).filter(k -> names.isKnown(name)));
        if (known.isEmpty()) {
            return names.isKnown(name)
                    ? Optional.empty()
                    : Optional.of("unknown parameter: " + name
                            + registry.nearest(name)
                                    .map(n -> " (did you mean " + n + "?)")
                                    .orElse(""));
        }
        boolean isDefault = known.get().value().filter(entry.value()::equals).isPresent();
        return switch (known.get().state()) {
            case HONOURED, HARMLESS -> Optional.empty();
            case NOT_YET ->
                isDefault ? Optional.empty() : Optional.of(name + " is not supported yet and has no effect");
            case NEVER -> isDefault ? Optional.empty() : Optional.of(name + " is not supported and has no effect");
        };
    }
}
