package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;
import org.recadero.envelope.SubmissionId;

/**
 * A message that somebody wants to put into the queue, its addresses as the client gave them.
 *
 * @param submission taken once
 * @param sender internal form, possibly without a domain; empty is the null sender
 * @param fullName for a missing From field
 * @param recipients internal forms, possibly without a domain
 * @param recipientsFromHeader {@code sendmail -t}: To, Cc, Bcc or their Resent- kin give recipients too, Bcc is removed
 * @param headerNotifyOn RFC 3461 §4.1 for the recipients that the header gives
 * @param body what the content claims to be
 * @param trace whether the sender asked for a report
 * @param prepend header fields, without line ends, that go on top of the content (Delivered-To of a forwarded message)
 * @param origin what Received says
 */
public record NewMessage(
        SubmissionId submission,
        String sender,
        Optional<String> fullName,
        List<Recipient> recipients,
        boolean recipientsFromHeader,
        Set<Notify> headerNotifyOn,
        BodyType body,
        Optional<String> envelopeId,
        Optional<Envelope.Return> returnFull,
        Optional<Envelope.Trace> trace,
        List<String> prepend,
        Origin origin) {

    /**
     * @param address as the client gave it, internal form
     * @param original X-Original-To's value; empty: {@code address}
     */
    public record Recipient(
            String address, Optional<String> original, Set<Notify> notifyOn, Optional<String> originalRecipient) {
        public Recipient {
            Objects.requireNonNull(address);
            Objects.requireNonNull(original);
            notifyOn = Set.copyOf(notifyOn);
            Objects.requireNonNull(originalRecipient);
        }

        public static Recipient of(String address) {
            return new Recipient(address, Optional.empty(), Set.of(), Optional.empty());
        }
    }

    /**
     * What becomes of a message besides being delivered. Postfix: access(5).
     *
     * @param discard nobody gets it, and nobody is told
     * @param redirect who gets it instead of its recipients
     * @param copies who gets it too
     * @param prepend header fields above all others, Received too; without line ends
     */
    public record Orders(
            boolean hold, boolean discard, Optional<String> redirect, List<String> copies, List<String> prepend) {
        public static final Orders NONE = new Orders(false, false, Optional.empty(), List.of(), List.of());

        public Orders {
            Objects.requireNonNull(redirect);
            copies = List.copyOf(copies);
            prepend = List.copyOf(prepend);
        }

        public static Orders held() {
            return new Orders(true, false, Optional.empty(), List.of(), List.of());
        }

        public static Orders discarded() {
            return new Orders(false, true, Optional.empty(), List.of(), List.of());
        }

        public static Orders redirected(String address) {
            return new Orders(false, false, Optional.of(address), List.of(), List.of());
        }

        public static Orders copied(String address) {
            return new Orders(false, false, Optional.empty(), List.of(address), List.of());
        }

        public static Orders prepended(String field) {
            return new Orders(false, false, Optional.empty(), List.of(), List.of(field));
        }

        /** Both; of two redirections the later one counts. */
        public Orders and(Orders later) {
            if (later.equals(NONE)) {
                return this;
            }
            List<String> allCopies = new ArrayList<>(copies);
            allCopies.addAll(later.copies);
            List<String> allFields = new ArrayList<>(prepend);
            allFields.addAll(later.prepend);
            return new Orders(
                    hold || later.hold,
                    discard || later.discard,
                    later.redirect.or(() -> redirect),
                    allCopies,
                    allFields);
        }
    }

    /** What its origin ordered. */
    public Orders orders() {
        return switch (origin) {
            case Origin.User user -> Orders.NONE;
            case Origin.Network network -> network.orders().get();
            case Origin.MailSystem system -> Orders.NONE;
        };
    }

    /** Whose names complete a client's header fields. Postfix: {@code local_header_rewrite_clients}. */
    public enum HeaderNames {
        /** This machine's; missing fields are added. */
        LOCAL,
        /** {@code remote_header_rewrite_domain}; where that is empty the fields stay as they are, and none is added. */
        REMOTE,
        /** A table that should say it failed: the message must wait. */
        NOT_KNOWN_NOW
    }

    /** Who brought the message. */
    public sealed interface Origin {
        /** A user of this machine, by sendmail: {@code (Recadero, from userid 0)}. */
        record User(int uid) implements Origin {}

        /**
         * A client of the network, by SMTP.
         *
         * @param client for the log
         * @param from what Received says of it: {@code client.example.net (localhost [127.0.0.1])}
         * @param comments lines of Received in parentheses, without them: TLS, authentication
         * @param protocol {@code ESMTP}; RFC 3848
         * @param names with which addresses in the header are completed
         * @param overrides what is not done with its mail
         * @param orders what access tables ordered; asked for what goes on top before the content is read, and for all else behind
         *     it
         */
        record Network(
                Client client,
                String from,
                List<String> comments,
                String protocol,
                HeaderNames names,
                Set<ReceiveOverride> overrides,
                Supplier<Orders> orders)
                implements Origin {
            public Network {
                Objects.requireNonNull(client);
                Objects.requireNonNull(from);
                comments = List.copyOf(comments);
                Objects.requireNonNull(protocol);
                Objects.requireNonNull(names);
                overrides = Set.copyOf(overrides);
                Objects.requireNonNull(orders);
            }
        }

        /**
         * What the log says of a client.
         *
         * @param name {@code localhost[127.0.0.1]}
         * @param login {@code , sasl_method=PLAIN, sasl_username=pepe}; perhaps empty
         * @param protocol {@code ESMTP}, whatever else was agreed
         * @param helo the name that it gave
         */
        record Client(String name, String login, String protocol, Optional<String> helo) {
            public Client {
                Objects.requireNonNull(name);
                Objects.requireNonNull(login);
                Objects.requireNonNull(protocol);
                Objects.requireNonNull(helo);
            }
        }

        /** The mail system. */
        record MailSystem(Kind kind) implements Origin {
            public MailSystem {
                Objects.requireNonNull(kind);
            }
        }

        /** What the mail system sends. Postfix: postconf(5), {@code internal_mail_filter_classes}. */
        enum Kind {
            /** A DSN, whoever gets it. */
            BOUNCE,
            /** A transcript of a session for the postmaster. */
            NOTIFY,
            /** A message that an alias or a {@code .forward} sends on. */
            FORWARD
        }
    }

    public NewMessage {
        Objects.requireNonNull(submission);
        Objects.requireNonNull(sender);
        Objects.requireNonNull(fullName);
        recipients = List.copyOf(recipients);
        headerNotifyOn = Set.copyOf(headerNotifyOn);
        Objects.requireNonNull(body);
        Objects.requireNonNull(envelopeId);
        Objects.requireNonNull(returnFull);
        Objects.requireNonNull(trace);
        prepend = List.copyOf(prepend);
        Objects.requireNonNull(origin);
    }

    /** One whose header recipients get the default notices, and whose sender asked for no report. */
    public NewMessage(
            SubmissionId submission,
            String sender,
            Optional<String> fullName,
            List<Recipient> recipients,
            boolean recipientsFromHeader,
            BodyType body,
            Optional<String> envelopeId,
            Optional<Envelope.Return> returnFull,
            List<String> prepend,
            Origin origin) {
        this(
                submission,
                sender,
                fullName,
                recipients,
                recipientsFromHeader,
                Set.of(),
                body,
                envelopeId,
                returnFull,
                Optional.empty(),
                prepend,
                origin);
    }
}
