package org.recadero.deliver.smtp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.deliver.ServiceFlag;
import org.recadero.envelope.ReversePath;
import org.recadero.net.sasl.Credentials;
import org.recadero.net.sasl.Secret;
import org.recadero.net.tls.ClientPeer;
import org.recadero.os.ErrnoException;
import org.recadero.route.Relay;
import org.recadero.route.RelayRules;
import org.recadero.route.TokenSource;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * One account's messages on their way to one next hop: from host to host until each recipient has an outcome. Used by one thread,
 * once. Postfix: smtp_connect_inet.
 */
final class Run implements Transmission.Reports {
    /** A server that ends connections is called again so often for messages whose turn has not come: a batch has no more. */
    private static final int MOST_RECONNECTS = 50;

    private final SmtpDelivery client;
    /** Whom the maps by sender are asked for. */
    private final ReversePath account;

    private final String nextHop;
    /** The batch's, and what was taken besides. */
    private final List<Job> jobs;

    private final Supply supply;
    /** What the present session has been given to carry, and when it was opened. */
    private int carried;

    private long openedNanos;
    /** Taken besides, and next in turn. */
    private final Deque<Job> ready = new ArrayDeque<>();

    /** What the present server does for a sender who wants to hear of success. */
    private DeliveryStatus.Handover handover = DeliveryStatus.Handover.PLAIN;

    /** The index of the next recipient that is taken. */
    private int taken;

    private final IdentityHashMap<Job, Long> begun = new IdentityHashMap<>();
    /** Those that this host has said no to, and that another one may take. */
    private final Set<Job.Slot> passed = Collections.newSetFromMap(new IdentityHashMap<>());

    private boolean lastHost;
    /** Whether the next hop is a relay that somebody configured, and not the recipient's own domain. */
    private boolean isRelay;
    /** The next hop that is being tried, as written. */
    private String part = "";
    /** Whether the session was kept: then its end before any answer is nobody's failure. */
    private boolean quietly;

    /** The relay with the second token, after the server refused the first one, now or before a hold: there is no third. */
    private Optional<Relay> fresher = Optional.empty();

    private boolean lastWasSite;
    private Peer peer = new Peer("none", "", 0);
    private Failure lastFailure =
            new Failure.Ours(EnhancedStatusCode.of(4, 4, 0), "no host of the next hop could be tried");

    /**
     * Where more messages come from.
     *
     * @param mayTake whether this run is the one that takes them
     * @param first the index of the first recipient taken
     */
    record Supply(Further further, boolean mayTake, int first) {}

    Run(SmtpDelivery client, ReversePath account, String nextHop, Collection<Job> jobs, Supply supply) {
        this.client = client;
        this.account = account;
        this.nextHop = nextHop;
        this.jobs = new ArrayList<>(jobs);
        this.supply = supply;
        this.taken = supply.first();
    }

    /** Returns all messages that were on their way, those taken besides behind the others. */
    List<Job> run() {
        List<String> parts = new ArrayList<>(RelayRules.parts(nextHop));
        int own = parts.size();
        for (String each : RelayRules.parts(client.fallbackRelay)) {
            if (!parts.contains(each)) {
                parts.add(each);
            }
        }
        for (int i = 0; i < parts.size() && someOpen(); i++) {
            part(parts.get(i), i == parts.size() - 1, i < own && isRecipientsDomain(parts.get(i)));
        }
        if (someOpen()) {
            lastHost = true;
            settle(openSlots(), lastFailure, lastWasSite);
        }
        jobs.forEach(Job::release);
        return jobs;
    }

    private boolean isRecipientsDomain(String part) {
        return jobs.stream()
                .flatMap(j -> j.slots().stream())
                .allMatch(s -> s.delivery
                        .recipient()
                        .recipient()
                        .address()
                        .domain()
                        .key()
                        .equalsIgnoreCase(part));
    }

    private void part(String written, boolean lastPart, boolean isRecipientsDomain) {
        lastHost = lastPart;
        isRelay = !isRecipientsDomain;
        part = written;
        switch (client.rules.decide(written, account)) {
            case Relay.Decision.TryLater(String detail, String text) ->
                siteFailure(new Failure.Ours(code(detail), text));
            case Relay.Decision.Chosen(Relay chosen) -> {
                Optional<Relay> ready = withToken(chosen);
                if (ready.isEmpty()) {
                    return;
                }
                Relay relay = ready.get();
                Optional<Holds.Key> account = account(relay);
                Optional<DeliveryStatus> held =
                        account.flatMap(key -> client.shared.holds().on(key, submitters()));
                if (held.isPresent()) {
                    settleAll(new Outcome.Waiting(held.get()));
                    return;
                }
                useKept(key(relay));
                if (someOpen()) {
                    hosts(relay, lastPart, isRecipientsDomain);
                }
            }
        }
    }

