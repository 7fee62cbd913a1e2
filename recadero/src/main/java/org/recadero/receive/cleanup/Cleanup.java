package org.recadero.receive.cleanup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.message.AddressText;
import org.recadero.message.MessageScanner;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.queue.Intake;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueFullException;
import org.recadero.rewrite.Completion;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.Router;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;

/**
 * The only door into the queue: completes and mends what comes and commits it. Safe for use by many threads; the calling thread
 * does the work. Of a message it holds one read buffer, one header field and the recipients.
 *
 * <p>A refusal may come before the content was read to its end. Log lines of a message (pickup, message-id) are written just
 * before it is committed, so that they stand above those of its delivery. Postfix: cleanup(8), pickup(8).
 */
public final class Cleanup implements MessageIntake {
    private static final EnhancedStatusCode TOO_BIG = EnhancedStatusCode.of(5, 3, 4);
    private static final EnhancedStatusCode BAD_SENDER = EnhancedStatusCode.of(5, 1, 7);
    private static final EnhancedStatusCode NO_RECIPIENTS = EnhancedStatusCode.of(5, 5, 4);
    private static final EnhancedStatusCode TOO_MANY_RECIPIENTS = EnhancedStatusCode.of(5, 5, 3);
    private static final EnhancedStatusCode BAD_HEADER = EnhancedStatusCode.of(5, 6, 0);
    private static final Findings.Rejection TOO_MANY_HOPS =
            new Findings.Rejection(EnhancedStatusCode.of(5, 4, 6), "too many hops");
    private static final EnhancedStatusCode QUEUE_FULL = EnhancedStatusCode.of(4, 3, 1);

    private final Queue queue;
    private final Supplier<Snapshot> configuration;
    private final UserDatabase users;
    private final MailLog log;
    private final ZoneId zone;
    private final UndeliverableMail undeliverable;
    private final Router.TableOpener open;
    private volatile Rules rules;

    /**
     * @param configuration the snapshot in force; asked once for each message
     * @param zone for Received and Date
     * @param undeliverable takes messages with too many Received fields
     * @param open opens the tables that a configuration names
     */
    public Cleanup(
            Queue queue,
            Supplier<Snapshot> configuration,
            UserDatabase users,
            MailLog log,
            ZoneId zone,
            UndeliverableMail undeliverable,
            Router.TableOpener open) {
        this.queue = Objects.requireNonNull(queue);
        this.configuration = Objects.requireNonNull(configuration);
        this.users = Objects.requireNonNull(users);
        this.log = Objects.requireNonNull(log);
        this.zone = Objects.requireNonNull(zone);
        this.undeliverable = Objects.requireNonNull(undeliverable);
        this.open = Objects.requireNonNull(open);
        this.rules = Rules.of(configuration.get(), open);
    }

    /** @throws ConfigurationException where a table that cleanup needs cannot be used */
    public static void check(Snapshot configuration, Router.TableOpener open) throws ConfigurationException {
        AddressMaps.of(configuration, new Rewriter(configuration), open);
        ContentChecks.of(configuration, open);
        AddedFields.of(configuration);
        Rules.checkedKinds(configuration);
        ReceiveOverride.ofPickup(configuration);
        ReceiveOverride.of(configuration);
    }

    @Override
    public Receipt accept(NewMessage message, InputStream content) throws IOException {
        Optional<QueueId> earlier = queue.taken(message.submission());
        if (earlier.isPresent()) {
            return new Receipt.Queued(earlier.get(), content.transferTo(OutputStream.nullOutputStream()));
        }
        Rules now = rules().of(message.origin());
        ReversePath sender;
        if (message.sender().isEmpty()) {
            sender = ReversePath.none();
        } else {
            switch (now.rewriter().envelope(message.sender())) {
                case Completion.Complete complete -> {
                    switch (now.maps().canonical(AddressMaps.Place.ENVELOPE_SENDER, complete.address())) {
                        case AddressMaps.Rewritten.To(List<Address> one) ->
                            sender = new ReversePath.Sender(one.getFirst());
                        case AddressMaps.Rewritten.Failed(String text) -> {
                            return tableTrouble("", text);
                        }
                    }
                }
                case Completion.Broken broken -> {
                    return refused(BAD_SENDER, "bad sender address syntax: " + broken.reason());
                }
            }
        }
        if (message.origin() instanceof NewMessage.Origin.Network network
                && network.names() == NewMessage.HeaderNames.NOT_KNOWN_NOW) {
            return tableTrouble("", "local_header_rewrite_clients map lookup problem");
        }
        Intake intake;
        try {
            intake = queue.begin();
        } catch (IOException e) {
            return queueTrouble(Optional.empty(), e);
        }
        try (intake) {
            return new Passage(now, message, sender, intake).take(content);
        }
    }

