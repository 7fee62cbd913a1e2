package org.recadero.receive.smtpd;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.config.Parameters;
import org.recadero.message.AddressText;
import org.recadero.net.dns.Resolver;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.smtp.Reply;

/**
 * Who may what in one session: the configuration's settings, asked in the order in which Postfix asks them. Used by one thread.
 *
 * <p>Postfix: smtpd(8), SMTPD_ACCESS_README, {@code smtpd_delay_reject}.
 */
final class Access implements Policy, SmtpSession.Surroundings {
    /** The command that the log names for what is asked when the content was read. */
    static final String END_OF_MESSAGE = "END-OF-MESSAGE";

    private final ServiceSettings settings;
    private final Resolver names;
    private final ClientLimits limits;
    private final SessionRules rules;
    private final Door door;
    private final Directory recipients;
    private final NetworkList.Match own;

    /**
     * Where the client came in.
     *
     * @param service its name in master.cf
     * @param address ours
     */
    record Door(String service, InetAddress address) {
        Door {
            Objects.requireNonNull(service);
            Objects.requireNonNull(address);
        }
    }

    Access(ServiceSettings settings, Resolver names, ClientLimits limits, Peer peer, Door door) {
        this.settings = Objects.requireNonNull(settings);
        this.names = Objects.requireNonNull(names);
        this.limits = Objects.requireNonNull(limits);
        this.door = Objects.requireNonNull(door);
        this.recipients = new Directory(settings);
        this.own = settings.networks().own().match(peer);
        SessionRules common = settings.rules();
        if (settings.networks().saslExceptions().match(peer) != NetworkList.Match.NO) {
            common = common.withoutAuth();
        }
        if (settings.networks().bareNewlineExclusions().match(peer) == NetworkList.Match.YES) {
            common = common.acceptingBareNewlines();
        }
        this.rules = common;
    }

    @Override
    public SessionRules rules() {
        return rules;
    }

    private RestrictionRun run(SessionState state, String command, Optional<String> recipient) {
        return new RestrictionRun(settings, names, recipients, own, state, command, recipient);
    }

