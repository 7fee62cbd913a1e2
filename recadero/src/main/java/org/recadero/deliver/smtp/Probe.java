package org.recadero.deliver.smtp;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.recadero.envelope.ReversePath;
import org.recadero.net.tls.ClientPeer;
import org.recadero.route.Relay;

/**
 * Tries a relay for real and sends nothing: names, connection, greeting, TLS, AUTH, MAIL FROM, then RSET. The dialogue is {@link
 * Session}'s, so that what passes here passes in a delivery. Used by one thread, once.
 */
public final class Probe {
    /** No step takes longer, whatever the time-outs for deliveries are: a person waits. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int MOST_SHOWN = 4;

    /** In the order in which they come where TLS begins by STARTTLS. */
    public enum Stage {
        DNS,
        TCP,
        GREETING,
        TLS,
        AUTH,
        MAIL
    }

    /** What went wrong, as far as somebody can be told what to do. */
    public enum Trouble {
        NONE,
        NO_SUCH_NAME,
        UNREACHABLE,
        NO_TLS,
        TLS_AT_ONCE,
        CERTIFICATE,
        HANDSHAKE,
        PASSWORD,
        TOKEN,
        MECHANISM,
        NO_AUTH,
        SENDER,
        SERVER
    }

    /**
     * One step.
     *
     * @param detail what was found, or the server's words
     */
    public record Step(Stage stage, Duration took, boolean passed, String detail, Trouble trouble) {
        public Step {
            Objects.requireNonNull(stage);
            Objects.requireNonNull(took);
            Objects.requireNonNull(detail);
            Objects.requireNonNull(trouble);
        }
    }

    private final SmtpSettings settings;
    private final Hosts hosts;
    private final SmtpDelivery.Connector connector;
    private final SmtpDelivery.Bind bind;
    private final SecureRandom random;
    private final List<Step> steps = new ArrayList<>();
    private long since = System.nanoTime();

    Probe(
            SmtpSettings settings,
            Hosts hosts,
            SmtpDelivery.Connector connector,
            SmtpDelivery.Bind bind,
            SecureRandom random) {
        this.settings = settings.impatient(PATIENCE);
        this.hosts = hosts;
        this.connector = connector;
        this.bind = bind;
        this.random = random;
    }

    /** Tries the relay's hosts until one answers; the last step is the one that decides. */
    List<Step> run(Relay relay, ReversePath sender) {
        switch (hosts.find(relay.nextHop(), false)) {
            case Hosts.Found.Nobody(Failure failure) -> step(Stage.DNS, false, words(failure), Trouble.NO_SUCH_NAME);
            case Hosts.Found.Some(List<Hosts.Candidate> candidates) -> {
                step(Stage.DNS, true, names(candidates), Trouble.NONE);
                for (Hosts.Candidate candidate : candidates) {
                    if (host(candidate, relay, sender)) {
                        break;
                    }
                }
            }
        }
        return List.copyOf(steps);
    }

    private static String names(List<Hosts.Candidate> candidates) {
        StringBuilder text = new StringBuilder();
        for (Hosts.Candidate each : candidates.subList(0, Math.min(MOST_SHOWN, candidates.size()))) {
            text.append(text.isEmpty() ? "" : ", ").append(each.peer().name());
        }
        return candidates.size() > MOST_SHOWN ? text.append(", …").toString() : text.toString();
    }

    /** Returns whether it was reached. */
    private boolean host(Hosts.Candidate candidate, Relay relay, ReversePath sender) {
        Wire wire;
        try {
            wire = bind.connect(
                    connector, candidate.endpoint(), settings.timeouts().connect());
        } catch (IOException e) {
            step(Stage.TCP, false, candidate.peer().relay() + ": " + Run.words(e), Trouble.UNREACHABLE);
            return false;
        }
        step(Stage.TCP, true, candidate.peer().relay(), Trouble.NONE);
        Notes notes = new Notes();
        Session session = new Session(wire, candidate.peer(), relay, settings, notes, random);
        try {
            switch (session.open(true, candidate.nameIsProved(), false)) {
                case Session.Opened.Ready ready -> {
                    if (relay.credentials().isPresent()
                            && !session.capabilities().has("AUTH")) {
                        step(Stage.AUTH, false, session.peer().name() + " does not offer AUTH", Trouble.NO_AUTH);
                    } else {
                        mail(session, sender);
                    }
                }
                case Session.Opened.Broken(Failure failure, boolean inClear) -> broken(failure, relay, notes);
            }
        } finally {
            session.quit();
        }
        return true;
    }

    private void mail(Session session, ReversePath sender) {
        try {
            ServerReply reply = session.command(
                    "MAIL FROM:<" + sender + ">", settings.timeouts().mail());
            step(Stage.MAIL, reply.isPositive(), reply.text(), reply.isPositive() ? Trouble.NONE : Trouble.SENDER);
            if (reply.isPositive()) {
                session.command("RSET", settings.timeouts().rset());
            }
        } catch (IOException e) {
            if (steps.getLast().stage() != Stage.MAIL) {
                step(Stage.MAIL, false, words(session.trouble(e)), Trouble.SERVER);
            }
        }
    }

