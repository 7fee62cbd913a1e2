package org.recadero.bounce;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;

/**
 * Tells senders and postmasters. What a method tells is durable when it returns (SAFETY 10).
 *
 * <p>The null sender is never answered (RFC 5321 §4.5.5); what is said of its mail goes to the postmaster if {@code
 * notify_classes} has {@code 2bounce}, and a notice that cannot be delivered either is thrown away with a warning. Each report's
 * submission id comes from its message's random id, so that a crash does not double it. Safe for use by many threads.
 */
public final class Bounces {
    /** The field, as it may be quoted in another. */
    private static final Pattern MESSAGE_ID =
            Pattern.compile("(?mi)^Message-Id[ \t]*:[ \t]*(?:\n[ \t]+)?(<[!-;=?-~]{1,900}>)[ \t]*$");

    /** Recipients in one report; more make more reports. */
    static final int MOST_RECIPIENTS = 1_000;

    /** Of the original's header at most so much goes along, bytes. */
    static final int MOST_HEADER_BYTES = 256 << 10;

    /** Trouble of the mail system itself that a postmaster may want to hear of. Postfix: {@code notify_classes}. */
    public enum Trouble {
        RESOURCE,
        SOFTWARE;

        private String word() {
            return switch (this) {
                case RESOURCE -> "resource";
                case SOFTWARE -> "software";
            };
        }
    }

    private final MessageIntake cleanup;
    private final Supplier<? extends Configuration> configuration;
    private final MailLog log;
    private final ZoneId zone;
    private final InstantSource clock;
    private volatile @Nullable Wording wording;

    /** With the system's clock. */
    public Bounces(MessageIntake cleanup, Supplier<? extends Configuration> configuration, MailLog log, ZoneId zone) {
        this(cleanup, configuration, log, zone, InstantSource.system());
    }

    /** @param configuration the snapshot in force; asked once for each call */
    public Bounces(
            MessageIntake cleanup,
            Supplier<? extends Configuration> configuration,
            MailLog log,
            ZoneId zone,
            InstantSource clock) {
        this.cleanup = Objects.requireNonNull(cleanup);
        this.configuration = Objects.requireNonNull(configuration);
        this.log = Objects.requireNonNull(log);
        this.zone = Objects.requireNonNull(zone);
        this.clock = Objects.requireNonNull(clock);
    }

    /**
     * Recipients that will never get the message. The sender hears of those whose NOTIFY allows it (RFC 3461 §4.1), a list's
     * owner of its members, the postmaster of all, if {@code notify_classes} has {@code bounce}.
     *
     * @throws IOException where a report could not be put into the queue; then the recipients are not done
     */
    public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException {
        Configuration now = configuration.get();
        List<String> classes = now.get(Parameters.NOTIFY_CLASSES);
        switch (message.envelope().sender()) {
            case ReversePath.Null none -> {
                // Postfix: postconf(5): bounce implies 2bounce
                if (classes.contains("2bounce") || classes.contains("bounce")) {
                    Notice notice = new Notice(now, message, Report.Kind.FAILED, content);
                    notice.postmaster(recipients, now.get(Parameters.TWOBOUNCE_NOTICE_RECIPIENT), false);
                }
            }
            case ReversePath.Sender sender
            when isDoubleBounce(now, sender) ->
                log.warning("bounce", Optional.of(message.id()), "undeliverable postmaster notification discarded");
            case ReversePath.Sender sender -> {
                Notice notice = new Notice(now, message, Report.Kind.FAILED, content);
                notice.sender(
                        recipients.stream()
                                .filter(f -> f.status().owner().isEmpty()
                                        && f.recipient().recipient().wantsFailure())
                                .toList(),
                        sender);
                notice.owners(recipients);
                if (classes.contains("bounce")) {
                    notice.postmaster(recipients, now.get(Parameters.BOUNCE_NOTICE_RECIPIENT), true);
                }
            }
        }
    }

