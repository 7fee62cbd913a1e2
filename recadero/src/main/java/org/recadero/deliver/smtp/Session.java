package org.recadero.deliver.smtp;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.OneLine;
import org.recadero.net.sasl.ClientExchange;
import org.recadero.net.sasl.Credentials;
import org.recadero.net.sasl.Mask;
import org.recadero.net.sasl.Mechanism;
import org.recadero.net.tls.ClientLevel;
import org.recadero.net.tls.ClientPeer;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.net.tls.ClientTls;
import org.recadero.route.NextHop;
import org.recadero.route.Relay;
import org.recadero.status.EnhancedStatusCode;

/**
 * One connection: greeting, EHLO, STARTTLS, AUTH; after that {@link Transmission} sends messages on it. Used by one thread at a
 * time. Over a {@link Wire}, so that each dialogue is a test without sockets.
 *
 * <p>Nothing goes out in the clear that the relay wants encrypted: each step that fails ends the session with a {@link Failure}
 * before MAIL (RFC 3207 §4.1, RFC 4954 §4).
 */
final class Session {
    /** RFC 4954 §4: octets of a response in base64; a longer one never goes with the AUTH command. */
    private static final int MOST_INITIAL = 12_000;

    /** Of a line that is no reply, in the log. */
    private static final int MOST_SHOWN = 100;

    /** What a server said is no reply (RFC 5321 §4.2). */
    static final class NotAReply extends IOException {
        private static final long serialVersionUID = 1L;

        NotAReply(String what) {
            super(what);
        }
    }

    /** What became of opening. */
    sealed interface Opened {
        record Ready() implements Opened {}

        /** @param retryInClear whether the same host may be tried without TLS: only at level {@code may}, without credentials */
        record Broken(Failure failure, boolean retryInClear) implements Opened {
            Broken(Failure failure) {
                this(failure, false);
            }
        }
    }

    /** Told of what an administrator should see. */
    interface Listener {
        void info(String text);

        void warning(String text);

        /** One more part of opening is done; what is known of the server is the session's to tell. */
        default void reached(Milestone milestone, Session session) {
            // deliveries need no more than the end
        }
    }

    /** The parts of opening. */
    enum Milestone {
        GREETED,
        ENCRYPTED,
        AUTHENTICATED
    }

    private final Wire wire;
    private final Peer peer;
    private final Relay relay;
    private final SmtpSettings settings;
    private final Listener log;
    private final SecureRandom random;
    private Capabilities capabilities = Capabilities.none();
    private Optional<ClientPeer> tls = Optional.empty();
    private boolean broken;
    private String doing = "receiving the initial server greeting";
    private Mask mask = Mask.none();
    private String greeting = "";
    private String authenticatedAs = "";

    /** A session over a fresh connection. */
    Session(Wire wire, Peer peer, Relay relay, SmtpSettings settings, Listener log, SecureRandom random) {
        this.wire = Objects.requireNonNull(wire);
        this.peer = Objects.requireNonNull(peer);
        this.relay = Objects.requireNonNull(relay);
        this.settings = Objects.requireNonNull(settings);
        this.log = Objects.requireNonNull(log);
        this.random = Objects.requireNonNull(random);
    }

    Peer peer() {
        return peer;
    }

    Wire wire() {
        return wire;
    }

    Relay relay() {
        return relay;
    }

    SmtpSettings settings() {
        return settings;
    }

    Capabilities capabilities() {
        return capabilities;
    }

    Optional<ClientPeer> tls() {
        return tls;
    }

    /** The server's first words. */
    String greeting() {
        return greeting;
    }

    /** Login and mechanism; empty: nobody. */
    String authenticatedAs() {
        return authenticatedAs;
    }

    /** What we were about, for «while …». */
    String doing() {
        return doing;
    }

    void nowDoing(String words) {
        doing = words;
    }

    /** Whether nothing more may be sent on this connection. */
    boolean isBroken() {
        return broken;
    }

    void markBroken() {
        broken = true;
    }

    // ---- opening