    // ---- tokens

    /** With its token, where it logs in with one; empty: there is none, and its mail waits like that of a refused password. */
    private Optional<Relay> withToken(Relay relay) {
        if (relay.token().isEmpty()) {
            return Optional.of(relay);
        }
        TokenSource source = relay.token().get();
        String login = relay.credentials().map(Credentials::login).orElse("");
        Holds.Key key = new Holds.Key(relay.nextHop().domain(), login, "no token from " + source);
        Optional<DeliveryStatus> held = client.shared.holds().on(key, submitters());
        if (held.isPresent()) {
            settleAll(new Outcome.Waiting(held.get()));
            return Optional.empty();
        }
        Tokens.Fetched fetched = client.shared.tokens().current(source);
        if (fetched instanceof Tokens.Fetched.Got(Secret refused)
                && account(relay.withToken(refused))
                        .filter(client.shared.holds()::isOver)
                        .isPresent()) {
            // a hold's time is over: what was refused then is not tried again where there is another one
            fetched = client.shared.tokens().fresher(source, refused);
            if (fetched instanceof Tokens.Fetched.Got(Secret other)) {
                fresher = Optional.of(relay.withToken(other));
            }
        }
        return switch (fetched) {
            case Tokens.Fetched.Got(Secret token) -> Optional.of(relay.withToken(token));
            case Tokens.Fetched.Failed(String why) -> {
                DeliveryStatus status = DeliveryStatus.of(
                        "none", EnhancedStatusCode.of(4, 7, 0), "no token for " + login + ": " + why, Duration.ZERO);
                Duration pause = client.shared.holds().refused(key, status, submitters());
                warning("no token for " + login + ": " + why + "; its mail waits, next try in " + pause.toMinutes()
                        + " min");
                settleAll(new Outcome.Waiting(status));
                yield Optional.empty();
            }
        };
    }

    /** SAFETY 29: after the first refusal of a token another one, once; empty where there is no other. */
    private Optional<Relay> withFresherToken(Relay relay, Failure failure) {
        if (!isRefusal(failure)
                || relay.token().isEmpty()
                || fresher.filter(f -> f.written().equals(relay.written())).isPresent()) {
            return Optional.empty();
        }
        Secret refused = relay.credentials().orElseThrow().secret();
        switch (client.shared.tokens().fresher(relay.token().get(), refused)) {
            case Tokens.Fetched.Got(Secret token) ->
                fresher = token.equals(refused) ? Optional.empty() : Optional.of(relay.withToken(token));
            case Tokens.Fetched.Failed(String why) -> {
                warning("no fresher token: " + why);
                fresher = Optional.empty();
            }
        }
        return fresher;
    }

    private void warning(String text) {
        client.shared.log().warning(client.service.program(), text);
    }

    private static EnhancedStatusCode code(String detail) {
        return EnhancedStatusCode.parse("4." + detail).orElse(EnhancedStatusCode.SYSTEM_TROUBLE);
    }

    private Optional<Holds.Key> account(Relay relay) {
        return relay.credentials()
                .map(c -> new Holds.Key(
                        relay.nextHop().domain(), c.login(), c.secret().hash(client.shared.salt())));
    }

    private Kept.Key key(Relay relay) {
        return new Kept.Key(
                client.service.name(),
                relay.written(),
                client.bind.toString(),
                relay.tls(),
                relay.credentials().map(Credentials::login).orElse(""),
                relay.credentials()
                        .map(c -> c.secret().hash(client.shared.salt()))
                        .orElse(""),
                client.service.generation());
    }

    // ---- connections that were kept

    private void useKept(Kept.Key key) {
        Optional<Kept.Entry> entry = client.shared.kept().take(key);
        for (int i = 0; i < MOST_RECONNECTS && entry.isPresent() && someOpen(); i++) {
            Kept.Entry kept = entry.get();
            lastHost = kept.lastHost();
            boolean stale = !isQuiet(kept.session());
            if (stale) {
                kept.session().markBroken();
                kept.session().wire().close();
            } else {
                transmit(kept, key);
            }
            entry = kept.session().isBroken() ? client.shared.kept().take(key) : Optional.empty();
        }
    }

