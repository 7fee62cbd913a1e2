package org.recadero.route;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.net.tls.ClientLevel;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.MapList;

/** TLS by next hop: {@code smtp_tls_policy_maps}, else what main.cf says for all. Immutable. Postfix: TLS_README. */
final class TlsPolicies {
    private static final List<String> PROTOCOLS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    /** What JSSE still speaks. */
    private static final List<String> SPOKEN = List.of("TLSv1.2", "TLSv1.3");

    private static final int SUBMISSIONS = 465;

    /**
     * What is stated for a next hop.
     *
     * @param stated whether anybody stated a level
     * @param forThisNextHop whether it is the map that did
     */
    record Policy(ClientPolicy policy, boolean stated, boolean forThisNextHop, Reason reason) {}

    sealed interface Answer {
        record Is(Policy policy) implements Answer {}

        record Failed(String text) implements Answer {}
    }

    private final Configuration configuration;
    private final MapList maps;

    /** Refuses what cannot be honoured at start rather than to lower it in silence. */
    TlsPolicies(Configuration configuration, MapList maps) throws ConfigurationException {
        this.configuration = configuration;
        this.maps = maps;
        String level = configuration.get(Parameters.SMTP_TLS_SECURITY_LEVEL);
        if (!level.isEmpty() && ClientLevel.of(level).isEmpty()) {
            String where = configuration
                    .source(Parameters.SMTP_TLS_SECURITY_LEVEL)
                    .map(s -> s + ": ")
                    .orElse("");
            throw new ConfigurationException(where
                    + (level.startsWith("dane") || level.equals("half-dane")
                            ? "TLS level " + level
                                    + " is not supported by this version, and a lower one is no substitute"
                            : "invalid TLS level \"" + level + "\""));
        }
        for (Parameter<List<String>> each :
                List.of(Parameters.SMTP_TLS_PROTOCOLS, Parameters.SMTP_TLS_MANDATORY_PROTOCOLS)) {
            protocols(each.name(), configuration.get(each));
        }
        for (Parameter<String> each : List.of(Parameters.SMTP_TLS_CIPHERS, Parameters.SMTP_TLS_MANDATORY_CIPHERS)) {
            String where = configuration.source(each).map(s -> s + ": ").orElse("");
            requireGrade(where + each.name(), configuration.get(each).toLowerCase(Locale.ROOT));
        }
    }

