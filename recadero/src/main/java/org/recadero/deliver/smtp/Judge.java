package org.recadero.deliver.smtp;

import java.time.Duration;
import java.util.Optional;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Decides what a failure means: the next host, later, or never. Pure. Postfix: smtp(8), smtp_trouble.
 *
 * <p>The rules: a host that cannot be reached, hangs up or says 4xx gives way to the next one, while there is one; a recipient or
 * message that is refused with 5xx is returned; a greeting of 5xx is only that host's ({@code smtp_skip_5xx_greeting}); what TLS
 * or a password spoils waits, since the administrator can mend it.
 */
final class Judge {
    /** What follows. */
    sealed interface Verdict {
        /** Somebody else may take it. */
        record NextHost() implements Verdict {}

        record Final(Outcome outcome) implements Verdict {}
    }

    /**
     * What judging depends on.
     *
     * @param skip5xxGreeting {@code smtp_skip_5xx_greeting}
     * @param authSoftBounce {@code smtp_sasl_auth_soft_bounce}
     */
    record Settings(boolean skip5xxGreeting, boolean authSoftBounce) {}

    private Judge() {}

    /**
     * Judges.
     *
     * @param lastHost whether nobody else is left to try
     * @param connect time spent to get a connection, for the report
     * @param transmit time spent on the message, for the report
     */
    static Verdict judge(Failure failure, boolean lastHost, Settings settings, Duration connect, Duration transmit) {
        return switch (failure) {
            case Failure.Refused refused -> refused(refused, lastHost, settings, connect, transmit);
            case Failure.Lost(Peer peer, String doing) ->
                soft(
                        lastHost,
                        report(
                                peer.relay(),
                                EnhancedStatusCode.of(4, 4, 2),
                                "lost connection with " + peer.name() + " while " + doing,
                                connect,
                                transmit));
            case Failure.TimedOut(Peer peer, String doing) ->
                soft(
                        lastHost,
                        report(
                                peer.relay(),
                                EnhancedStatusCode.of(4, 4, 2),
                                "conversation with " + peer.name() + " timed out while " + doing,
                                connect,
                                transmit));
            case Failure.NotConnected(Peer peer, String why, boolean away) ->
                soft(
                        lastHost,
                        report(
                                "none",
                                EnhancedStatusCode.of(4, 4, 1),
                                "connect to " + peer.relay() + ": " + why,
                                connect,
                                transmit));
            case Failure.NoReply(Peer peer, String doing) ->
                // DIFFERS: Postfix waits for better lines until its time is up
                soft(
                        lastHost,
                        report(
                                peer.relay(),
                                EnhancedStatusCode.of(4, 5, 0),
                                "protocol error: " + peer.name() + " sent no SMTP reply while " + doing,
                                connect,
                                transmit));
            case Failure.Confused(Peer peer, String doing) ->
                // whether the message was taken is not known: to try another host at once could double it
                new Verdict.Final(new Outcome.Deferred(report(
                        peer.relay(),
                        EnhancedStatusCode.of(4, 5, 0),
                        "protocol error: " + peer.name() + " sent a reply that nobody asked for while " + doing,
                        connect,
                        transmit)));
            case Failure.Tls(Peer peer, var trouble, EnhancedStatusCode code, String text) ->
                soft(lastHost, report(peer.relay(), code.inClass(4), text, connect, transmit));
            case Failure.Auth(Peer peer, var trouble, EnhancedStatusCode code, String text) -> {
                boolean bounces = code.statusClass() == 5 && !settings.authSoftBounce;
                yield bounces
                        ? new Verdict.Final(new Outcome.Bounced(report(peer.relay(), code, text, connect, transmit)))
                        : soft(lastHost, report(peer.relay(), code.inClass(4), text, connect, transmit));
            }
            case Failure.NoHost(EnhancedStatusCode code, String text) -> {
                DeliveryStatus status = report("none", code, text, connect, transmit);
                yield code.statusClass() == 5 ? hard(lastHost, status) : soft(lastHost, status);
            }
            case Failure.Unfit(Peer peer, EnhancedStatusCode code, String text) ->
                new Verdict.Final(outcome(report(peer.relay(), code, text, connect, transmit)));
            case Failure.Ours(EnhancedStatusCode code, String text) ->
                new Verdict.Final(new Outcome.Deferred(report("none", code.inClass(4), text, connect, transmit)));
        };
    }

    private static Verdict refused(
            Failure.Refused refused, boolean lastHost, Settings settings, Duration connect, Duration transmit) {
        Peer peer = refused.peer();
        ServerReply reply = refused.reply();
        boolean site = switch (refused.command()) {
            case GREETING, EHLO -> true;
            case MAIL, RCPT, DATA, END_OF_DATA, BDAT -> false;
        };
        String text = site
                ? "host " + peer.name() + " refused to talk to me: " + reply.text()
                : "host " + peer.name() + " said: " + reply.text() + " (in reply to "
                        + refused.command().words() + ")";
        boolean permanent = reply.statusClass() == 5;
        boolean skipped = refused.command() == Failure.Command.GREETING && settings.skip5xxGreeting;
        EnhancedStatusCode code =
                reply.statusClass() == 4 || permanent ? reply.enhanced() : EnhancedStatusCode.of(4, 5, 0);
        DeliveryStatus status = new DeliveryStatus(
                peer.relay(),
                permanent && !skipped ? code : code.inClass(4),
                text,
                Optional.of(new DeliveryStatus.Diagnostic("smtp", reply.text())),
                Optional.of(peer.host()),
                connect,
                transmit);
        return status.code().statusClass() == 5
                ? new Verdict.Final(new Outcome.Bounced(status))
                : soft(lastHost, status);
    }

    private static DeliveryStatus report(
            String relay, EnhancedStatusCode code, String text, Duration connect, Duration transmit) {
        return new DeliveryStatus(relay, code, text, Optional.empty(), Optional.empty(), connect, transmit);
    }

    private static Verdict soft(boolean lastHost, DeliveryStatus status) {
        return lastHost ? new Verdict.Final(new Outcome.Deferred(status)) : new Verdict.NextHost();
    }

    private static Verdict hard(boolean lastHost, DeliveryStatus status) {
        return lastHost ? new Verdict.Final(new Outcome.Bounced(status)) : new Verdict.NextHost();
    }

    private static Outcome outcome(DeliveryStatus status) {
        return status.code().statusClass() == 5 ? new Outcome.Bounced(status) : new Outcome.Deferred(status);
    }
}
