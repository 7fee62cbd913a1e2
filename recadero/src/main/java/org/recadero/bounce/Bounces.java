package org.recadero.bounce;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.message.MailDate;
import org.recadero.queue.QueuedMessage;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;

/**
 * Writes delivery status notifications and hands them to cleanup. The submission id of a notice is derived from its message's
 * random id, so that a crash between notice and record does not double it. Mail of the null sender is never answered (RFC 5321
 * §4.5.5). Safe for all threads.
 */
public final class Bounces {
    private final MessageIntake cleanup;
    private final Supplier<? extends Configuration> configuration;
    private final MailLog log;
    private final ZoneId zone;

    public Bounces(
            MessageIntake cleanup, Supplier<? extends Configuration> configuration, MailLog log, ZoneId zone) {
        this.cleanup = Objects.requireNonNull(cleanup);
        this.configuration = Objects.requireNonNull(configuration);
        this.log = Objects.requireNonNull(log);
        this.zone = Objects.requireNonNull(zone);
    }

    private enum Kind {
        FAILURE("Undelivered Mail Returned to Sender", "failed", "sender non-delivery notification"),
        DELAY("Delayed Mail (still being retried)", "delayed", "sender delay notification");

        final String subject;
        final String action;
        final String logged;

        Kind(String subject, String action, String logged) {
            this.subject = subject;
            this.action = action;
            this.logged = logged;
        }
    }

    /** Tells the sender that these recipients will never get it; on disk when it returns. */
    public void failure(QueuedMessage message, List<FailedRecipient> recipients, Delivery.Content content)
            throws IOException {
        List<FailedRecipient> told = recipients.stream()
                .filter(f -> f.recipient().recipient().wantsFailure())
                .toList();
        send(Kind.FAILURE, message, told, content);
    }

    /** Tells the sender that these recipients still wait. */
    public void delay(QueuedMessage message, List<FailedRecipient> recipients, Delivery.Content content)
            throws IOException {
        send(Kind.DELAY, message, recipients, content);
    }

    private void send(Kind kind, QueuedMessage message, List<FailedRecipient> recipients, Delivery.Content content)
            throws IOException {
        if (recipients.isEmpty() || !(message.envelope().sender() instanceof ReversePath.Sender sender)) {
            return;
        }
        Configuration now = configuration.get();
        String boundary = message.id() + "." + message.arrival().getEpochSecond() + "/" + now.get(Parameters.MYHOSTNAME);
        byte[] head = report(kind, message, recipients, now, boundary).getBytes(StandardCharsets.UTF_8);
        byte[] tail = ("\n--" + boundary + "--\n").getBytes(StandardCharsets.UTF_8);
        NewMessage notice = new NewMessage(
                derived(message.random(), kind.name() + message.attempts()),
                "",
                Optional.empty(),
                List.of(new NewMessage.Recipient(
                        sender.address().internal(), Optional.empty(), Set.of(), Optional.empty())),
                false,
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.MailSystem());
        try (InputStream original = content.open();
                InputStream whole = new SequenceInputStream(Collections.enumeration(List.of(
                        new ByteArrayInputStream(head),
                        bounded(original, now.get(Parameters.BOUNCE_SIZE_LIMIT)),
                        new ByteArrayInputStream(tail))))) {
            switch (cleanup.accept(notice, whole)) {
                case Receipt.Queued queued -> log.notification(message.id(), kind.logged, queued.id());
                case Receipt.Refused refused -> throw new IOException(refused.text());
            }
        }
    }

    private static InputStream bounded(InputStream original, long limit) throws IOException {
        return limit <= 0 ? original : new ByteArrayInputStream(original.readNBytes((int) Math.min(limit, 1 << 24)));
    }

    private String report(
            Kind kind, QueuedMessage message, List<FailedRecipient> recipients, Configuration now, String boundary) {
        String host = now.get(Parameters.MYHOSTNAME);
        String name = now.get(Parameters.MAIL_NAME);
        String sender = message.envelope().sender().toString();
        StringBuilder text = new StringBuilder(2_000);
        text.append("From: Mail Delivery System <MAILER-DAEMON>\nSubject: ").append(kind.subject);
        text.append("\nTo: ").append(sender).append("\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n");
        text.append("Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"");
        text.append(boundary).append("\"\nContent-Transfer-Encoding: 8bit\n\n");
        text.append("This is a MIME-encapsulated message.\n\n--").append(boundary);
        text.append("\nContent-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\n");
        text.append("This is the mail system at host ").append(host).append(".\n\n");
        text.append(
                kind == Kind.FAILURE
                        ? "Your message could not be delivered to the recipients named below;\nit comes back with this notice.\n\n"
                        : "Your message has not been delivered yet. It is still being tried;\nyou need not send it again.\n\n");
        for (FailedRecipient failed : recipients) {
            text.append('<').append(failed.recipient().recipient().address()).append(">: ");
            text.append(failed.status().text()).append("\n\n");
        }
        text.append("--").append(boundary);
        text.append("\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n");
        text.append("Reporting-MTA: dns; ").append(host).append("\nX-").append(name).append("-Queue-ID: ");
        text.append(message.id()).append("\nX-").append(name).append("-Sender: rfc822; ").append(sender);
        text.append("\nArrival-Date: ").append(MailDate.rfc5322(message.arrival(), zone)).append('\n');
        for (FailedRecipient failed : recipients) {
            recipient(text, kind, failed, name);
        }
        text.append("\n--").append(boundary);
        text.append("\nContent-Description: ").append(kind == Kind.FAILURE ? "Undelivered" : "Delayed");
        text.append(" Message\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n");
        text.append("Return-Path: <").append(sender).append(">\n");
        return text.toString();
    }

    /** RFC 3464 §2.3. */
    private static void recipient(StringBuilder text, Kind kind, FailedRecipient failed, String name) {
        var recipient = failed.recipient().recipient();
        text.append("\nFinal-Recipient: rfc822; ").append(recipient.address());
        text.append("\nOriginal-Recipient: ")
                .append(recipient.originalRecipient().orElse("rfc822;" + recipient.original()));
        text.append("\nAction: ").append(kind.action).append("\nStatus: ").append(failed.status().code());
        failed.status().remoteMta().ifPresent(mta -> text.append("\nRemote-MTA: dns; ").append(mta));
        text.append("\nDiagnostic-Code: ");
        text.append(failed.status().diagnostic().map(d -> d.type() + "; " + d.text())
                .orElse("X-" + name + "; " + failed.status().text()));
        text.append('\n');
    }

    /** An id that this message and label always give. */
    public static SubmissionId derived(SubmissionId random, String label) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((random + label).getBytes(StandardCharsets.UTF_8));
            ByteBuffer bytes = ByteBuffer.wrap(digest.digest());
            return new SubmissionId(bytes.getLong(), bytes.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
