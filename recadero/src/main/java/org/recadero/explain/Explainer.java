package org.recadero.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.recadero.config.ConfigurationException;
import org.recadero.config.LmtpParameters;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.Services;
import org.recadero.config.Snapshot;
import org.recadero.deliver.smtp.Outbound;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.os.UserDatabase;
import org.recadero.rewrite.Completion;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.AccountRule;
import org.recadero.route.LoginSenders;
import org.recadero.route.OwnAddresses;
import org.recadero.route.Reason;
import org.recadero.route.Relay;
import org.recadero.route.RelayRules;
import org.recadero.route.Resolution;
import org.recadero.route.Router;
import org.recadero.route.ServiceNames;

/**
 * Asks the classes that route mail, in the order in which cleanup, dispatch and deliver.smtp ask them, and keeps what they say.
 * Immutable. No network is touched.
 */
public final class Explainer {
    /** Addresses of this machine that inet_interfaces and proxy_interfaces always name. */
    private static final Set<String> FIXED = Set.of("error", "retry", "discard");

    /** A question. */
    public record Question(String sender, String recipient, Optional<Address> from, Optional<Integer> uid) {}

    private final Snapshot configuration;
    private final Rewriter rewriter;
    private final Router router;
    private final AccountRule accounts;
    private final Map<String, Services.Service> services = new LinkedHashMap<>();
    private final Map<String, RelayRules> rules = new LinkedHashMap<>();
    private final Map<String, Outbound> outbounds = new LinkedHashMap<>();
    private final Set<String> pipes;