    /**
     * Gets the session ready for mail.
     *
     * @param useTls whether TLS may be used at all: not at the second try at level {@code may}
     * @param nameIsProved whether the host's name comes from the next hop itself or DNSSEC vouches for it
     * @param wasVerified whether this server has proved its name before
     */
    Opened open(boolean useTls, boolean nameIsProved, boolean wasVerified) {
        try {
            ClientPolicy policy = relay.tls();
            if (policy.wrapped()) {
                Optional<Opened.Broken> trouble = shakeHands(policy);
                if (trouble.isPresent()) {
                    return trouble.get();
                }
            }
            ServerReply first = read(settings.timeouts().helo());
            if (!first.isPositive()) {
                return new Opened.Broken(new Failure.Refused(peer, Failure.Command.GREETING, first));
            }
            greeting = first.text();
            log.reached(Milestone.GREETED, this);
            Optional<Failure> refused = hello();
            if (refused.isPresent()) {
                return new Opened.Broken(refused.get());
            }
            if (!policy.wrapped() && policy.level() != ClientLevel.NONE && useTls) {
                Optional<Opened.Broken> trouble = startTls(policy);
                if (trouble.isPresent()) {
                    return trouble.get();
                }
            } else if (settings.notesStartTlsOffer() && tls.isEmpty() && capabilities.has("STARTTLS")) {
                log.info("Host offered STARTTLS: [" + peer.host() + "]");
            }
            Optional<Failure> unproved = proof(policy, nameIsProved, wasVerified);
            if (unproved.isPresent()) {
                return new Opened.Broken(unproved.get());
            }
            Optional<Failure> auth = authenticate();
            return auth.<Opened>map(Opened.Broken::new).orElseGet(Opened.Ready::new);
        } catch (IOException e) {
            if (greeting.isEmpty() && !(e instanceof NotAReply) && !relay.tls().wrapped()) {
                // RFC 8314 §7.3: such a server waits for our hello as we wait for its greeting
                log.info(peer.relay()
                        + " sent no greeting: if it wants TLS from the first byte, set wrappermode=yes for "
                        + relay.written() + " in smtp_tls_policy_maps");
            }
            return new Opened.Broken(trouble(e));
        }
    }

    /** A broken connection as a fact. */
    Failure trouble(IOException e) {
        broken = true;
        return switch (e) {
            case SocketTimeoutException timeout -> new Failure.TimedOut(peer, doing);
            case NotAReply nonsense -> new Failure.NoReply(peer, doing);
            default -> new Failure.Lost(peer, doing);
        };
    }

    private Optional<Failure> hello() throws IOException {
        String hello = settings.protocol().hello();
        doing = "performing the " + hello + " handshake";
        ServerReply reply = command(hello + " " + name(), settings.timeouts().helo());
        if (reply.isPositive()) {
            capabilities = Capabilities.of(reply, settings.discardedKeywords());
            return Optional.empty();
        }
        if (reply.code() == 421 || settings.protocol() == Protocol.LMTP) {
            // RFC 2033 §4.1: LMTP has no HELO
            return Optional.of(new Failure.Refused(peer, Failure.Command.EHLO, reply));
        }
        // RFC 5321 §4.1.4: a server that does not know EHLO
        doing = "performing the HELO handshake";
        reply = command("HELO " + name(), settings.timeouts().helo());
        capabilities = Capabilities.none();
        return reply.isPositive()
                ? Optional.empty()
                : Optional.of(new Failure.Refused(peer, Failure.Command.EHLO, reply));
    }

    /** DIFFERS: a name that no provider takes (without a dot, localhost) gives way to our address (RFC 5321 §4.1.3). */
    private String name() {
        String name = settings.heloName();
        boolean known = name.startsWith("[")
                || (name.indexOf('.') > 0 && !name.toLowerCase(Locale.ROOT).startsWith("localhost."));
        return known ? name : "[" + wire.localAddress() + "]";
    }

    // ---- TLS

