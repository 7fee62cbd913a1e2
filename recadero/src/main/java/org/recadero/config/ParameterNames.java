package org.recadero.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Which names mean something in one configuration: the recorded ones, those of master.cf's transports, and those of the
 * user's own that something refers to. Immutable.
 *
 * <p>Postfix: postconf(1), built-in, service-defined and user-defined parameters.
 */
public final class ParameterNames {
    /** Why a name is known. */
    public enum Origin {
        BUILT_IN,
        SERVICE,
        USER
    }

    private static final Set<String> TRANSPORT_PROGRAMS = Set.of("local", "error", "virtual", "smtp", "lmtp", "pipe");
    private static final Set<String> TIMED_PROGRAMS = Set.of("pipe", "spawn");
    private static final String TIME_LIMIT = "_time_limit";

    private final Map<String, Origin> origins;
    private final Set<String> referred; // by main.cf
    private final List<String> undefinedInMain;
    private final List<String> undefinedInMaster;
    private final List<String> problems;

    private ParameterNames(Builder builder) {
        this.origins = Collections.unmodifiableMap(builder.origins);
        this.referred = Set.copyOf(builder.referred);
        this.undefinedInMain = List.copyOf(builder.undefinedInMain);
        this.undefinedInMaster = List.copyOf(builder.undefinedInMaster);
        this.problems = List.copyOf(builder.problems);
    }

    /**
     * Looks through a configuration.
     *
     * @param settings main.cf's, as written
     */
    public static ParameterNames of(Map<String, String> settings, List<MasterCf.Entry> services) {
        Set<String> overridden = new HashSet<>();
        services.forEach(service -> overridden.addAll(service.overrides().keySet()));
        Builder builder = new Builder(settings, overridden);
        services.forEach(builder::service);
        builder.mainCf();
        services.forEach(builder::overrides);
        return new ParameterNames(builder);
    }

    public boolean isKnown(String name) {
        return origins.containsKey(name);
    }

    /** All known names that have a value, with the reason. */
    public Map<String, Origin> origins() {
        return origins;
    }

    /** Whether a service's own setting means something: known, or referred to by main.cf or by that service. */
    public boolean isUsed(String name, MasterCf.Entry service) {
        if (isKnown(name) || referred.contains(name)) {
            return true;
        }
        Set<String> own = new HashSet<>();
        service.overrides().values().forEach(value -> references(value, own::add, problem -> {}));
        return own.contains(name);
    }

    /** Values whose {@code $} have no syntax, in words, one for each. */
    public List<String> problems() {
        return problems;
    }

    /** Names that main.cf's values refer to and that have no value anywhere, one for each reference. */
    public List<String> undefinedInMain() {
        return undefinedInMain;
    }

    /** The same for master.cf's {@code -o} values. */
    public List<String> undefinedInMaster() {
        return undefinedInMaster;
    }

    private static void references(String text, Consumer<String> found, Consumer<String> problem) {
        try {
            Expansion.names(text, found);
        } catch (ConfigurationException e) {
            problem.accept(String.valueOf(e.getMessage()));
        }
    }

    private static final class Builder {
        private final Map<String, String> settings;
        private final Set<String> overridden;
        private final Map<String, Origin> origins = new TreeMap<>();
        private final Set<String> referred = new TreeSet<>();
        private final List<String> undefinedInMain = new ArrayList<>();
        private final List<String> undefinedInMaster = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        Builder(Map<String, String> settings, Set<String> overridden) {
            this.settings = settings;
            this.overridden = overridden;
            Registry.recorded().all().keySet().forEach(name -> origins.put(name, Origin.BUILT_IN));
        }

        void service(MasterCf.Entry entry) {
            String program = entry.command().substring(entry.command().lastIndexOf('/') + 1);
            for (String suffix : Registry.recorded().eachTransport().keySet()) {
                if ((suffix.equals(TIME_LIMIT) ? TIMED_PROGRAMS : TRANSPORT_PROGRAMS).contains(program)) {
                    origins.putIfAbsent(entry.service() + suffix, Origin.SERVICE);
                }
            }
        }

        void mainCf() {
            for (String name : Registry.recorded().earlierNames()) {
                if (settings.containsKey(name)) {
                    origins.putIfAbsent(name, Origin.USER);
                }
            }
            for (String restrictionClass : elements(settings.getOrDefault("smtpd_restriction_classes", ""))) {
                user(restrictionClass);
            }
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                String value = setting.getValue();
                if (Registry.recorded()
                        .find(setting.getKey())
                        .filter(Registry.Known::isRaw)
                        .isPresent()) {
                    continue;
                }
                references(
                        value,
                        name -> {
                            user(name);
                            referred.add(name);
                            if (!isDefined(name) && !overridden.contains(name)) {
                                undefinedInMain.add(name);
                            }
                        },
                        problems::add);
                DatabaseClients.parameters(value, settings.keySet(), this::user);
            }
        }

        void overrides(MasterCf.Entry entry) {
            for (String value : entry.overrides().values()) {
                references(
                        value,
                        name -> {
                            user(name);
                            if (!isDefined(name) && !entry.overrides().containsKey(name)) {
                                undefinedInMaster.add(name);
                            }
                        },
                        problems::add);
                DatabaseClients.parameters(value, settings.keySet(), this::user);
            }
        }

        private void user(String name) {
            if (settings.containsKey(name)) {
                origins.putIfAbsent(name, Origin.USER);
            }
        }

        private boolean isDefined(String name) {
            return settings.containsKey(name)
                    || origins.containsKey(name)
                    || Registry.recorded().earlierNames().contains(name);
        }

        private static List<String> elements(String value) {
            try {
                return ParameterTypes.elements(value);
            } catch (ConfigurationException e) {
                // it has no braces
                return List.of();
            }
        }
    }
}
