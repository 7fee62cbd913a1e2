package org.recadero.status;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;
import org.recadero.envelope.OneLine;

/**
 * The report of an attempt: who was asked, what was said, how long it took.
 *
 * @param relay what the log prints behind {@code relay=}: {@code local}, {@code none}, {@code host[addr]:port}
 * @param code RFC 3463
 * @param text one line for log, mailq and DSN, without control characters, at most {@link #MAX_TEXT_CHARS} characters (longer
 *     ones are cut)
 * @param diagnostic what the DSN's Diagnostic-Code shall say where that is not {@code text} of our own (RFC 3464 §2.3.6)
 * @param remoteMta the server that said so (RFC 3464 §2.3.5)
 * @param connect time to set up a connection, the third of the log's four delays
 * @param transmit time to hand over, the fourth of the log's four delays
 * @param recipient whom it was for in the end, where that is not the queue's recipient: an alias's only member
 * @param handover who tells the sender of success
 * @param owner who hears of a failure in the sender's place: of a list's members its owner; then it is the list that is
 *     named, not the name that the sender used for it
 */
public record DeliveryStatus(
        String relay,
        EnhancedStatusCode code,
        String text,
        Optional<Diagnostic> diagnostic,
        Optional<String> remoteMta,
        Duration connect,
        Duration transmit,
        Optional<Address> recipient,
        Handover handover,
        Optional<Address> owner) {
    /** What the other side of a delivery does for a sender who wants to hear of success. */
    public enum Handover {
        /** Nothing that we know of: we tell him. */
        PLAIN,
        /** A server that the request went to tells him, we do not (RFC 3461 §5.2.1). */
        WITH_REQUEST,
        /** It lies in the mailbox, though another system put it there: we tell him that it is delivered. */
        FINAL
    }

    /** Bound for {@link #text}, in characters. */
    public static final int MAX_TEXT_CHARS = 2_000;

    /**
     * @param type {@code smtp}, {@code x-unix}…
     * @param text as the server or program gave it
     */
    public record Diagnostic(String type, String text) {
        public Diagnostic {
            Objects.requireNonNull(type);
            Objects.requireNonNull(text);
        }
    }

    public DeliveryStatus {
        Objects.requireNonNull(relay);
        Objects.requireNonNull(code);
        Objects.requireNonNull(diagnostic);
        Objects.requireNonNull(remoteMta);
        Objects.requireNonNull(connect);
        Objects.requireNonNull(transmit);
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(handover);
        Objects.requireNonNull(owner);
        text = printable(text);
    }

    /** A report on the queue's recipient itself. */
    public DeliveryStatus(
            String relay,
            EnhancedStatusCode code,
            String text,
            Optional<Diagnostic> diagnostic,
            Optional<String> remoteMta,
            Duration connect,
            Duration transmit) {
        this(
                relay,
                code,
                text,
                diagnostic,
                remoteMta,
                connect,
                transmit,
                Optional.empty(),
                Handover.PLAIN,
                Optional.empty());
    }

    /** A report without a remote host. */
    public static DeliveryStatus of(String relay, EnhancedStatusCode code, String text, Duration transmit) {
        return new DeliveryStatus(relay, code, text, Optional.empty(), Optional.empty(), Duration.ZERO, transmit);
    }

    /** The same report, on a recipient that the queue's recipient stands for. */
    public DeliveryStatus on(Address member) {
        return new DeliveryStatus(
                relay, code, text, diagnostic, remoteMta, connect, transmit, Optional.of(member), handover, owner);
    }

    /** The same report, of a part of somebody's list. */
    public DeliveryStatus ownedBy(Address other) {
        return new DeliveryStatus(
                relay, code, text, diagnostic, remoteMta, connect, transmit, recipient, handover, Optional.of(other));
    }

    /** The same report in another class: what would bounce waits, or the other way round. */
    public DeliveryStatus inClass(int statusClass) {
        return replaced(code.inClass(statusClass), text);
    }

    /** The same report in an administrator's words. */
    public DeliveryStatus replaced(EnhancedStatusCode otherCode, String otherText) {
        return new DeliveryStatus(
                relay, otherCode, otherText, diagnostic, remoteMta, connect, transmit, recipient, handover, owner);
    }

    /** The same report, with what the other side does about it. */
    public DeliveryStatus with(Handover other) {
        return new DeliveryStatus(relay, code, text, diagnostic, remoteMta, connect, transmit, recipient, other, owner);
    }

    void requireClass(int statusClass) {
        if (code.statusClass() != statusClass) {
            throw new IllegalArgumentException("status " + code + " where class " + statusClass + " is due");
        }
    }

    private static String printable(String text) {
        return OneLine.of(text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS));
    }
}