    /** The rules of the configuration in force. */
    private Rules rules() {
        Snapshot current = configuration.get();
        Rules known = rules;
        if (!known.configuration().equals(current)) {
            known = Rules.of(current, open);
            rules = known;
        }
        return known;
    }

    private Receipt queueTrouble(Optional<QueueId> id, IOException cause) {
        log.warning("cleanup", id.map(q -> q + ": ").orElse("") + "queue file write error: " + cause.getMessage());
        return cause instanceof QueueFullException
                ? refused(QUEUE_FULL, "insufficient system storage")
                : refused(EnhancedStatusCode.SYSTEM_TROUBLE, "queue file write error");
    }

    /** Postfix: cleanup(8), a map that fails: the client keeps the message and comes again. */
    private Receipt tableTrouble(String id, String text) {
        log.warning("cleanup", id + text + " -- message not accepted, try again later");
        return refused(EnhancedStatusCode.SYSTEM_TROUBLE, "queue file write error");
    }

    private static Receipt refused(EnhancedStatusCode code, String text) {
        return new Receipt.Refused(code, text);
    }

    private String fullName(NewMessage message) {
        if (message.fullName().isPresent()) {
            return message.fullName().get();
        }
        return switch (message.origin()) {
            case NewMessage.Origin.MailSystem system -> "";
            case NewMessage.Origin.Network network -> "";
            case NewMessage.Origin.User user -> {
                try {
                    yield users.byUid(user.uid())
                            .map(UserDatabase.User::fullName)
                            .orElse("");
                } catch (UserDatabaseException e) {
                    // a name for people to read: not worth making mail wait
                    log.warning("cleanup", "no full name for From: " + e.getMessage());
                    yield "";
                }
            }
        };
    }

    /** One message on its way through. */
    private final class Passage {
        private final Rules now;
        private final NewMessage message;
        private final ReversePath sender;
        private final Intake intake;
        private final CountedOutput out;
        private final ContentWriter writer;
        private final Findings findings;
        private final Optional<CheckedContent> checked;
        private final MessageScanner.Listener first;
        private final MessageScanner scanner;
        private final UnwantedLine unwanted;
        private boolean announced;

        Passage(Rules now, NewMessage message, ReversePath sender, Intake intake) {
            this.now = now;
            this.message = message;
            this.sender = sender;
            this.intake = intake;
            this.out = new CountedOutput(intake.content());
            this.writer = new ContentWriter(
                    now,
                    intake.id(),
                    intake.arrival(),
                    zone,
                    sender,
                    fullName(message),
                    message.recipientsFromHeader(),
                    headerRewriter(message.origin()),
                    out);
            this.findings = new Findings(intake.id(), log, new Subject());
            this.checked = now.checks().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new CheckedContent(now.checks(), findings, writer));
            this.first = checked.<MessageScanner.Listener>map(c -> c).orElse(writer);
            this.unwanted = new UnwantedLine(now.unwanted());
            this.scanner = new MessageScanner(now.fieldLimitBytes(), now.lineLimitBytes(), isFromUser(), first);
        }

        /** What a check's log line says of this message. */
        private final class Subject implements Findings.Subject {
            @Override
            public void announce() {
                Passage.this.announce();
                writer.log(log);
            }

            @Override
            public String session() {
                return switch (message.origin()) {
                    case NewMessage.Origin.Network network ->
                        " proto=" + network.client().protocol()
                                + network.client()
                                        .helo()
                                        .map(name -> " helo=<" + name + ">")
                                        .orElse("");
                    case NewMessage.Origin.User user -> "";
                    case NewMessage.Origin.MailSystem system -> "";
                };
            }

            @Override
            public String description() {
                StringBuilder text = new StringBuilder("from ");
                text.append(
                        switch (message.origin()) {
                            case NewMessage.Origin.User user -> "local";
                            case NewMessage.Origin.Network network ->
                                network.client().name();
                            case NewMessage.Origin.MailSystem system -> "unknown";
                        });
                text.append("; from=<").append(sender).append('>');
                if (!message.recipients().isEmpty()) {
                    text.append(" to=<").append(lastRecipient()).append('>');
                }
                return text.toString();
            }