    private Optional<Opened.Broken> startTls(ClientPolicy policy) throws IOException {
        if (!capabilities.has("STARTTLS")) {
            return policy.level().isMandatory()
                    ? tlsTrouble(
                            Failure.TlsTrouble.NOT_OFFERED,
                            4,
                            "TLS is required, but was not offered by host " + peer.name(),
                            false)
                    : Optional.empty();
        }
        doing = "receiving the STARTTLS response";
        ServerReply reply = command("STARTTLS", settings.timeouts().startTls());
        if (!reply.isPositive()) {
            if (!policy.level().isMandatory()) {
                return Optional.empty();
            }
            broken = true;
            return Optional.of(new Opened.Broken(new Failure.Tls(
                    peer,
                    Failure.TlsTrouble.NOT_BEGUN,
                    reply.enhanced().inClass(4),
                    "TLS is required, but host " + peer.name() + " refused to start TLS: " + reply.text())));
        }
        if (wire.hasInput()) {
            // SAFETY 27: what stands in the clear behind the 220 would be taken for the server's own words
            return tlsTrouble(
                    Failure.TlsTrouble.NOT_BEGUN,
                    5,
                    "Cannot start TLS: text behind the reply to STARTTLS of host " + peer.name(),
                    false);
        }
        Optional<Opened.Broken> trouble = shakeHands(policy);
        if (trouble.isPresent()) {
            return trouble;
        }
        // RFC 3207 §4.2: what was offered before counts no more
        capabilities = Capabilities.none();
        return hello().map(Opened.Broken::new);
    }

    private Optional<Opened.Broken> tlsTrouble(
            Failure.TlsTrouble trouble, int detail, String text, boolean retryInClear) {
        broken = true;
        return Optional.of(new Opened.Broken(
                new Failure.Tls(peer, trouble, EnhancedStatusCode.of(4, 7, detail), text), retryInClear));
    }

    private Optional<Opened.Broken> shakeHands(ClientPolicy policy) {
        doing = "performing the TLS handshake";
        ClientTls.Target target = new ClientTls.Target(
                relay.nextHop().domain(),
                peer.host(),
                peer.port(),
                relay.credentials().map(Credentials::login).orElse(""));
        try {
            ClientPeer known = wire.startTls(target, policy, settings.timeouts().startTls());
            tls = Optional.of(known);
            log.reached(Milestone.ENCRYPTED, this);
            if (settings.tlsLogLevel() >= 1) {
                log.info(known.standing() + " TLS connection established to " + peer.relay() + ": " + known.protocol()
                        + " with cipher " + known.cipher());
            }
            return Optional.empty();
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            log.info("SSL_connect error to " + peer.relay() + ": " + why);
            if (why.contains("Unsupported or unrecognized SSL message")) {
                log.warning(peer.relay()
                        + (policy.wrapped()
                                ? " does not speak TLS from the first byte: it wants wrappermode=no (STARTTLS)"
                                : " does not speak TLS behind STARTTLS"));
            }
            boolean may =
                    policy.level() == ClientLevel.MAY && relay.credentials().isEmpty();
            return tlsTrouble(Failure.TlsTrouble.NOT_BEGUN, 5, "Cannot start TLS: handshake failure", may);
        }
    }

    /** Whether the server has proved what it must before anything of ours goes out. */
    private Optional<Failure> proof(ClientPolicy policy, boolean nameIsProved, boolean wasVerified) {
        if (tls.isEmpty()) {
            return Optional.empty();
        }
        ClientPeer known = tls.get();
        boolean proved = known.trusted() && known.matched();
        if (policy.level().isProving() && !proved) {
            known.problem()
                    .ifPresent(p -> log.info("server certificate verification failed for " + peer.relay() + ": " + p));
            return Optional.of(unverified());
        }
        if (relay.credentials().isPresent() && wasVerified && !proved && policy.level() == ClientLevel.ENCRYPT) {
            // SAFETY 26: somebody else may answer now; he must not get the password
            log.warning(peer.relay() + " proved its name before and no longer does ("
                    + known.problem().orElse("hostname mismatch") + "): no credentials are sent, mail waits");
            return Optional.of(unverified());
        }
        if (relay.credentials().isPresent() && !nameIsProved && !provesNextHop(policy, known)) {
            // SAFETY 26: the host's name came by a DNS answer that anybody may have written
            log.info("server certificate verification failed for " + peer.relay() + ": it does not prove "
                    + relay.nextHop().domain() + ", which MX records led from");
            return Optional.of(unverified());
        }
        return Optional.empty();
    }