    /** A server that has said something meanwhile has said goodbye. */
    private static boolean isQuiet(Session session) {
        try {
            return !session.wire().hasInput();
        } catch (IOException e) {
            return false;
        }
    }

    // ---- new connections

    private void hosts(Relay relay, boolean lastPart, boolean isRecipientsDomain) {
        List<Hosts.Candidate> candidates;
        switch (client.hosts.find(relay.nextHop(), isRecipientsDomain)) {
            case Hosts.Found.Nobody(Failure failure) -> {
                lastHost = lastPart;
                siteFailure(failure);
                return;
            }
            case Hosts.Found.Some(List<Hosts.Candidate> some) -> candidates = some;
        }
        int sessions = 0;
        for (int i = 0; i < candidates.size() && someOpen(); i++) {
            boolean lastSession = client.sessionLimit > 0 && sessions + 1 >= client.sessionLimit;
            lastHost = lastPart && (i == candidates.size() - 1 || lastSession);
            passed.clear();
            if (host(relay, candidates.get(i))) {
                sessions++;
            }
            if (client.sessionLimit > 0 && sessions >= client.sessionLimit) {
                break;
            }
        }
        passed.clear();
    }

    /** One host, called again while it answers but ends its connections. Returns whether it was reached. */
    private boolean host(Relay relay, Hosts.Candidate candidate) {
        boolean reached = false;
        for (int i = 0; i <= MOST_RECONNECTS && !untouched().isEmpty(); i++) {
            Optional<Session> session = connect(relay, candidate);
            if (session.isEmpty()) {
                return reached;
            }
            reached = true;
            boolean answered = transmit(
                    new Kept.Entry(session.get(), lastHost, System.nanoTime(), 0),
                    key(session.get().relay()));
            if (!session.get().isBroken() || !answered) {
                break;
            }
        }
        return reached;
    }

