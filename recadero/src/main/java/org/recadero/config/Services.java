package org.recadero.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The services of master.cf that deliver, each with its own configuration. Postfix: master(5). */
public final class Services {
    /** @param configuration main.cf with the service's {@code -o} overrides */
    public record Service(String name, MasterCf.Entry entry, Snapshot configuration) {}

    private Services() {}

    /**
     * Those whose command is this one, in the file's order; none where there is no master.cf.
     *
     * @param command {@code smtp}
     * @throws ConfigurationException where the file or an override cannot be used
     */
    public static List<Service> of(Snapshot configuration, String command) throws ConfigurationException {
        List<Service> services = new ArrayList<>();
        for (MasterCf.Entry entry : entries(configuration)) {
            if (entry.type() == MasterCf.Type.UNIX && entry.command().equals(command)) {
                Map<String, String> overrides = new HashMap<>();
                for (Map.Entry<String, String> each : entry.overrides().entrySet()) {
                    // Postfix: master(5): $service_name in an override is the service's own
                    overrides.put(each.getKey(), each.getValue().replace("$service_name", entry.service()));
                }
                services.add(new Service(entry.service(), entry, configuration.with(overrides, entry.source())));
            }
        }
        return services;
    }

    /** All that master.cf says; nothing where there is none. */
    public static List<MasterCf.Entry> entries(Snapshot configuration) throws ConfigurationException {
        Path file = configuration.directory().resolve("master.cf");
        return Files.exists(file) ? MasterCf.read(file).entries() : List.of();
    }
}