    /**
     * Reads what routing reads.
     *
     * @param warn told what routing would warn of
     * @throws ConfigurationException where the daemon would refuse the configuration
     */
    public Explainer(Snapshot configuration, Router.TableOpener open, UserDatabase users, Consumer<String> warn)
            throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.rewriter = new Rewriter(configuration);
        this.router = new Router(configuration, open, OwnAddresses.of(configuration));
        List<Services.Service> sending = new ArrayList<>(Services.of(configuration, "smtp"));
        for (Services.Service each : Services.of(configuration, "lmtp")) {
            Snapshot own = each.configuration();
            sending.add(new Services.Service(each.name(), each.entry(), own.with(LmtpParameters.asSmtp(own))));
        }
        for (Services.Service service : sending) {
            services.put(service.name(), service);
            outbounds.put(service.name(), new Outbound(service.configuration(), open));
            rules.put(service.name(), new RelayRules(service.configuration(), open, ServiceNames.system(), warn));
        }
        this.accounts = new AccountRule(
                configuration,
                Services.of(configuration, "smtp").stream()
                        .map(Services.Service::configuration)
                        .toList(),
                open,
                new LoginSenders(configuration, open),
                AccountRule.Logins.of(users, rewriter::completed));
        this.pipes = Set.copyOf(Services.entries(configuration).stream()
                .filter(e -> e.type() == MasterCf.Type.UNIX && e.command().equals("pipe"))
                .map(MasterCf.Entry::service)
                .toList());
    }

    /** The configuration of a service that sends by SMTP, with its overrides. */
    Optional<Snapshot> service(String transport) {
        return Optional.ofNullable(services.get(transport)).map(Services.Service::configuration);
    }

    /** Explains; the same question may be asked again. */
    public Explanation explain(Question question) {
        Completion completedSender = question.sender().isEmpty() ? null : rewriter.envelope(question.sender());
        Explanation.Name sender = completedSender == null
                ? new Explanation.Name("", "", List.of(), Optional.empty())
                : name(question.sender(), completedSender);
        Explanation.Name recipient = name(question.recipient(), rewriter.recipient(question.recipient()));
        if (recipient.broken().isPresent() || sender.broken().isPresent()) {
            return refused(sender, recipient);
        }
        Address to = Address.of(internal(rewriter.recipient(question.recipient())));
        ReversePath from = completedSender instanceof Completion.Complete(Address address)
                ? new ReversePath.Sender(address)
                : ReversePath.none();
        Resolution resolution = router.resolve(from, to);
        ReversePath account = from;
        List<Reason> why = new ArrayList<>();
        Optional<String> waits = Optional.empty();
        if (resolution instanceof Resolution.Routed routed && kind(routed.transport()) != Explanation.Kind.LOCAL) {
            switch (accounts.choose(envelope(from, to, question.uid()), question::from)) {
                case AccountRule.Answer.Is(ReversePath chosen, Optional<Reason> reason) -> {
                    account = chosen;
                    reason.ifPresent(why::add);
                    if (!account.equals(from)) {
                        resolution = router.resolve(account, to);
                    }
                }
                case AccountRule.Answer.Failed(String text) -> waits = Optional.of(text);
            }
        }
        Explanation.Route route = route(resolution);
        return new Explanation(sender, recipient, account.toString(), why, waits, route, hops(route, from, account));
    }

    private static Explanation refused(Explanation.Name sender, Explanation.Name recipient) {
        Explanation.Route none = new Explanation.Route(
                Explanation.Kind.UNKNOWN, "", "", false, recipient.broken().or(sender::broken), List.of());
        return new Explanation(sender, recipient, "", List.of(), Optional.empty(), none, List.of());
    }

    private static Envelope envelope(ReversePath from, Address to, Optional<Integer> uid) {
        return new Envelope(
                from,
                Optional.empty(),
                List.of(EnvelopeRecipient.of(to)),
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                uid);
    }

    // ---- names

    private static String internal(Completion completion) {
        return switch (completion) {
            case Completion.Complete(Address address) -> address.internal();
            case Completion.Broken(String internal, String reason) -> internal;
        };
    }

    private Explanation.Name name(String given, Completion completion) {
        return switch (completion) {
            case Completion.Complete(Address address) ->
                new Explanation.Name(given, address.external(), completedBy(given, address), Optional.empty());
            case Completion.Broken(String internal, String reason) ->
                new Explanation.Name(given, "", List.of(), Optional.of(reason));
        };
    }

    private List<Reason> completedBy(String given, Address complete) {
        if (given.equals(complete.internal()) || given.equals(complete.external())) {
            return List.of();
        }
        List<Reason> by = new ArrayList<>();
        int at = given.lastIndexOf('@');
        if (at < 0) {
            by.add(value(Parameters.MYORIGIN));
        }
        String domain = at < 0 ? configuration.get(Parameters.MYORIGIN) : given.substring(at + 1);
        if (domain.indexOf('.') < 0 && !complete.domain().name().equalsIgnoreCase(domain)) {
            by.add(value(Parameters.MYDOMAIN));
        }
        return by;
    }

    private Reason value(Parameter<String> parameter) {
        return new Reason(parameter.name() + " = " + configuration.get(parameter), configuration.source(parameter));
    }

    // ---- the route

    private Explanation.Kind kind(String transport) {
        if (services.containsKey(transport)) {
            return Explanation.Kind.SMTP;
        }
        if (transport.equals("local")) {
            return Explanation.Kind.LOCAL;
        }
        if (pipes.contains(transport)) {
            return Explanation.Kind.PIPE;
        }
        return FIXED.contains(transport) ? Explanation.Kind.FIXED : Explanation.Kind.UNKNOWN;
    }

    private Explanation.Route route(Resolution resolution) {
        return switch (resolution) {
            case Resolution.Routed(String transport, String nextHop, List<Reason> reasons) -> {
                List<Reason> all = new ArrayList<>(reasons);
                Services.Service service = services.get(transport);
                if (service != null) {
                    all.add(new Reason(
                            "service " + transport, Optional.of(service.entry().source())));
                }
                boolean deferred =
                        configuration.get(Parameters.DEFER_TRANSPORTS).contains(transport);
                if (deferred) {
                    all.add(new Reason(
                            "defer_transports contains " + transport,
                            configuration.source(Parameters.DEFER_TRANSPORTS)));
                }
                Explanation.Kind kind = kind(transport);
                Optional<String> waits = kind == Explanation.Kind.UNKNOWN
                        ? Optional.of(
                                "mail transport unavailable: " + transport + " is not a transport of this version")
                        : Optional.empty();
                yield new Explanation.Route(kind, transport, nextHop, deferred, waits, all);
            }
            case Resolution.TryLater(String text, List<Reason> reasons) ->
                new Explanation.Route(Explanation.Kind.UNKNOWN, "", "", false, Optional.of(text), reasons);
        };
    }

    private List<Explanation.Hop> hops(Explanation.Route route, ReversePath sender, ReversePath account) {
        RelayRules relays = rules.get(route.transport());
        Services.Service service = services.get(route.transport());
        Outbound leaving = outbounds.get(route.transport());
        if (relays == null || service == null || leaving == null) {
            return List.of();
        }
        List<String> own = RelayRules.parts(route.nextHop());
        List<Explanation.Hop> hops = new ArrayList<>();
        for (String written : own) {
            hops.add(hop(relays, leaving, written, sender, account, false));
        }
        for (String written : RelayRules.parts(service.configuration().get(Parameters.SMTP_FALLBACK_RELAY))) {
            if (!own.contains(written)) {
                hops.add(hop(relays, leaving, written, sender, account, true));
            }
        }
        return hops;
    }

    private static Explanation.Hop hop(
            RelayRules relays,
            Outbound leaving,
            String written,
            ReversePath sender,
            ReversePath account,
            boolean fallback) {
        return switch (relays.decide(written, account)) {
            case Relay.Decision.Chosen(Relay relay) -> {
                try {
                    ReversePath as = leaving.sender(relay, account, sender);
                    yield new Explanation.Hop(
                            written,
                            Optional.of(relay),
                            as.equals(sender) ? Optional.empty() : Optional.of(as.toString()),
                            Optional.empty(),
                            fallback);
                } catch (Outbound.TableFailed e) {
                    yield new Explanation.Hop(
                            written,
                            Optional.of(relay),
                            Optional.empty(),
                            Optional.of(String.valueOf(e.getMessage())),
                            fallback);
                }
            }
            case Relay.Decision.TryLater(String detail, String text) ->
                new Explanation.Hop(written, Optional.empty(), Optional.empty(), Optional.of(text), fallback);
        };
    }
}