    // ---- what failed

    private void broken(Failure failure, Relay relay, Notes notes) {
        String text = notes.with(words(failure));
        switch (failure) {
            case Failure.Tls tls -> {
                steps.removeIf(s -> s.stage() == Stage.TLS);
                step(
                        Stage.TLS,
                        false,
                        text,
                        switch (tls.trouble()) {
                            case NOT_OFFERED -> Trouble.NO_TLS;
                            case NOT_VERIFIED -> Trouble.CERTIFICATE;
                            case NOT_BEGUN -> Trouble.HANDSHAKE;
                        });
            }
            case Failure.Auth auth ->
                step(
                        Stage.AUTH,
                        false,
                        text,
                        switch (auth.trouble()) {
                            case NO_MECHANISM -> Trouble.MECHANISM;
                            case NOT_PASSED ->
                                auth.code().statusClass() != 5
                                        ? Trouble.SERVER
                                        : relay.token().isPresent() ? Trouble.TOKEN : Trouble.PASSWORD;
                        });
            case Failure.Refused refused -> step(Stage.GREETING, false, text, Trouble.SERVER);
            case Failure.Lost lost -> lost(relay, text);
            case Failure.TimedOut timedOut -> lost(relay, text);
            case Failure.NotConnected n -> step(Stage.TCP, false, text, Trouble.UNREACHABLE);
            case Failure.NoHost n -> step(Stage.DNS, false, text, Trouble.NO_SUCH_NAME);
            case Failure.NoReply n -> step(Stage.GREETING, false, text, Trouble.SERVER);
            case Failure.Confused c -> step(Stage.GREETING, false, text, Trouble.SERVER);
            case Failure.Unfit u -> step(Stage.MAIL, false, text, Trouble.SERVER);
            case Failure.Ours o -> step(Stage.GREETING, false, text, Trouble.SERVER);
        }
    }

    /** Silence before the greeting: perhaps the server waits for TLS. */
    private void lost(Relay relay, String text) {
        boolean greeted = has(Stage.GREETING);
        if (!greeted && !relay.tls().wrapped()) {
            step(Stage.GREETING, false, text, Trouble.TLS_AT_ONCE);
        } else {
            step(!greeted ? Stage.GREETING : has(Stage.TLS) ? Stage.AUTH : Stage.TLS, false, text, Trouble.SERVER);
        }
    }

    private boolean has(Stage stage) {
        return steps.stream().anyMatch(s -> s.stage() == stage);
    }

    private static String words(Failure failure) {
        return switch (failure) {
            case Failure.Refused(Peer peer, Failure.Command command, ServerReply reply) -> reply.text();
            case Failure.Lost(Peer peer, String doing) -> "lost connection while " + doing;
            case Failure.TimedOut(Peer peer, String doing) -> "conversation timed out while " + doing;
            case Failure.NotConnected n -> n.why();
            case Failure.NoReply(Peer peer, String doing) -> "no SMTP reply while " + doing;
            case Failure.Confused(Peer peer, String doing) -> "no fitting reply while " + doing;
            case Failure.Tls t -> t.text();
            case Failure.Auth a -> a.text();
            case Failure.NoHost(var code, String text) -> text;
            case Failure.Unfit(Peer peer, var code, String text) -> text;
            case Failure.Ours(var code, String text) -> text;
        };
    }

    // ---- steps

    private void step(Stage stage, boolean passed, String detail, Trouble trouble) {
        long now = System.nanoTime();
        steps.add(new Step(stage, Duration.ofNanos(now - since), passed, detail, trouble));
        since = now;
    }

    /** What a session tells. */
    private final class Notes implements Session.Listener {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void info(String text) {
            lines.add(text);
        }

        @Override
        public void warning(String text) {
            lines.add(text);
        }

        @Override
        public void reached(Session.Milestone milestone, Session session) {
            switch (milestone) {
                case GREETED -> step(Stage.GREETING, true, session.greeting(), Trouble.NONE);
                case ENCRYPTED ->
                    step(Stage.TLS, true, session.tls().map(Probe::shown).orElse(""), Trouble.NONE);
                case AUTHENTICATED -> step(Stage.AUTH, true, session.authenticatedAs(), Trouble.NONE);
            }
        }

        /** The last thing that was said, where it says more. */
        String with(String text) {
            return lines.isEmpty() ? text : text + " (" + lines.getLast() + ")";
        }
    }

    private static String shown(ClientPeer peer) {
        String until = peer.expires()
                .map(at -> ", until " + at.toString().substring(0, 10))
                .orElse("");
        return String.format(
                Locale.ROOT,
                "%s with %s; certificate for %s: %s%s",
                peer.protocol(),
                peer.cipher(),
                String.join(
                        ", ",
                        peer.names()
                                .subList(0, Math.min(MOST_SHOWN, peer.names().size()))),
                peer.problem().map(p -> "not verified, " + p).orElse("verified"),
                until);
    }
}