            /** Postfix names the one that the client gave last, by its canonical address. */
            private String lastRecipient() {
                String given = message.recipients().getLast().address();
                if (now.rewriter().recipient(given) instanceof Completion.Complete(Address complete)) {
                    return switch (now.maps().canonical(AddressMaps.Place.ENVELOPE_RECIPIENT, complete)) {
                        case AddressMaps.Rewritten.To(List<Address> one) ->
                            one.getFirst().external();
                        case AddressMaps.Rewritten.Failed failed -> complete.external();
                    };
                }
                return given;
            }
        }

        /** What completes addresses in the header; empty: nothing does, and no field is added. */
        private Optional<Rewriter> headerRewriter(NewMessage.Origin origin) {
            return switch (origin) {
                case NewMessage.Origin.User user -> Optional.of(now.rewriter());
                case NewMessage.Origin.MailSystem system -> Optional.of(now.rewriter());
                case NewMessage.Origin.Network network ->
                    network.names() == NewMessage.HeaderNames.LOCAL
                            ? Optional.of(now.rewriter())
                            : now.strangersHeaders();
            };
        }

        private boolean isFromUser() {
            return switch (message.origin()) {
                case NewMessage.Origin.User user -> true;
                case NewMessage.Origin.Network network -> false;
                case NewMessage.Origin.MailSystem system -> false;
            };
        }

        Receipt take(InputStream content) throws IOException {
            Optional<Receipt> trouble = guarded(() -> writer.begin(message, first));
            byte[] buffer = new byte[2048];
            long size = 0;
            int length;
            while (trouble.isEmpty() && (length = content.read(buffer)) >= 0) {
                size += length;
                if (now.sizeLimitBytes() > 0 && size > now.sizeLimitBytes()) {
                    return refused(TOO_BIG, "message file too big");
                }
                trouble = feed(buffer, length);
                if (findings.discarded()) {
                    return new Receipt.Discarded(
                            intake.id(), size + content.transferTo(OutputStream.nullOutputStream()));
                }
            }
            if (trouble.isEmpty()) {
                if (unwanted.isLast()) {
                    findings.unwanted(unwanted.shown());
                }
                trouble = guarded(this::finish).or(this::refusal);
            }
            if (trouble.isEmpty() && findings.discarded()) {
                return new Receipt.Discarded(intake.id(), size);
            }
            return trouble.isPresent() ? trouble.get() : commit();
        }

        /**
         * Postfix: cleanup(8): what is not wanted is looked for before anything is taken out, and line by line. DIFFERS: a header line
         * that has it is not left out of what a user gets back.
         */
        private Optional<Receipt> feed(byte[] buffer, int length) {
            int line = unwanted.look(buffer, length);
            if (line < 0) {
                return feed(buffer, 0, length);
            }
            Optional<Receipt> trouble = feed(buffer, 0, line);
            findings.unwanted(unwanted.shown());
            return trouble.isPresent() ? trouble : feed(buffer, line, length);
        }

        private Optional<Receipt> feed(byte[] buffer, int from, int to) {
            int end = now.stripped().strip(buffer, from, to);
            return guarded(() -> scanner.feed(buffer, from, end - from)).or(this::refusal);
        }

        /**
         * What the checks found, where that ends it. A user's message is taken and returned, as Postfix's pickup does: who calls
         * sendmail sees no difference. One that he may send again later is not: nothing keeps it here.
         */
        private Optional<Receipt> refusal() {
            if (findings.trouble().isPresent()) {
                announce();
                return Optional.of(
                        tableTrouble(intake.id() + ": ", findings.trouble().get()));
            }
            return findings.rejection()
                    .filter(r -> !isFromUser() || r.code().statusClass() == 4)
                    .map(r -> new Receipt.Refused(r.code(), r.text(), true));
        }

        private void finish() throws IOException {
            scanner.finish();
            if (checked.isPresent()) {
                checked.get().finish();
            }
            out.flush();
        }

