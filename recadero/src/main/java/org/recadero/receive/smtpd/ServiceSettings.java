package org.recadero.receive.smtpd;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.RecipientDelimiter;
import org.recadero.config.TableSpec;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.receive.cleanup.ReceiveOverride;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.Router;
import org.recadero.table.LookupTable;
import org.recadero.table.MapList;
import org.recadero.table.Tables;

/**
 * What one configuration means for one service: lists read, tables opened, values checked. Immutable; safe for all threads.
 *
 */
record ServiceSettings(
        Configuration configuration,
        SessionRules rules,
        Router router,
        Rewriter rewriter,
        Networks networks,
        Lists lists,
        Recipients recipients,
        LookupTable senderLogins,
        Codes codes,
        Rates rates,
        Set<ReceiveOverride> overrides,
        boolean parentDomains) {
    /** Lists of clients. */
    record Networks(
            NetworkList own,
            NetworkList withoutEventLimits,
            NetworkList bareNewlineExclusions,
            NetworkList saslExceptions,
            LocalClients localClients,
            Set<String> ownAddresses) {
        Networks {
            ownAddresses = Set.copyOf(ownAddresses);
        }
    }

    /** Lists of restrictions. */
    record Lists(
            boolean delayReject,
            boolean relayFirst,
            List<Restriction> client,
            List<Restriction> helo,
            List<Restriction> sender,
            List<Restriction> relay,
            List<Restriction> recipient,
            List<Restriction> data,
            List<Restriction> endOfData,
            Map<String, List<Restriction>> classes) {
        Lists {
            classes = Map.copyOf(classes);
        }
    }

    /**
     * Who exists.
     *
     * @param local empty: everybody
     * @param relay empty: everybody
     */
    record Recipients(
            Optional<LookupTable> local,
            Optional<LookupTable> relay,
            LookupTable rewritten,
            RecipientDelimiter delimiter,
            boolean rejectUnlistedRecipient,
            boolean rejectUnlistedSender,
            boolean showTable,
            boolean allowUntrustedRouting,
            String nullKey) {}

    /** Reply codes. */
    record Codes(
            int accessReject,
            int accessDefer,
            int reject,
            int defer,
            int relay,
            int invalidHelo,
            int nonFqdn,
            int unknownAddress,
            int unknownClient,
            int unknownHelo,
            int unknownLocal,
            int unknownRelay,
            int unknownVirtualAlias,
            int plaintext,
            int multiRecipientBounce) {}

    /** What a client may do in a span of time; 0: no limit. */
    record Rates(Duration span, int connections, int atOnce, int messages, int recipients, int logins) {}

    /**
     * What settings are made with.
     *
     * @param sasl empty: no AUTH
     * @param hasTls whether there is a certificate
     */
    record Tools(Tables tables, Set<String> ownAddresses, Optional<SaslServer> sasl, boolean hasTls) {
        Tools {
            Objects.requireNonNull(tables);
            ownAddresses = Set.copyOf(ownAddresses);
            Objects.requireNonNull(sasl);
        }
    }

    /**
     * Reads a configuration.
     *
     * @throws ConfigurationException where a value is wrong or not supported, or nothing keeps strangers from relaying
     */
    static ServiceSettings of(Configuration configuration, Tools tools) throws ConfigurationException {
        return new Reader(configuration, tools).read();
    }

    /** Reads one configuration; used by one thread. */
    private static final class Reader {
        private final Configuration configuration;
        private final Tools tools;
        private final Tables.Options options;
        private final List<String> parents;

        Reader(Configuration configuration, Tools tools) {
            this.configuration = configuration;
            this.tools = tools;
            this.options = Tables.Options.of(configuration);
            this.parents = configuration.get(Parameters.PARENT_DOMAIN_MATCHES_SUBDOMAINS);
        }

        ServiceSettings read() throws ConfigurationException {
            boolean parentDomains = parents.contains("smtpd_access_maps");
            Networks networks = new Networks(
                    networks("mynetworks", elements(configuration.get(Parameters.MYNETWORKS))),
                    networks(Parameters.SMTPD_CLIENT_EVENT_LIMIT_EXCEPTIONS),
                    networks(Parameters.SMTPD_FORBID_BARE_NEWLINE_EXCLUSIONS),
                    networks(Parameters.SMTPD_SASL_EXCEPTIONS_NETWORKS),
                    new LocalClients(configuration.get(Parameters.LOCAL_HEADER_REWRITE_CLIENTS), this::open),
                    tools.ownAddresses());
            return new ServiceSettings(
                    configuration,
                    rules(),
                    new Router(configuration, spec -> tools.tables().open(spec, options), tools.ownAddresses()),
                    new Rewriter(configuration),
                    networks,
                    lists(),
                    recipients(),
                    new MapList(tables(configuration.get(Parameters.SMTPD_SENDER_LOGIN_MAPS))),
                    codes(),
                    new Rates(
                            configuration.get(Parameters.ANVIL_RATE_TIME_UNIT),
                            configuration.get(Parameters.SMTPD_CLIENT_CONNECTION_RATE_LIMIT),
                            configuration.get(Parameters.SMTPD_CLIENT_CONNECTION_COUNT_LIMIT),
                            configuration.get(Parameters.SMTPD_CLIENT_MESSAGE_RATE_LIMIT),
                            configuration.get(Parameters.SMTPD_CLIENT_RECIPIENT_RATE_LIMIT),
                            configuration.get(Parameters.SMTPD_CLIENT_AUTH_RATE_LIMIT)),
                    ReceiveOverride.of(configuration),
                    parentDomains);
        }

        private static List<String> elements(String text) {
            List<String> elements = new ArrayList<>();
            for (String element : text.split("[,\\s]+", -1)) {
                if (!element.isEmpty()) {
                    elements.add(element);
                }
            }
            return elements;
        }

        private NetworkList networks(Parameter<List<String>> parameter) throws ConfigurationException {
            return networks(parameter.name(), configuration.get(parameter));
        }

        private NetworkList networks(String name, List<String> elements) throws ConfigurationException {
            return new NetworkList(name, elements, parents.contains(name), this::open);
        }

        private LookupTable open(String text) throws ConfigurationException {
            return tools.tables().open(Tables.spec(text, configuration.get(Parameters.DEFAULT_DATABASE_TYPE)), options);
        }

        private List<LookupTable> tables(List<TableSpec> specs) throws ConfigurationException {
            List<LookupTable> opened = new ArrayList<>();
            for (TableSpec spec : specs) {
                opened.add(tools.tables().open(spec, options));
            }
            return opened;
        }

        private Optional<LookupTable> maps(Parameter<List<TableSpec>> parameter) throws ConfigurationException {
            List<LookupTable> opened = tables(configuration.get(parameter));
            return opened.isEmpty() ? Optional.empty() : Optional.of(new MapList(opened));
        }

        /** Postfix: smtpd_check_rcpt_maps(3): recipient canonical, canonical, virtual alias maps, before the address class. */
        private LookupTable rewritten() throws ConfigurationException {
            List<LookupTable> all = new ArrayList<>();
            for (Parameter<List<TableSpec>> each : List.of(
                    Parameters.RECIPIENT_CANONICAL_MAPS, Parameters.CANONICAL_MAPS, Parameters.VIRTUAL_ALIAS_MAPS)) {
                all.addAll(tables(configuration.get(each)));
            }
            return new MapList(all);
        }

        private Recipients recipients() throws ConfigurationException {
            return new Recipients(
                    maps(Parameters.LOCAL_RECIPIENT_MAPS),
                    maps(Parameters.RELAY_RECIPIENT_MAPS),
                    rewritten(),
                    RecipientDelimiter.of(configuration),
                    configuration.get(Parameters.SMTPD_REJECT_UNLISTED_RECIPIENT),
                    configuration.get(Parameters.SMTPD_REJECT_UNLISTED_SENDER),
                    configuration.get(Parameters.SHOW_USER_UNKNOWN_TABLE_NAME),
                    configuration.get(Parameters.ALLOW_UNTRUSTED_ROUTING),
                    configuration.get(Parameters.SMTPD_NULL_ACCESS_LOOKUP_KEY));
        }

        private Codes codes() {
            return new Codes(
                    configuration.get(Parameters.ACCESS_MAP_REJECT_CODE),
                    configuration.get(Parameters.ACCESS_MAP_DEFER_CODE),
                    configuration.get(Parameters.REJECT_CODE),
                    configuration.get(Parameters.DEFER_CODE),
                    configuration.get(Parameters.RELAY_DOMAINS_REJECT_CODE),
                    configuration.get(Parameters.INVALID_HOSTNAME_REJECT_CODE),
                    configuration.get(Parameters.NON_FQDN_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_ADDRESS_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_CLIENT_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_HOSTNAME_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_LOCAL_RECIPIENT_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_RELAY_RECIPIENT_REJECT_CODE),
                    configuration.get(Parameters.UNKNOWN_VIRTUAL_ALIAS_REJECT_CODE),
                    configuration.get(Parameters.PLAINTEXT_REJECT_CODE),
                    configuration.get(Parameters.MULTI_RECIPIENT_BOUNCE_REJECT_CODE));
        }

        private List<Restriction> list(Parameter<List<String>> parameter, Optional<Restriction.Subject> own)
                throws ConfigurationException {
            try {
                return new RestrictionParser(this::open, classNames())
                        .parse(parameter.name(), configuration.get(parameter), own);
            } catch (ConfigurationException e) {
                String where =
                        configuration.source(parameter).map(s -> s + ": ").orElse("");
                throw new ConfigurationException(where + e.getMessage());
            }
        }

        private Set<String> classNames() {
            return Set.copyOf(configuration.get(Parameters.SMTPD_RESTRICTION_CLASSES));
        }

        private Map<String, List<Restriction>> classes() throws ConfigurationException {
            RestrictionParser parser = new RestrictionParser(this::open, classNames());
            Map<String, List<Restriction>> classes = new HashMap<>();
            for (String name : classNames()) {
                List<String> elements = configuration.listOf(name);
                if (elements.isEmpty()) {
                    throw new ConfigurationException("smtpd_restriction_classes: " + name + " has no value");
                }
                classes.put(name, parser.parse(name, elements, Optional.empty()));
            }
            return classes;
        }

        private Lists lists() throws ConfigurationException {
            Lists lists = new Lists(
                    configuration.get(Parameters.SMTPD_DELAY_REJECT),
                    configuration.get(Parameters.SMTPD_RELAY_BEFORE_RECIPIENT_RESTRICTIONS),
                    list(Parameters.SMTPD_CLIENT_RESTRICTIONS, Optional.of(Restriction.Subject.CLIENT)),
                    list(Parameters.SMTPD_HELO_RESTRICTIONS, Optional.of(Restriction.Subject.HELO)),
                    list(Parameters.SMTPD_SENDER_RESTRICTIONS, Optional.of(Restriction.Subject.SENDER)),
                    list(Parameters.SMTPD_RELAY_RESTRICTIONS, Optional.of(Restriction.Subject.RECIPIENT)),
                    list(Parameters.SMTPD_RECIPIENT_RESTRICTIONS, Optional.of(Restriction.Subject.RECIPIENT)),
                    list(Parameters.SMTPD_DATA_RESTRICTIONS, Optional.empty()),
                    list(Parameters.SMTPD_END_OF_DATA_RESTRICTIONS, Optional.empty()),
                    classes());
            // Postfix: smtpd(8): no open relay by mistake
            if (!closesRelay(lists.relay(), lists.classes(), new HashSet<>())
                    && !closesRelay(lists.recipient(), lists.classes(), new HashSet<>())) {
                throw new ConfigurationException(
                        "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one"
                                + " working instance of: reject_unauth_destination, defer_unauth_destination, reject,"
                                + " defer, defer_if_permit");
            }
            return lists;
        }

        /** @param seen classes that were looked into already: they may name each other */
        private static boolean closesRelay(
                List<Restriction> list, Map<String, List<Restriction>> classes, Set<String> seen) {
            return list.stream().anyMatch(r -> switch (r) {
                case Restriction.Word word -> word.closesRelay();
                case Restriction.Group(String name) ->
                    seen.add(name) && closesRelay(classes.getOrDefault(name, List.of()), classes, seen);
                case Restriction.Check check -> false;
                case Restriction.WarnIfReject warning -> false;
            });
        }

        private SessionRules rules() throws ConfigurationException {
            Set<String> forbidden = new HashSet<>();
            boolean nonLetters = false;
            for (String element : configuration.get(Parameters.SMTPD_FORBIDDEN_COMMANDS)) {
                if (element.matches("[A-Za-z0-9-]+")) {
                    forbidden.add(element.toUpperCase(Locale.ROOT));
                } else if (element.startsWith("regexp:{{/^[^A-Z]/")) {
                    nonLetters = true;
                } else {
                    throw new ConfigurationException("smtpd_forbidden_commands: " + element
                            + " is not supported: only names, and the expression of the default");
                }
            }
            return new SessionRules(
                    configuration.get(Parameters.MYHOSTNAME),
                    configuration.get(Parameters.SMTPD_BANNER),
                    configuration.get(Parameters.SMTPD_HELO_REQUIRED),
                    configuration.get(Parameters.DISABLE_VRFY_COMMAND),
                    configuration.get(Parameters.MESSAGE_SIZE_LIMIT),
                    configuration.get(Parameters.SMTPD_RECIPIENT_LIMIT),
                    configuration.get(Parameters.SMTPD_RECIPIENT_OVERSHOOT_LIMIT),
                    configuration.get(Parameters.LINE_LENGTH_LIMIT),
                    upper(configuration.get(Parameters.SMTPD_DISCARD_EHLO_KEYWORDS)),
                    upper(configuration.get(Parameters.SMTPD_NOOP_COMMANDS)),
                    forbidden,
                    nonLetters,
                    bareNewline(),
                    configuration.get(Parameters.SMTPD_FORBID_BARE_NEWLINE_REJECT_CODE),
                    configuration.get(Parameters.SMTPD_FORBID_UNAUTH_PIPELINING),
                    configuration.get(Parameters.SMTPUTF8_ENABLE),
                    configuration.get(Parameters.ALLOW_MIN_USER),
                    tlsLevel(),
                    configuration.get(Parameters.SMTPD_TLS_LOGLEVEL),
                    sasl(),
                    configuration.get(Parameters.SOFT_BOUNCE),
                    transcript(),
                    new RejectFooter(
                            configuration.get(Parameters.SMTPD_REJECT_FOOTER),
                            maps(Parameters.SMTPD_REJECT_FOOTER_MAPS)),
                    new SessionRules.Limits(
                            configuration.get(Parameters.SMTPD_TIMEOUT),
                            configuration.get(Parameters.SMTPD_STARTTLS_TIMEOUT),
                            configuration.get(Parameters.SMTPD_ERROR_SLEEP_TIME),
                            configuration.get(Parameters.SMTPD_SOFT_ERROR_LIMIT),
                            configuration.get(Parameters.SMTPD_HARD_ERROR_LIMIT),
                            configuration.get(Parameters.SMTPD_JUNK_COMMAND_LIMIT)));
        }

        private Transcript.Rules transcript() {
            Set<SessionTrouble> wanted = new HashSet<>();
            for (SessionTrouble trouble : SessionTrouble.values()) {
                if (configuration
                        .get(Parameters.NOTIFY_CLASSES)
                        .contains(trouble.name().toLowerCase(Locale.ROOT))) {
                    wanted.add(trouble);
                }
            }
            return new Transcript.Rules(wanted, configuration.get(Parameters.SMTPD_HISTORY_FLUSH_THRESHOLD));
        }

        private static Set<String> upper(List<String> words) {
            Set<String> upper = new HashSet<>();
            words.forEach(w -> upper.add(w.toUpperCase(Locale.ROOT)));
            return upper;
        }

        /**
         * {@code DIFFERS}: in no case is anything but CRLF.CRLF the end of data; so {@code no} and {@code normalize} are the same.
         */
        private SessionRules.BareNewline bareNewline() throws ConfigurationException {
            String value = configuration.get(Parameters.SMTPD_FORBID_BARE_NEWLINE);
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "no", "yes", "normalize", "note" -> SessionRules.BareNewline.ACCEPT;
                case "reject" -> SessionRules.BareNewline.REJECT;
                default ->
                    throw new ConfigurationException(
                            "bad smtpd_forbid_bare_newline: " + value + " (no, yes, normalize, reject)");
            };
        }

        private SessionRules.TlsLevel tlsLevel() throws ConfigurationException {
            String level = configuration.get(Parameters.SMTPD_TLS_SECURITY_LEVEL);
            SessionRules.TlsLevel wanted = switch (level) {
                case "none" -> SessionRules.TlsLevel.NONE;
                case "may" -> SessionRules.TlsLevel.MAY;
                case "encrypt" -> SessionRules.TlsLevel.ENCRYPT;
                case "" ->
                    configuration.get(Parameters.SMTPD_ENFORCE_TLS)
                            ? SessionRules.TlsLevel.ENCRYPT
                            : configuration.get(Parameters.SMTPD_USE_TLS)
                                    ? SessionRules.TlsLevel.MAY
                                    : SessionRules.TlsLevel.NONE;
                default ->
                    throw new ConfigurationException(
                            "bad smtpd_tls_security_level: " + level + " (none, may, encrypt)");
            };
            if (wanted == SessionRules.TlsLevel.ENCRYPT && !tools.hasTls()) {
                throw new ConfigurationException(
                        "smtpd_tls_security_level = encrypt needs smtpd_tls_chain_files or smtpd_tls_cert_file");
            }
            return tools.hasTls() ? wanted : SessionRules.TlsLevel.NONE;
        }

        private SessionRules.Sasl sasl() throws ConfigurationException {
            if (!configuration.get(Parameters.SMTPD_SASL_AUTH_ENABLE)
                    || tools.sasl().isEmpty()) {
                return SessionRules.Sasl.NONE;
            }
            try {
                List<SaslServer.Mechanism> all = tools.sasl().get().mechanisms();
                return new SessionRules.Sasl(
                        true,
                        configuration.get(Parameters.SMTPD_TLS_AUTH_ONLY),
                        allowed(all, configuration.get(Parameters.SMTPD_SASL_SECURITY_OPTIONS)),
                        allowed(all, configuration.get(Parameters.SMTPD_SASL_TLS_SECURITY_OPTIONS)),
                        configuration.get(Parameters.SMTPD_SASL_RESPONSE_LIMIT),
                        configuration.get(Parameters.BROKEN_SASL_AUTH_CLIENTS));
            } catch (IOException e) {
                throw new ConfigurationException("no SASL authentication mechanisms: " + e.getMessage());
            }
        }

        private static List<String> allowed(List<SaslServer.Mechanism> all, List<String> options)
                throws ConfigurationException {
            for (String option : options) {
                if (!Set.of("noplaintext", "noanonymous").contains(option)) {
                    throw new ConfigurationException("SASL security option " + option + " is not supported");
                }
            }
            List<String> names = new ArrayList<>();
            for (SaslServer.Mechanism mechanism : all) {
                if (!(mechanism.plaintext() && options.contains("noplaintext"))
                        && !(mechanism.anonymous() && options.contains("noanonymous"))) {
                    names.add(mechanism.name());
                }
            }
            return names;
        }
    }
}