    private Optional<Session> connect(Relay decided, Hosts.Candidate candidate) {
        Relay relay = fresher.filter(f -> f.written().equals(decided.written())).orElse(decided);
        peer = candidate.peer();
        boolean useTls = true;
        // once more in the clear, or with another token
        for (int attempt = 0; attempt < 2; attempt++) {
            Wire wire;
            try {
                wire = client.bind.connect(
                        client.shared.connector(),
                        candidate.endpoint(),
                        client.settings.timeouts().connect());
            } catch (IOException e) {
                client.shared.log().info(client.service.program(), "connect to " + peer.relay() + ": " + words(e));
                siteFailure(new Failure.NotConnected(peer, words(e), isNetworkAway(e)));
                return Optional.empty();
            }
            Session session = new Session(wire, peer, relay, client.settings, new Lines(), client.shared.random());
            boolean wasVerified = client.shared.traits().has(verifiedName(relay), HostTraits.Trait.WAS_VERIFIED);
            switch (session.open(useTls, candidate.nameIsProved(), wasVerified)) {
                case Session.Opened.Ready ready -> {
                    account(relay).ifPresent(client.shared.holds()::accepted);
                    client.shared.outages().answered(relay.written());
                    if (session.tls().filter(Run::isVerified).isPresent()) {
                        client.shared.traits().learn(verifiedName(relay), HostTraits.Trait.WAS_VERIFIED);
                    }
                    return Optional.of(session);
                }
                case Session.Opened.Broken(Failure failure, boolean retryInClear) -> {
                    if (retryInClear) {
                        wire.close();
                        useTls = false;
                        continue;
                    }
                    session.quit();
                    Optional<Relay> again = withFresherToken(relay, failure);
                    if (again.isPresent()) {
                        relay = again.get();
                        continue;
                    }
                    hold(relay, failure);
                    siteFailure(failure);
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isVerified(ClientPeer peer) {
        return peer.trusted() && peer.matched();
    }

    private static String verifiedName(Relay relay) {
        return relay.written() + " verified";
    }

    /** SAFETY 30: only the refusal of the password itself. */
    private void hold(Relay relay, Failure failure) {
        if (!(failure instanceof Failure.Auth(Peer p, var trouble, EnhancedStatusCode code, String text))
                || !isRefusal(failure)) {
            return;
        }
        String secret = relay.token().isPresent() ? "token" : "password";
        account(relay).ifPresent(key -> {
            DeliveryStatus status = DeliveryStatus.of(p.relay(), code.inClass(4), text, Duration.ZERO);
            Duration pause = client.shared.holds().refused(key, status, submitters());
            warning("the " + secret + " of " + key.login() + " for " + relay.written()
                    + " was refused; its mail waits, next try in " + pause.toMinutes() + " min or when the " + secret
                    + " changes");
        });
    }

    private static boolean isRefusal(Failure failure) {
        return failure instanceof Failure.Auth auth && auth.code().statusClass() == 5;
    }

    private final class Lines implements Session.Listener {
        @Override
        public void info(String text) {
            client.shared.log().info(client.service.program(), text);
        }

        @Override
        public void warning(String text) {
            client.shared.log().warning(client.service.program(), text);
        }
    }

    /** As strerror(3) says it. */
    static String words(IOException e) {
        String text = String.valueOf(e.getMessage());
        if (e instanceof ErrnoException errno) {
            return errno.text();
        }
        if (e instanceof SocketTimeoutException) {
            return "Connection timed out";
        }
        if (e instanceof NoRouteToHostException && !text.contains("unreachable")) {
            return "No route to host";
        }
        if (e instanceof ConnectException && text.contains("refused")) {
            return "Connection refused";
        }
        int detail = text.indexOf(" (");
        return detail > 0 ? text.substring(0, detail) : text;
    }

    /** ENETUNREACH, for which java.net has no exception of its own, only the words. */
    private static boolean isNetworkAway(IOException e) {
        return words(e).contains("unreachable");
    }

    // ---- sending

    /** Returns whether the server answered anything. */
    private boolean transmit(Kept.Entry entry, Kept.Key key) {
        Session session = entry.session();
        peer = session.peer();
        handover = handover(session);
        ready.clear();
        List<Job> waiting = untouched();
        boolean fresh = entry.transactions() == 0;
        Transmission transmission = new Transmission(session, client.shared.traits(), this, !fresh);
        quietly = !fresh;
        carried = entry.transactions() + waiting.size();
        openedNanos = entry.openedNanos();
        transmission.send(waiting);
        quietly = false;
        if (session.isBroken()) {
            session.wire().close();
        } else {
            if (isWornOut()) {
                Thread.ofVirtual().name("smtp-quit").start(session::quit);
            } else {
                client.shared
                        .kept()
                        .put(
                                key,
                                new Kept.Entry(session, entry.lastHost(), entry.openedNanos(), carried),
                                client.keptFor);
            }
        }
        return transmission.wasAnswered();
    }

    /** RFC 3461 §5.2.1: a server with DSN has the request from us. Postfix: smtp(8), flags, X; lmtp_assume_final. */
    private DeliveryStatus.Handover handover(Session session) {
        if (session.capabilities().has("DSN")) {
            return DeliveryStatus.Handover.WITH_REQUEST;
        }
        return client.assumesFinal || client.service.flags().has(ServiceFlag.FINAL)
                ? DeliveryStatus.Handover.FINAL
                : DeliveryStatus.Handover.PLAIN;
    }

    /** Postfix: postconf(5), smtp_connection_reuse_time_limit, smtp_connection_reuse_count_limit. */
    private boolean isWornOut() {
        boolean old = System.nanoTime() - openedNanos > client.reuseTime.toNanos();
        return old || (client.reuseLimit > 0 && carried >= client.reuseLimit);
    }

    private List<Job> untouched() {
        List<Job> left = new ArrayList<>();
        for (Job job : jobs) {
            if (job.open().stream().anyMatch(s -> !passed.contains(s))) {
                left.add(job);
            }
        }
        return left;
    }

    private boolean someOpen() {
        return jobs.stream().anyMatch(Job::isOpen);
    }

    /** Whose mail has no outcome yet; empty: not a user of this machine. */
    private Set<Optional<Integer>> submitters() {
        return jobs.stream()
                .filter(Job::isOpen)
                .map(j -> j.message().envelope().uid())
                .collect(Collectors.toUnmodifiableSet());
    }

    private List<Job.Slot> openSlots() {
        return jobs.stream().flatMap(j -> j.open().stream()).toList();
    }

    // ---- reports

    @Override
    public Outbound outbound() {
        return client.outbound;
    }

    @Override
    public ClientFlags flags() {
        return client.service.flags();
    }

    @Override
    public OutgoingChecks checks() {
        return client.checks;
    }

    @Override
    public ReversePath account() {
        return account;
    }

    @Override
    public void begun(Job job) {
        begun.put(job, System.nanoTime());
    }

    @Override
    public void sent(Job job, List<Job.Slot> slots, ServerReply reply) {
        quietly = false;
        DeliveryStatus status = new DeliveryStatus(
                peer.relay(),
                reply.enhanced(),
                reply.text(),
                Optional.of(new DeliveryStatus.Diagnostic("smtp", reply.text())),
                Optional.of(peer.host()),
                connectTime(job),
                transmitTime(job));
        Outcome outcome = new Outcome.Sent(status.with(handover));
        for (Job.Slot slot : slots) {
            slot.outcome = outcome;
            supply.further().settled(slot.delivery, outcome);
        }
        if (!job.isOpen()) {
            job.release();
        }
    }

    @Override
    public Optional<Job> more() {
        while (ready.isEmpty()) {
            if (!supply.mayTake() || isWornOut() || !takeOne()) {
                return Optional.empty();
            }
        }
        carried++;
        return Optional.of(ready.remove());
    }

    /** Takes one more message; returns whether there was one. */
    private boolean takeOne() {
        List<Job.Slot> slots = new ArrayList<>();
        for (Delivery delivery : supply.further().next(account)) {
            slots.add(new Job.Slot(taken++, delivery));
        }
        for (Job job : client.jobs(slots)) {
            jobs.add(job);
            Job.Slot first = job.slots().getFirst();
            Optional<Outcome> loop = client.loop(first.delivery);
            if (loop.isPresent()) {
                first.outcome = loop.get();
            } else {
                ready.add(job);
            }
        }
        return !slots.isEmpty();
    }

    @Override
    public void failed(Job job, List<Job.Slot> slots, Failure failure) {
        boolean connection = failure instanceof Failure.Lost || failure instanceof Failure.TimedOut;
        if (quietly && connection) {
            // a kept connection that ended meanwhile: the attempt does not count
            return;
        }
        quietly = false;
        settle(slots, failure, false);
    }

    @Override
    public void inDoubt(Job job, List<Job.Slot> slots, Failure failure) {
        quietly = false;
        boolean before = lastHost;
        // another host could double it now; later, the sender can see what happened
        lastHost = true;
        settle(slots, failure, false);
        lastHost = before;
    }

    private void siteFailure(Failure failure) {
        settle(openSlots(), failure, true);
    }

    /** @param site whether it came before any mail was spoken of */
    private void settle(List<Job.Slot> slots, Failure failure, boolean site) {
        lastFailure = failure;
        lastWasSite = site;
        Set<Job.Slot> wanted = new HashSet<>(slots);
        for (Job job : jobs) {
            for (Job.Slot slot : job.open()) {
                if (wanted.contains(slot)) {
                    switch (Judge.judge(
                            failure, lastHost, client.settings.judging(), connectTime(job), transmitTime(job))) {
                        case Judge.Verdict.Final(Outcome outcome) ->
                            slot.outcome = site ? waiting(outcome, failure) : outcome;
                        case Judge.Verdict.NextHost next -> passed.add(slot);
                    }
                }
            }
        }
    }

    /** SAFETY 30: a relay that cannot be used, and a network that is not there, say nothing of the mail. */
    private Outcome waiting(Outcome outcome, Failure failure) {
        if (!(outcome instanceof Outcome.Deferred(DeliveryStatus status))) {
            return outcome;
        }
        boolean noWay = switch (failure) {
            case Failure.NotConnected(Peer p, String why, boolean networkIsAway) -> isRelay || networkIsAway;
            case Failure.NoHost(EnhancedStatusCode code, String text) ->
                isRelay || code.equals(EnhancedStatusCode.of(4, 4, 3));
            case Failure.Tls t -> isRelay;
            case Failure.Auth a -> isRelay;
            case Failure.Lost l -> isRelay;
            case Failure.TimedOut t -> isRelay;
            case Failure.Refused r -> isRelay;
            case Failure.NoReply n -> isRelay;
            case Failure.Confused c -> false;
            case Failure.Unfit u -> false;
            case Failure.Ours o -> false;
        };
        if (noWay && isRelay) {
            client.shared.outages().failed(part, status.text(), submitters());
        }
        return noWay ? new Outcome.Waiting(status) : outcome;
    }

    private void settleAll(Outcome outcome) {
        openSlots().forEach(s -> s.outcome = outcome);
    }

    private Duration connectTime(Job job) {
        Long at = begun.get(job);
        return Duration.ofNanos((at == null ? System.nanoTime() : at) - job.sinceNanos);
    }

    private Duration transmitTime(Job job) {
        Long at = begun.get(job);
        return at == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - at);
    }
}