        private Receipt commit() {
            if (message.recipientsFromHeader() && writer.wasTruncated()) {
                return refused(BAD_HEADER, "unable to extract recipients: message header length exceeds safety limit");
            }
            RecipientList recipients = new RecipientList(now, getsCopies());
            NewMessage.Orders orders = message.orders();
            for (NewMessage.Recipient given : message.recipients()) {
                recipients.add(given);
            }
            for (String address : writer.recipients()) {
                recipients.add(new NewMessage.Recipient(
                        address, Optional.empty(), message.headerNotifyOn(), Optional.empty()));
            }
            Optional<String> trouble = writer.trouble();
            orders.copies().forEach(recipients::addCopy);
            if (getsCopies() && !recipients.all().isEmpty()) {
                addCopies(recipients);
            }
            if (!isQuestion() && !recipients.all().isEmpty()) {
                findings.copies().forEach(recipients::addSilentCopy);
            }
            findings.redirect().or(orders::redirect).ifPresent(recipients::redirect);
            trouble = trouble.or(recipients::trouble);
            if (trouble.isPresent()) {
                return tableTrouble(intake.id() + ": ", trouble.get());
            }
            if (recipients.all().isEmpty()) {
                return refused(
                        NO_RECIPIENTS,
                        message.recipientsFromHeader()
                                ? "No recipient addresses found in message header"
                                : "Recipient addresses must be specified on the command line or via the -t option");
            }
            if (recipients.isFull()) {
                return refused(TOO_MANY_RECIPIENTS, "too many recipients");
            }
            boolean looping = writer.hops() >= now.hopLimit();
            log(looping);
            if (orders.discard()) {
                // its sender is not to know
                return new Receipt.Discarded(intake.id(), out.count());
            }
            boolean returned = looping || findings.rejection().isPresent();
            QueueId id;
            try {
                id = intake.commit(
                        message.submission(), envelope(recipients), returned || orders.hold() || findings.held());
            } catch (IOException e) {
                return queueTrouble(Optional.of(intake.id()), e);
            }
            if (returned && id.equals(intake.id())) {
                giveBack(id, looping ? TOO_MANY_HOPS : findings.rejection().orElseThrow());
            }
            return new Receipt.Queued(id, out.count());
        }

        private boolean isFromMailSystem() {
            return message.origin() instanceof NewMessage.Origin.MailSystem;
        }

        /** Not what the mail system sends, and not a question what would become of mail. */
        private boolean getsCopies() {
            return !isFromMailSystem() && !isQuestion();
        }

        private boolean isQuestion() {
            return message.trace().equals(Optional.of(Envelope.Trace.VERIFY));
        }

        /** {@code sender_bcc_maps} and {@code always_bcc}; what the mail system itself sends is not copied. */
        private void addCopies(RecipientList recipients) {
            if (sender instanceof ReversePath.Sender(Address address)) {
                recipients.each(now.maps().bccOfSender(address), copy -> recipients.addSilentCopy(copy.internal()));
            }
            if (!now.maps().alwaysBcc().isEmpty()) {
                recipients.addSilentCopy(now.maps().alwaysBcc());
            }
        }

        /** Says in the log who brought it; once. */
        private void announce() {
            if (announced) {
                return;
            }
            announced = true;
            switch (message.origin()) {
                case NewMessage.Origin.User user ->
                    log.pickup(
                            intake.id(),
                            user.uid(),
                            message.sender().isEmpty() ? "" : AddressText.external(message.sender()));
                case NewMessage.Origin.Network network ->
                    log.info(
                            "smtpd",
                            intake.id() + ": client=" + network.client().name()
                                    + network.client().login());
                case NewMessage.Origin.MailSystem system -> {}
            }
        }

        private void log(boolean looping) {
            announce();
            if (looping) {
                log.warning("cleanup", intake.id() + ": message rejected: hopcount exceeded");
            }
            writer.log(log);
        }

        private Envelope envelope(RecipientList recipients) {
            return new Envelope(
                    sender,
                    message.fullName(),
                    recipients.all(),
                    scanner.sawEightBit() ? BodyType.EIGHT_BIT_MIME : message.body(),
                    message.envelopeId(),
                    // Postfix: cleanup(8): of content that is not wanted only the header goes back
                    findings.rejection().isPresent() ? Optional.of(Envelope.Return.HEADERS) : message.returnFull(),
                    message.trace(),
                    switch (message.origin()) {
                        case NewMessage.Origin.User user -> Optional.of(user.uid());
                        case NewMessage.Origin.Network network -> Optional.empty();
                        case NewMessage.Origin.MailSystem system -> Optional.empty();
                    });
        }

        /** Postfix: cleanup(8), {@code hopcount_limit}, header_checks(5): accepted, then returned. */
        private void giveBack(QueueId id, Findings.Rejection why) {
            DeliveryStatus status = DeliveryStatus.of("none", why.code(), why.text(), Duration.ZERO);
            try {
                undeliverable.giveBack(id, status);
            } catch (IOException | RuntimeException e) {
                // it is queued, and the client must not send it again
                log.warning(
                        "cleanup",
                        id + ": " + why.text() + "; stays on hold, since its sender could not be told: " + e);
            }
        }

        private Optional<Receipt> guarded(Writing step) {
            try {
                step.run();
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of(queueTrouble(Optional.of(intake.id()), e));
            }
        }
    }

    /** A step that writes to the queue and reads nothing: its failure is the queue's. */
    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }
}