    List<String> secureMatches() {
        return words(configuration.get(Parameters.SMTP_TLS_SECURE_CERT_MATCH));
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split("[,:\\s]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    Answer find(String written, NextHop nextHop) {
        for (String key : keys(written, nextHop)) {
            for (LookupTable table : maps.tables()) {
                switch (table.find(key)) {
                    case LookupResult.Found(String value) -> {
                        try {
                            return entry(table, key, value, written, nextHop);
                        } catch (ConfigurationException e) {
                            // Postfix: an entry that cannot be used makes mail wait
                            return new Answer.Failed(
                                    "client TLS configuration problem: " + table.name() + ": " + e.getMessage());
                        }
                    }
                    case LookupResult.NotFound none -> {
                        continue;
                    }
                    case LookupResult.Failed(String why) -> {
                        return new Answer.Failed("client TLS configuration problem: smtp_tls_policy_maps: " + why);
                    }
                }
            }
        }
        try {
            return new Answer.Is(general(written, nextHop));
        } catch (ConfigurationException e) {
            return new Answer.Failed("client TLS configuration problem: " + e.getMessage());
        }
    }

    /** The next hop as written; a domain that stands bare, its parents too, with a dot in front. */
    private static List<String> keys(String written, NextHop nextHop) {
        String key = written.toLowerCase(Locale.ROOT);
        List<String> keys = new ArrayList<>();
        keys.add(key);
        if (nextHop instanceof NextHop.MailExchangersOf && key.indexOf(':') < 0) {
            for (int dot = key.indexOf('.', 1); dot >= 0; dot = key.indexOf('.', dot + 1)) {
                keys.add(key.substring(dot));
            }
        }
        return keys;
    }

    // ---- for all

    private Policy general(String written, NextHop nextHop) throws ConfigurationException {
        String level = configuration.get(Parameters.SMTP_TLS_SECURITY_LEVEL);
        if (!level.isEmpty()) {
            ClientLevel stated = ClientLevel.of(level).orElseThrow();
            return policy(stated, true, Parameters.SMTP_TLS_SECURITY_LEVEL, level, written, nextHop);
        }
        if (configuration.get(Parameters.SMTP_ENFORCE_TLS)) {
            ClientLevel stated =
                    configuration.get(Parameters.SMTP_TLS_ENFORCE_PEERNAME) ? ClientLevel.VERIFY : ClientLevel.ENCRYPT;
            return policy(stated, true, Parameters.SMTP_ENFORCE_TLS, "yes", written, nextHop);
        }
        boolean use = configuration.get(Parameters.SMTP_USE_TLS);
        return policy(
                use ? ClientLevel.MAY : ClientLevel.NONE,
                use,
                Parameters.SMTP_USE_TLS,
                use ? "yes" : "no",
                written,
                nextHop);
    }

    private Policy policy(
            ClientLevel level, boolean stated, Parameter<?> by, String value, String written, NextHop nextHop)
            throws ConfigurationException {
        return new Policy(
                build(level, written, nextHop),
                stated,
                false,
                new Reason(by.name() + " = " + value, configuration.source(by)));
    }

    private ClientPolicy build(ClientLevel level, String written, NextHop nextHop) throws ConfigurationException {
        Parameter<List<String>> protocols =
                level.isMandatory() ? Parameters.SMTP_TLS_MANDATORY_PROTOCOLS : Parameters.SMTP_TLS_PROTOCOLS;
        List<String> excluded = words(configuration.get(Parameters.SMTP_TLS_EXCLUDE_CIPHERS));
        if (level.isMandatory()) {
            excluded.addAll(words(configuration.get(Parameters.SMTP_TLS_MANDATORY_EXCLUDE_CIPHERS)));
        }
        return new ClientPolicy(
                level,
                matches(level),
                protocols(protocols.name(), configuration.get(protocols)),
                excluded,
                serverName(configuration.get(Parameters.SMTP_TLS_SERVERNAME), nextHop),
                trust(List.of()),
                identity(),
                configuration.get(Parameters.SMTP_TLS_FINGERPRINT_DIGEST),
                isWrapped(written, nextHop));
    }

    private List<String> matches(ClientLevel level) {
        return switch (level) {
            case NONE, MAY, ENCRYPT, SECURE -> secureMatches();
            case VERIFY -> words(configuration.get(Parameters.SMTP_TLS_VERIFY_CERT_MATCH));
            case FINGERPRINT -> digests(configuration.get(Parameters.SMTP_TLS_FINGERPRINT_CERT_MATCH));
        };
    }

    private static List<String> digests(String text) {
        List<String> digests = new ArrayList<>();
        for (String each : text.split("[,|\\s]+", -1)) {
            if (!each.isEmpty()) {
                digests.add(each);
            }
        }
        return digests;
    }

    private static Optional<String> serverName(String value, NextHop nextHop) {
        return switch (value) {
            case "", "hostname", "nexthop" ->
                value.equals("nexthop") ? Optional.of(nextHop.domain()) : Optional.empty();
            default -> Optional.of(value);
        };
    }

    /** Beyond Postfix: port 465 speaks TLS at once unless somebody says otherwise (RFC 8314 §7.3). */
    private boolean isWrapped(String written, NextHop nextHop) {
        if (configuration.source(Parameters.SMTP_TLS_WRAPPERMODE).isPresent()) {
            return configuration.get(Parameters.SMTP_TLS_WRAPPERMODE);
        }
        return written.endsWith(":submissions")
                || switch (nextHop) {
                    case NextHop.Host(String domain, int port) -> port == SUBMISSIONS;
                    case NextHop.MailExchangersOf(String domain, int port) -> port == SUBMISSIONS;
                    case NextHop.UnixSocket u -> false;
                };
    }

    private ClientPolicy.Trust trust(List<Path> anchors) throws ConfigurationException {
        List<Path> all = new ArrayList<>(anchors);
        if (all.isEmpty()) {
            for (String file : words(configuration.get(Parameters.SMTP_TLS_TRUST_ANCHOR_FILE))) {
                all.add(path("smtp_tls_trust_anchor_file", file));
            }
        }
        return new ClientPolicy.Trust(optional(Parameters.SMTP_TLS_CAFILE), optional(Parameters.SMTP_TLS_CAPATH), all);
    }

    private Optional<ClientPolicy.Identity> identity() throws ConfigurationException {
        Optional<Path> certificates = optional(Parameters.SMTP_TLS_CERT_FILE);
        return certificates.isEmpty()
                ? Optional.empty()
                : Optional.of(new ClientPolicy.Identity(
                        certificates.get(),
                        optional(Parameters.SMTP_TLS_KEY_FILE).orElse(certificates.get())));
    }

    private Optional<Path> optional(Parameter<String> parameter) throws ConfigurationException {
        String value = configuration.get(parameter);
        return value.isEmpty() || value.equals("none") ? Optional.empty() : Optional.of(path(parameter.name(), value));
    }

    private static Path path(String what, String text) throws ConfigurationException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new ConfigurationException(what + ": not a path: " + text);
        }
    }

    /** {@code >=TLSv1.2}, {@code <=}, {@code !TLSv1}, names: what is left of what JSSE speaks. */
    private static List<String> protocols(String what, List<String> elements) throws ConfigurationException {
        List<String> named = new ArrayList<>();
        List<String> not = new ArrayList<>();
        int least = 0;
        int most = PROTOCOLS.size() - 1;
        for (String element : elements) {
            for (String word : element.split(":", -1)) {
                if (word.startsWith(">=")) {
                    least = rank(what, word.substring(2));
                } else if (word.startsWith("<=")) {
                    most = rank(what, word.substring(2));
                } else if (word.startsWith("!")) {
                    not.add(word.substring(1));
                } else if (!word.isEmpty()) {
                    named.add(word);
                }
            }
        }
        List<String> left = new ArrayList<>();
        for (String each : SPOKEN) {
            int rank = PROTOCOLS.indexOf(each);
            boolean excluded = not.stream().anyMatch(each::equalsIgnoreCase);
            boolean wanted = named.isEmpty() || named.stream().anyMatch(each::equalsIgnoreCase);
            if (!excluded && wanted && rank >= least && rank <= most) {
                left.add(each);
            }
        }
        if (left.isEmpty()) {
            throw new ConfigurationException(
                    what + " = " + String.join(" ", elements) + " leaves neither TLSv1.2 nor TLSv1.3");
        }
        return left;
    }

    private static int rank(String what, String name) throws ConfigurationException {
        for (int i = 0; i < PROTOCOLS.size(); i++) {
            if (PROTOCOLS.get(i).equalsIgnoreCase(name)) {
                return i;
            }
        }
        if (name.equalsIgnoreCase("SSLv3") || name.equalsIgnoreCase("SSLv2") || name.equals("0")) {
            return 0;
        }
        throw new ConfigurationException(what + ": unknown protocol " + name);
    }

    // ---- an entry of the map

    private Answer entry(LookupTable table, String key, String value, String written, NextHop nextHop)
            throws ConfigurationException {
        List<String> words = new ArrayList<>();
        for (String word : value.split("[,\\s]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        if (words.isEmpty()) {
            throw new ConfigurationException(key + ": empty policy");
        }
        ClientLevel level = ClientLevel.of(words.getFirst())
                .orElseThrow(() -> new ConfigurationException(key + ": "
                        + (words.getFirst().startsWith("dane") ? "unsupported" : "invalid") + " security level \""
                        + words.getFirst() + "\""));
        ClientPolicy base = build(level, written, nextHop);
        Attributes attributes = new Attributes(base);
        for (String word : words.subList(1, words.size())) {
            attributes.take(key, word, level, nextHop);
        }
        return new Answer.Is(new Policy(
                attributes.policy(),
                true,
                true,
                Reason.ofRow(
                        table, key, String.join(" ", words), configuration.source(Parameters.SMTP_TLS_POLICY_MAPS))));
    }

    /** Collects the {@code name=value}s of one entry. */
    private final class Attributes {
        private final ClientPolicy base;
        private List<String> matches;
        private List<String> protocols;
        private final List<String> excluded;
        private Optional<String> serverName;
        private final List<Path> anchors = new ArrayList<>();
        private boolean wrapped;
        private boolean matchStated;

        Attributes(ClientPolicy base) {
            this.base = base;
            this.matches = base.matches();
            this.protocols = base.protocols();
            this.excluded = new ArrayList<>(base.excludedCiphers());
            this.serverName = base.serverName();
            this.wrapped = base.wrapped();
        }

        void take(String key, String word, ClientLevel level, NextHop nextHop) throws ConfigurationException {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            if (value.isEmpty()) {
                throw new ConfigurationException(key + ": malformed attribute \"" + word + "\"");
            }
            switch (name) {
                case "match" -> {
                    List<String> stated = level == ClientLevel.FINGERPRINT ? digests(value) : words(value);
                    List<String> all = new ArrayList<>(matchStated ? matches : List.of());
                    all.addAll(stated);
                    matches = all;
                    matchStated = true;
                }
                case "protocols" -> protocols = protocols(key + ": protocols", List.of(value));
                case "exclude" -> {
                    excluded.clear();
                    excluded.addAll(words(value));
                }
                case "ciphers" -> requireGrade(key, value.toLowerCase(Locale.ROOT));
                case "servername" -> serverName = serverName(value, nextHop);
                case "tafile" -> anchors.add(path(key + ": tafile", value));
                // connections are always kept
                case "connection_reuse" -> requireYesNo(key, name, value);
                case "wrappermode" -> wrapped = requireYesNo(key, name, value);
                default -> throw new ConfigurationException(key + ": invalid attribute name: \"" + name + "\"");
            }
        }

        ClientPolicy policy() throws ConfigurationException {
            return new ClientPolicy(
                    base.level(),
                    matches,
                    protocols,
                    excluded,
                    serverName,
                    anchors.isEmpty() ? base.trust() : trust(anchors),
                    base.identity(),
                    base.fingerprintDigest(),
                    wrapped);
        }
    }

    /**
     * Postfix: postconf(5), smtp_tls_mandatory_ciphers: a grade is the least that is allowed, and JSSE offers nothing below what
     * Postfix calls high (ClientCiphersTest): whatever the grade, it is kept. DIFFERS: {@code null} encrypts all the same.
     */
    private static void requireGrade(String key, String value) throws ConfigurationException {
        if (!List.of("null", "export", "low", "medium", "high").contains(value)) {
            throw new ConfigurationException(key + ": invalid cipher grade \"" + value + "\"");
        }
    }

    private static boolean requireYesNo(String key, String name, String value) throws ConfigurationException {
        return switch (value) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new ConfigurationException(key + ": " + name + " is yes or no, not \"" + value + "\"");
        };
    }
}