    private Failure unverified() {
        broken = true;
        return new Failure.Tls(
                peer,
                Failure.TlsTrouble.NOT_VERIFIED,
                EnhancedStatusCode.of(4, 7, 5),
                "Server certificate not verified");
    }

    private boolean provesNextHop(ClientPolicy policy, ClientPeer known) {
        if (policy.level() == ClientLevel.FINGERPRINT) {
            return known.matched();
        }
        boolean stated = policy.level().isProving()
                && known.trusted()
                && known.matched()
                && policy.matches().stream().noneMatch("hostname"::equals);
        return stated || known.proves(relay.nextHop().domain());
    }

    // ---- AUTH

    private Optional<Failure> authenticate() throws IOException {
        if (relay.credentials().isEmpty() || !capabilities.has("AUTH")) {
            // POSTFIX §3f: where AUTH is not offered at all the message goes without
            return Optional.empty();
        }
        if (tls.isEmpty() && !relay.clearAuth()) {
            broken = true;
            return Optional.of(new Failure.Tls(
                    peer,
                    Failure.TlsTrouble.NOT_OFFERED,
                    EnhancedStatusCode.of(4, 7, 4),
                    "TLS is required, but was not offered by host " + peer.name()));
        }
        Credentials credentials = relay.credentials().get();
        Mechanism.Channel channel = new Mechanism.Channel(
                tls.flatMap(ClientPeer::binding),
                tls.map(ClientPeer::clientCertificate).orElse(false));
        if (capabilities.mechanisms().stream().noneMatch(settings.sasl()::allows)) {
            // Postfix: smtp_sasl_mechanism_filter leaves nothing
            broken = true;
            return Optional.of(new Failure.Auth(
                    peer,
                    Failure.AuthTrouble.NO_MECHANISM,
                    EnhancedStatusCode.of(4, 7, 0),
                    "SASL authentication failed: server " + peer.name()
                            + " offered no compatible authentication mechanisms for this type of connection security"));
        }
        Optional<Mechanism> chosen = Mechanism.choose(
                capabilities.mechanisms(), settings.sasl()::allows, securityOptions(), credentials, channel);
        if (chosen.isEmpty()) {
            broken = true;
            return Optional.of(new Failure.Auth(
                    peer,
                    Failure.AuthTrouble.NO_MECHANISM,
                    EnhancedStatusCode.of(4, 7, 0),
                    "SASL authentication failed; cannot authenticate to server " + peer.name()
                            + ": no mechanism available"));
        }
        doing = "performing the AUTH handshake";
        mask = Mask.of(credentials.secret());
        try {
            return exchange(chosen.get().begin(credentials, channel, random));
        } finally {
            mask = Mask.none();
        }
    }

    private Set<String> securityOptions() {
        SmtpSettings.Sasl sasl = settings.sasl();
        if (tls.isEmpty()) {
            return sasl.inClear();
        }
        return tls.get().trusted() && tls.get().matched() ? sasl.inVerifiedTls() : sasl.inTls();
    }