    @Override
    public Verdict connect(SessionState state) {
        if (settings.lists().delayReject()) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, "CONNECT", Optional.empty());
        run.client(settings.lists().client());
        return run.verdict();
    }

    @Override
    public Verdict helo(SessionState state, String command) {
        if (settings.lists().delayReject()) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, command, Optional.empty());
        run.helo(settings.lists().helo());
        return run.verdict();
    }

    @Override
    public Verdict mail(SessionState state) {
        if (settings.lists().delayReject()) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, "MAIL", Optional.empty());
        run.sender(settings.lists().sender());
        run.unlistedSender();
        return run.verdict();
    }

    @Override
    public Verdict rcpt(SessionState state, String recipient) {
        // RFC 5321 §4.5.1: postmaster without a domain is always there
        if (recipient.equalsIgnoreCase("postmaster") || isDiscarded(state)) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, "RCPT", Optional.of(recipient));
        before(run);
        ServiceSettings.Lists lists = settings.lists();
        run.recipient(lists.relayFirst() ? lists.relay() : lists.recipient());
        run.recipient(lists.relayFirst() ? lists.recipient() : lists.relay());
        run.deferWherePermitted();
        run.unlistedRecipient();
        return run.verdict();
    }

    /** Postfix: access(5), DISCARD: who sends it is told nothing more. */
    private static boolean isDiscarded(SessionState state) {
        return state.transaction().filter(t -> t.orders().discard()).isPresent();
    }

    /** What {@code smtpd_delay_reject} has put off. */
    private void before(RestrictionRun run) {
        ServiceSettings.Lists lists = settings.lists();
        if (lists.delayReject()) {
            run.client(lists.client());
            run.helo(lists.helo());
            run.sender(lists.sender());
            run.unlistedSender();
        }
    }

    @Override
    public Verdict vrfy(SessionState state, String address) {
        RestrictionRun run = run(state, "VRFY", Optional.of(address));
        if (settings.lists().delayReject()) {
            run.client(settings.lists().client());
            run.helo(settings.lists().helo());
        }
        run.unlistedRecipient();
        return run.verdict();
    }

    @Override
    public Verdict data(SessionState state, String command) {
        if (isDiscarded(state)) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, command, Optional.empty());
        run.general(settings.lists().data(), "DATA", "Data command");
        return run.verdict();
    }

    @Override
    public Verdict endOfData(SessionState state, long sizeBytes) {
        if (isDiscarded(state)) {
            return Verdict.accepted();
        }
        RestrictionRun run = run(state, END_OF_MESSAGE, Optional.empty());
        run.general(settings.lists().endOfData(), END_OF_MESSAGE, "End-of-data");
        return run.verdict();
    }

    @Override
    public Note refusal(SessionState state, String command, Reply reply, String recipient) {
        Reply said = rules.softBounce() ? reply.softened() : reply;
        return Note.info("NOQUEUE: reject: " + line(state, command, said.toString(), Optional.empty()));
    }

    /** What follows {@code NOQUEUE: reject: }. */
    static String line(SessionState state, String command, String text, Optional<String> recipient) {
        StringBuilder line = new StringBuilder(160);
        line.append(command)
                .append(" from ")
                .append(state.peer().nameAndAddress())
                .append(": ")
                .append(text)
                .append(';');
        state.transaction()
                .ifPresent(t -> line.append(" from=<")
                        .append(t.sender().isEmpty() ? "" : AddressText.external(t.sender()))
                        .append('>'));
        Optional<String> to = recipient.or(() -> state.transaction()
                .filter(t -> t.recipients().size() == 1)
                .map(t -> t.recipients().all().getFirst().address()));
        to.ifPresent(address ->
                line.append(" to=<").append(AddressText.external(address)).append('>'));
        line.append(" proto=").append(state.protocol().replaceAll("^(E?SMTP).*", "$1"));
        state.helo().ifPresent(helo -> line.append(" helo=<").append(helo).append('>'));
        return line.toString();
    }

    @Override
    public Optional<SmtpSession.TooMuch> tooMuch(SessionState state, ClientLimits.Event event) {
        ServiceSettings.Rates rates = settings.rates();
        int limit = switch (event) {
            case CONNECTION -> rates.connections();
            case MESSAGE -> rates.messages();
            case RECIPIENT -> rates.recipients();
            case LOGIN -> rates.logins();
        };
        if (limit <= 0 || settings.networks().withoutEventLimits().match(state.peer()) == NetworkList.Match.YES) {
            return Optional.empty();
        }
        int count = limits.count(state.peer().address(), event, rates.span());
        return count <= limit ? Optional.empty() : Optional.of(tooMuch(state.peer(), event, count));
    }

    private SmtpSession.TooMuch tooMuch(Peer peer, ClientLimits.Event event, int count) {
        String address = peer.addressText();
        String warning = exceeded(peer, count);
        return switch (event) {
            case CONNECTION -> new SmtpSession.TooMuch(tooManyConnections(peer), "Connection rate" + warning);
            case MESSAGE ->
                new SmtpSession.TooMuch(
                        Reply.of(450, "4.7.1", "Error: too much mail from " + address),
                        "Message delivery request rate" + warning);
            case RECIPIENT ->
                new SmtpSession.TooMuch(
                        Reply.of(450, "4.7.1", "Error: too many recipients from " + address),
                        "Recipient address rate" + warning);
            case LOGIN ->
                new SmtpSession.TooMuch(
                        Reply.of(450, "4.7.1", "Error: too many AUTH commands from " + address),
                        "AUTH command rate" + warning);
        };
    }

    private Reply tooManyConnections(Peer peer) {
        return Reply.of(421, "4.7.0", rules.host() + " Error: too many connections from " + peer.addressText());
    }

    private String exceeded(Peer peer, int count) {
        return " limit exceeded: " + count + " from " + peer.nameAndAddress() + " for service " + door.service();
    }

    /** A reply where the client has too many connections at a time; they were counted already. */
    Optional<SmtpSession.TooMuch> tooManyAtOnce(Peer peer, int open) {
        int limit = settings.rates().atOnce();
        if (limit <= 0
                || open <= limit
                || settings.networks().withoutEventLimits().match(peer) == NetworkList.Match.YES) {
            return Optional.empty();
        }
        return Optional.of(
                new SmtpSession.TooMuch(tooManyConnections(peer), "Connection concurrency" + exceeded(peer, open)));
    }

    @Override
    public NewMessage.Origin.Network origin(SessionState state, Supplier<NewMessage.Orders> orders) {
        Peer peer = state.peer();
        String name = settings.configuration().get(Parameters.SMTPD_CLIENT_PORT_LOGGING)
                ? peer.nameAndAddress() + ":" + peer.port()
                : peer.nameAndAddress();
        String login = "";
        if (state.login().isPresent()) {
            SessionState.Login who = state.login().get();
            login = ", sasl_method=" + who.mechanism() + ", sasl_username=" + who.name();
        }
        String from = state.helo().orElse(peer.name()) + " (" + peer.name() + " [" + peer.literal() + "])";
        List<String> comments = new ArrayList<>();
        if (state.tls().isPresent() && settings.configuration().get(Parameters.SMTPD_TLS_RECEIVED_HEADER)) {
            comments.add("using " + state.tls().get().protocol() + " with cipher "
                    + CipherBits.described(state.tls().get().cipher()));
            comments.add("No client certificate requested");
        }
        if (state.login().isPresent() && settings.configuration().get(Parameters.SMTPD_SASL_AUTHENTICATED_HEADER)) {
            comments.add("Authenticated sender: " + state.login().get().name());
        }
        NewMessage.Origin.Client client =
                new NewMessage.Origin.Client(name, login, state.extended() ? "ESMTP" : "SMTP", state.helo());
        return new NewMessage.Origin.Network(
                client, from, comments, state.protocol(), headerNames(state), settings.overrides(), orders);
    }

    private NewMessage.HeaderNames headerNames(SessionState state) {
        String address = state.peer().addressText();
        return settings.networks()
                .localClients()
                .of(new LocalClients.Client(
                        address,
                        settings.networks().ownAddresses().contains(address),
                        own == NetworkList.Match.YES,
                        state.login().isPresent()));
    }

    @Override
    public SaslServer.Situation situation(SessionState state) {
        return new SaslServer.Situation(
                settings.configuration().get(Parameters.SMTPD_SASL_SERVICE),
                state.peer().address(),
                door.address(),
                state.tls().isPresent());
    }
}