    /**
     * Recipients that still wait, after {@code delay_warning_time}.
     *
     * @throws IOException where a report could not be put into the queue
     */
    public void delay(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException {
        Configuration now = configuration.get();
        switch (message.envelope().sender()) {
            case ReversePath.Null none -> {}
            case ReversePath.Sender sender when isDoubleBounce(now, sender) -> {}
            case ReversePath.Sender sender -> {
                Notice notice = new Notice(now, message, Report.Kind.DELAYED, content);
                notice.sender(
                        recipients.stream()
                                .filter(f -> f.recipient().recipient().wantsDelay())
                                .toList(),
                        sender);
                if (now.get(Parameters.NOTIFY_CLASSES).contains("delay")) {
                    notice.postmaster(recipients, now.get(Parameters.DELAY_NOTICE_RECIPIENT), true);
                }
            }
        }
    }

    /**
     * Recipients that have the message, of whom the sender is to be told so: since NOTIFY asked for it (RFC 3461 §4.1), or since he was
     * warned of a delay before.
     *
     * @throws IOException where a report could not be put into the queue
     */
    public void success(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException {
        Configuration now = configuration.get();
        switch (message.envelope().sender()) {
            case ReversePath.Null none -> {}
            case ReversePath.Sender sender -> {
                Notice notice = new Notice(now, message, Report.Kind.DELIVERED, content);
                notice.sender(recipients, sender);
            }
        }
    }

    /**
     * What the sender asked for: what would become of the mail, or what came of its first attempt. Nobody else hears of it.
     *
     * @throws IOException where a report could not be put into the queue
     */
    public void trace(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException {
        switch (message.envelope().sender()) {
            case ReversePath.Null none ->
                log.info("bounce", message.id() + ": not sending trace/success notification for single-bounce message");
            case ReversePath.Sender sender ->
                new Notice(configuration.get(), message, Report.Kind.TRACED, content).sender(recipients, sender);
        }
    }

    /**
     * Tells the postmaster of trouble of the mail system, if {@code notify_classes} has its class.
     *
     * @param id under which it is told once
     * @param what one line: the subject says it
     * @param transcript what happened, line by line
     * @return the notice's id; empty where the class is not set
     * @throws IOException where the notice could not be put into the queue
     */
    public Optional<QueueId> trouble(Trouble kind, SubmissionId id, String what, List<String> transcript)
            throws IOException {
        Configuration now = configuration.get();
        if (!now.get(Parameters.NOTIFY_CLASSES).contains(kind.word())) {
            return Optional.empty();
        }
        return Optional.of(toPostmaster(now, now.get(Parameters.MYORIGIN), id, ": " + what, transcript));
    }

    /**
     * Tells the postmaster of an SMTP session with errors; whether he wants to hear of them was looked at before. Postfix:
     * smtpd_chat(3).
     *
     * @param id under which it is told once
     * @param client {@code unknown[192.0.2.9]}
     * @throws IOException where the notice could not be put into the queue
     */
    public QueueId session(SubmissionId id, String client, List<String> transcript) throws IOException {
        Configuration now = configuration.get();
        String subject = " SMTP server: errors from " + client;
        return toPostmaster(now, now.get(Parameters.MYHOSTNAME), id, subject, transcript);
    }

    /**
     * Tells somebody of this machine that his mail waits.
     *
     * @param id under which it is told once
     * @param to an address whose mailbox is here
     * @param what for the subject, behind the mail system's name
     * @throws IOException where the notice could not be put into the queue
     */
    public QueueId waiting(SubmissionId id, String to, String what, List<String> lines) throws IOException {
        Configuration now = configuration.get();
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(OneLine.of(line)).append('\n'));
        return tell(now, now.get(Parameters.MYORIGIN), id, "", to, ": " + what, text.toString());
    }

    /**
     * @param domain of the From field
     * @param subject behind the mail system's name
     */
    private QueueId toPostmaster(
            Configuration now, String domain, SubmissionId id, String subject, List<String> transcript)
            throws IOException {
        StringBuilder text = new StringBuilder("Transcript of session follows.\n\n");
        transcript.forEach(line -> text.append(' ').append(folded(line)).append('\n'));
        text.append("\n\nFor other details, see the local mail logfile\n");
        return tell(
                now, domain, id, "Postmaster ", now.get(Parameters.ERROR_NOTICE_RECIPIENT), subject, text.toString());
    }

    private QueueId tell(
            Configuration now, String domain, SubmissionId id, String name, String to, String subject, String body)
            throws IOException {
        StringBuilder text = new StringBuilder();
        boolean obsolete = now.get(Parameters.HEADER_FROM_FORMAT).equals("obsolete");
        text.append("From: ").append(named("Mail Delivery System ", "MAILER-DAEMON@" + domain, obsolete));
        text.append("\nTo: ").append(named(name, complete(now, to), obsolete));
        text.append("\nSubject: ").append(now.get(Parameters.MAIL_NAME));
        text.append(OneLine.of(subject));
        text.append("\nAuto-Submitted: auto-generated\n\n").append(body);
        NewMessage notice = mail(id, doubleBounce(now), to, NewMessage.Origin.Kind.NOTIFY);
        return queue(notice, new ByteArrayInputStream(bytes(text.toString())));
    }

    /** @param name with a blank behind it; or empty */
    private static String named(String name, String address, boolean obsolete) {
        return obsolete && !name.isEmpty() ? address + " (" + name.strip() + ")" : name + "<" + address + ">";
    }

    private static String folded(String line) {
        return Folding.fold(OneLine.of(line)).replace("\n", "\n ");
    }

    /** What is told of one message; one report or several. */
    private final class Notice {
        private final Configuration now;
        private final QueuedMessage message;
        private final Report.Kind kind;
        private final Content content;
        /** Postfix: postconf(5), bounce_size_limit: of a larger message the header only. */
        private final boolean large;

        private Notice(Configuration now, QueuedMessage message, Report.Kind kind, Content content) {
            this.now = now;
            this.message = message;
            this.kind = kind;
            this.content = content;
            this.large = message.sizeBytes() > now.get(Parameters.BOUNCE_SIZE_LIMIT);
        }

        private void sender(List<FailedRecipient> recipients, ReversePath.Sender sender) throws IOException {
            boolean headersOnly = switch (kind) {
                case FAILED ->
                    // RFC 3461 §4.3
                    message.envelope().returnFull().equals(Optional.of(Envelope.Return.HEADERS));
                case DELAYED, DELIVERED, TRACED -> true;
            };
            for (List<FailedRecipient> some : inPieces(recipients)) {
                String to = sender.address().external();
                tell(
                        report(Report.Reader.SENDER, to, some, headersOnly),
                        "",
                        sender.address().internal());
            }
        }

        /** RFC 3461 §5.2.7.3. DIFFERS: each owner gets one report; Postfix: bounce(8) sends one for each place. */
        private void owners(List<FailedRecipient> recipients) throws IOException {
            Map<Address, List<FailedRecipient>> byOwner = new LinkedHashMap<>();
            for (FailedRecipient each : recipients) {
                each.status()
                        .owner()
                        .ifPresent(owner -> byOwner.computeIfAbsent(owner, o -> new ArrayList<>())
                                .add(each));
            }
            for (Map.Entry<Address, List<FailedRecipient>> each : byOwner.entrySet()) {
                sender(each.getValue(), new ReversePath.Sender(each.getKey()));
            }
        }

        private void postmaster(List<FailedRecipient> recipients, String to, boolean headersOnly) throws IOException {
            for (List<FailedRecipient> some : inPieces(recipients)) {
                tell(report(Report.Reader.POSTMASTER, complete(now, to), some, headersOnly), doubleBounce(now), to);
            }
        }

        /** Postfix: postconf(5), enable_threaded_bounces. RFC 5322 §3.6.4. */
        private Optional<String> thread() throws IOException {
            if (!now.get(Parameters.ENABLE_THREADED_BOUNCES)) {
                return Optional.empty();
            }
            try (InputStream original = content.open()) {
                Matcher field = MESSAGE_ID.matcher(new String(header(original), StandardCharsets.ISO_8859_1));
                return field.find() ? Optional.of(field.group(1)) : Optional.empty();
            }
        }

        /**
         * Postfix: postconf(5), smtputf8_autodetect_classes: what sendmail submits is international where its header is not
         * all ASCII.
         */
        private boolean isInternational() throws IOException {
            if (message.envelope().uid().isEmpty() || message.envelope().body() != BodyType.EIGHT_BIT_MIME) {
                return false;
            }
            try (InputStream original = content.open()) {
                for (byte b : header(original)) {
                    if (b < 0) {
                        return true;
                    }
                }
                return false;
            }
        }

        private Report report(Report.Reader reader, String to, List<FailedRecipient> recipients, boolean headersOnly)
                throws IOException {
            Duration lifetime = now.get(Parameters.MAXIMAL_QUEUE_LIFETIME);
            return new Report(
                    message, kind, reader, to, recipients, headersOnly || large, thread(), isInternational(), lifetime);
        }

        private void tell(Report report, String from, String to) throws IOException {
            Instant time = clock.instant();
            ReportWriter writer = writer(now, report.kind().template());
            String ranks = report.recipients().stream()
                    .map(f -> Integer.toString(f.recipient().ordinal()))
                    .collect(Collectors.joining(","));
            String owner = report.recipients()
                    .getFirst()
                    .status()
                    .owner()
                    .map(o -> " owner " + o.internal())
                    .orElse("");
            String label = report.reader() + " " + report.kind() + ":" + ranks + owner;
            NewMessage mail = mail(message.random().derived(label), from, to, NewMessage.Origin.Kind.BOUNCE);
            try (InputStream original = content.open()) {
                InputStream middle = report.headersOnly() ? new ByteArrayInputStream(header(original)) : original;
                InputStream whole = new SequenceInputStream(Collections.enumeration(List.of(
                        new ByteArrayInputStream(bytes(writer.beginning(report, time))),
                        middle,
                        new ByteArrayInputStream(bytes(writer.end(report, time))))));
                log.notification(message.id(), report.loggedAs(), queue(mail, whole));
            }
        }
    }

    private ReportWriter writer(Configuration now, Template.Kind kind) {
        try {
            return new ReportWriter(now, templates(now).get(kind), zone);
        } catch (ConfigurationException e) {
            throw new IllegalStateException("a template was not looked through: " + e.getMessage(), e);
        }
    }

    /** At the start and after a reload, so that it is said at once what is wrong with the administrator's templates. */
    public void readTemplates() {
        templates(configuration.get());
    }

    /** Read once for each configuration, as Postfix does when bounce(8) starts. */
    private Templates templates(Configuration now) {
        Wording known = wording;
        if (known == null || !known.configuration().equals(now)) {
            known = new Wording(now, Templates.of(now));
            wording = known;
            known.templates().warnings().forEach(w -> log.warning("bounce", w));
        }
        return known.templates();
    }

    private record Wording(Configuration configuration, Templates templates) {}

    private static List<List<FailedRecipient>> inPieces(List<FailedRecipient> recipients) {
        List<List<FailedRecipient>> pieces = new ArrayList<>();
        for (int from = 0; from < recipients.size(); from += MOST_RECIPIENTS) {
            pieces.add(recipients.subList(from, Math.min(recipients.size(), from + MOST_RECIPIENTS)));
        }
        return pieces;
    }

    private static NewMessage mail(SubmissionId id, String from, String to, NewMessage.Origin.Kind kind) {
        return new NewMessage(
                id,
                from,
                Optional.empty(),
                List.of(NewMessage.Recipient.of(to)),
                false,
                BodyType.EIGHT_BIT_MIME,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.MailSystem(kind));
    }

    private QueueId queue(NewMessage mail, InputStream content) throws IOException {
        return switch (cleanup.accept(mail, content)) {
            case Receipt.Queued queued -> queued.id();
            // a header check said so (internal_mail_filter_classes)
            case Receipt.Discarded discarded -> discarded.id();
            case Receipt.Refused refused ->
                throw new IOException("a report was refused: " + refused.code() + " " + refused.text());
        };
    }

    /** The original's header, up to its last line that fits; the queue's content ends with a line feed. */
    private static byte[] header(InputStream content) throws IOException {
        byte[] start = content.readNBytes(MOST_HEADER_BYTES);
        int line = 0;
        for (int i = 0; i < start.length; i++) {
            if (start[i] == '\n') {
                if (i == line) {
                    break;
                }
                line = i + 1;
            }
        }
        return Arrays.copyOf(start, line);
    }

    private static boolean isDoubleBounce(Configuration now, ReversePath.Sender sender) {
        return sender.address().internal().equalsIgnoreCase(doubleBounce(now));
    }

    private static String doubleBounce(Configuration now) {
        return now.get(Parameters.DOUBLE_BOUNCE_SENDER) + "@" + now.get(Parameters.MYHOSTNAME);
    }

    private static String complete(Configuration now, String address) {
        return address.indexOf('@') < 0 ? address + "@" + now.get(Parameters.MYORIGIN) : address;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** An id that this message and label always give. */
    public static SubmissionId derived(SubmissionId random, String label) {
        return random.derived(label);
    }
}