    private Optional<Failure> exchange(ClientExchange exchange) throws IOException {
        Duration timeout = settings.timeouts().helo();
        String command = "AUTH " + exchange.mechanism().saslName();
        Optional<byte[]> initial = exchange.initial();
        String encoded = initial.map(Session::base64).orElse("");
        initial.ifPresent(mask::addResponse);
        boolean together = initial.isPresent() && encoded.length() <= MOST_INITIAL;
        // RFC 4954 §4: an empty initial response is written =
        ServerReply reply = command(together ? command + " " + (encoded.isEmpty() ? "=" : encoded) : command, timeout);
        boolean owesInitial = initial.isPresent() && !together;
        for (int i = 0; i < ClientExchange.MOST_CHALLENGES && reply.code() == 334; i++) {
            if (owesInitial) {
                owesInitial = false;
                reply = command(encoded, timeout);
                continue;
            }
            Optional<byte[]> challenge = unbase64(reply.rest(0).trim());
            ClientExchange.Step step = challenge.isPresent()
                    ? exchange.answer(challenge.get())
                    : new ClientExchange.Step.BreakOff("a challenge that is not base64");
            switch (step) {
                case ClientExchange.Step.Send(byte[] response) -> {
                    mask.addResponse(response);
                    reply = command(base64(response), timeout);
                }
                case ClientExchange.Step.BreakOff(String why) -> {
                    // RFC 4954 §4: a lone * cancels
                    command("*", timeout);
                    broken = true;
                    return authFailure(EnhancedStatusCode.of(4, 7, 0), why);
                }
            }
        }
        if (reply.isPositive() && exchange.isServerProved()) {
            authenticatedAs = relay.credentials().map(Credentials::login).orElse("") + ", "
                    + exchange.mechanism().saslName();
            log.reached(Milestone.AUTHENTICATED, this);
            return Optional.empty();
        }
        broken = true;
        if (reply.isPositive()) {
            return authFailure(EnhancedStatusCode.of(4, 7, 0), "the server has not proved that it knows the password");
        }
        if (reply.statusClass() == 3) {
            return authFailure(EnhancedStatusCode.of(4, 7, 0), "the server does not stop asking");
        }
        return Optional.of(new Failure.Auth(
                peer,
                Failure.AuthTrouble.NOT_PASSED,
                reply.enhanced(),
                "SASL authentication failed; server " + peer.name() + " said: " + reply.text()));
    }

    private Optional<Failure> authFailure(EnhancedStatusCode code, String why) {
        return Optional.of(new Failure.Auth(
                peer,
                Failure.AuthTrouble.NOT_PASSED,
                code,
                "SASL authentication failed; cannot authenticate to server " + peer.name() + ": " + why));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static Optional<byte[]> unbase64(String text) {
        if (text.equals("=")) {
            return Optional.of(new byte[0]);
        }
        try {
            return Optional.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    // ---- lines

    /** Adds a command to the flight. */
    void put(String line, Duration timeout) throws IOException {
        if (line.indexOf('\r') >= 0 || line.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a command is one line");
        }
        byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.UTF_8);
        wire.write(bytes, 0, bytes.length, timeout);
    }

    /** Sends one command and reads its reply. */
    ServerReply command(String line, Duration timeout) throws IOException {
        put(line, timeout);
        wire.flush(timeout);
        return read(timeout);
    }

    /**
     * Reads one reply.
     *
     * @throws NotAReply where what comes is no reply: such a server is not talked to any further
     */
    ServerReply read(Duration timeout) throws IOException {
        List<String> lines = new ArrayList<>();
        int code = 0;
        // RFC 5321 §4.2.1: the last line has a blank behind its code; the number of lines is bounded, and so is the
        // time
        long deadline = System.nanoTime() + timeout.toNanos();
        for (int i = 0; i < 10 * ServerReply.MOST_LINES; i++) {
            Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
            String line = printable(mask.apply(wire.readLine(left)));
            Optional<ServerReply.Line> parsed = ServerReply.parse(line);
            if (parsed.isEmpty()) {
                log.warning("non-SMTP reply from " + peer.relay() + ": "
                        + line.substring(0, Math.min(line.length(), MOST_SHOWN)));
                throw new NotAReply("not a reply");
            }
            if (lines.size() < ServerReply.MOST_LINES) {
                lines.add(line);
            }
            code = parsed.get().code();
            if (!parsed.get().more()) {
                return new ServerReply(code, lines);
            }
        }
        log.warning("reply without end from " + peer.relay());
        throw new NotAReply("a reply without end");
    }

    private static String printable(String line) {
        return OneLine.of(new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    /** Whether a next hop's own host is talked to, no DNS answer between (SAFETY 26). */
    static boolean isNamedByNextHop(NextHop nextHop) {
        return switch (nextHop) {
            case NextHop.Host h -> true;
            case NextHop.UnixSocket u -> true;
            case NextHop.MailExchangersOf m -> false;
        };
    }

    /** Says goodbye and closes; never throws. */
    void quit() {
        if (!broken) {
            try {
                put("QUIT", settings.timeouts().quit());
                wire.flush(settings.timeouts().quit());
                if (!settings.skipsQuitResponse()) {
                    read(settings.timeouts().quit());
                }
            } catch (IOException e) {
                // it is over in any case
                broken = true;
            }
        }
        broken = true;
        wire.close();
    }
}
