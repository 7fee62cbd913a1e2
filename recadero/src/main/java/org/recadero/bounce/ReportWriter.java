package org.recadero.bounce;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;
import org.recadero.message.MailDate;
import org.recadero.queue.QueuedMessage;
import org.recadero.status.DeliveryStatus;

/**
 * Writes a report's text up to the place where the original message follows, and what stands behind that. Pure. The fields, the
 * words and their order are Postfix's (bounce(5)), since programs read them; RFC 3464 §2, RFC 3462.
 */
final class ReportWriter {
    private static final String STANDARD_FROM = "Mail Delivery System <MAILER-DAEMON>";

    private final boolean obsoleteFrom;
    private final String host;
    private final String origin;
    private final String mailName;
    private final ZoneId zone;
    private final Template template;
    private final String wording;

    /** @throws ConfigurationException where the template names what nobody knows */
    ReportWriter(Configuration configuration, Template template, ZoneId zone) throws ConfigurationException {
        this.template = Objects.requireNonNull(template);
        this.wording = template.expanded(configuration);
        this.obsoleteFrom = configuration.get(Parameters.HEADER_FROM_FORMAT).equals("obsolete");
        this.host = configuration.get(Parameters.MYHOSTNAME);
        this.origin = configuration.get(Parameters.MYORIGIN);
        this.mailName = configuration.get(Parameters.MAIL_NAME);
        this.zone = Objects.requireNonNull(zone);
    }

    /** Header and parts, up to and with the original's Return-Path. */
    String beginning(Report report, Instant now) {
        String boundary = boundary(report, now);
        StringBuilder text = new StringBuilder(2_000 + 400 * report.recipients().size());
        header(text, report, boundary, now);
        part(text, boundary, "Notification", "text/plain; charset=utf-8", true);
        notification(text, report);
        text.append('\n');
        boolean international = report.international();
        part(
                text,
                boundary,
                "Delivery report",
                international ? "message/global-delivery-status" : "message/delivery-status",
                international);
        deliveryReport(text, report);
        text.append('\n');
        if (report.headersOnly()) {
            String type = international ? "message/global-headers" : "text/rfc822-headers";
            part(text, boundary, original(report) + " Headers", type, true);
        } else {
            part(text, boundary, original(report), international ? "message/global" : "message/rfc822", true);
        }
        text.append("Return-Path: <").append(sender(report.message())).append(">\n");
        return text.toString();
    }

    private static String original(Report report) {
        return switch (report.kind()) {
            case FAILED, DELAYED -> "Undelivered Message";
            case DELIVERED, TRACED -> "Message";
        };
    }

    /** What follows the original. */
    String end(Report report, Instant now) {
        return "\n--" + boundary(report, now) + "--\n";
    }

    private String boundary(Report report, Instant now) {
        return report.message().id() + "." + now.getEpochSecond() + "/" + host;
    }

    private void header(StringBuilder text, Report report, String boundary, Instant now) {
        text.append("Date: ").append(MailDate.rfc5322(now, zone)).append('\n');
        text.append("From: ").append(from());
        text.append("\nSubject: ").append(subject(report)).append('\n');
        text.append("To: ").append(OneLine.of(report.to())).append('\n');
        report.thread()
                .ifPresent(id -> text.append("References: ")
                        .append(id)
                        .append("\nIn-Reply-To: ")
                        .append(id)
                        .append('\n'));
        // RFC 3834 §5
        text.append("Auto-Submitted: ")
                .append(
                        switch (report.reader()) {
                            case SENDER -> "auto-replied";
                            case POSTMASTER -> "auto-generated";
                        })
                .append('\n');
        text.append("MIME-Version: 1.0\n");
        text.append("Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"")
                .append(boundary)
                .append("\"\n");
        text.append("Content-Transfer-Encoding: 8bit\n\n");
        text.append("This is a MIME-encapsulated message.\n\n");
    }

    /** Postfix: postconf(5), header_from_format: that of the words that come along with the program. */
    private String from() {
        return obsoleteFrom && template.from().equals(STANDARD_FROM)
                ? "MAILER-DAEMON@" + origin + " (Mail Delivery System)"
                : template.from().replace("<MAILER-DAEMON>", "<MAILER-DAEMON@" + origin + ">");
    }

    private String subject(Report report) {
        return switch (report.reader()) {
            case SENDER -> template.subject();
            case POSTMASTER -> template.postmasterSubject().orElse(template.subject());
        };
    }

    private static void part(StringBuilder text, String boundary, String description, String type, boolean encoding) {
        text.append("--").append(boundary).append('\n');
        text.append("Content-Description: ").append(description).append('\n');
        text.append("Content-Type: ").append(type).append('\n');
        if (encoding) {
            text.append("Content-Transfer-Encoding: 8bit\n");
        }
        text.append('\n');
    }

    // ---- for people

    private void notification(StringBuilder text, Report report) {
        switch (report.reader()) {
            case SENDER -> text.append(wording);
            case POSTMASTER -> {}
        }
        for (FailedRecipient failed : report.recipients()) {
            EnvelopeRecipient recipient = failed.recipient().recipient();
            Address address = failed.status().recipient().orElse(recipient.address());
            StringBuilder line = new StringBuilder();
            line.append('<').append(address.external()).append('>');
            // what a list's owner hears of is the list's, whatever name its sender used
            if (failed.status().owner().isEmpty()
                    && !recipient.original().isEmpty()
                    && !recipient.original().equalsIgnoreCase(address.internal())) {
                line.append(" (expanded from <")
                        .append(external(recipient.original()))
                        .append(">)");
            }
            line.append(": ").append(said(report, failed.status()));
            text.append('\n').append(Folding.fold(OneLine.of(line.toString()))).append('\n');
        }
    }

    /** Of a delivery the way is told too, if anybody was asked. */
    private static String said(Report report, DeliveryStatus status) {
        return switch (report.kind()) {
            case FAILED, DELAYED -> status.text();
            case DELIVERED, TRACED ->
                status.relay().equals("none") ? status.text() : "delivery via " + status.relay() + ": " + status.text();
        };
    }

    // ---- for programs

    private void deliveryReport(StringBuilder text, Report report) {
        QueuedMessage message = report.message();
        text.append("Reporting-MTA: dns; ").append(host).append('\n');
        // RFC 3464 §2.2.1
        message.envelope()
                .envelopeId()
                .ifPresent(id -> text.append("Original-Envelope-Id: ")
                        .append(OneLine.of(id))
                        .append('\n'));
        text.append("X-")
                .append(mailName)
                .append("-Queue-ID: ")
                .append(message.id())
                .append('\n');
        text.append("X-")
                .append(mailName)
                .append("-Sender: rfc822; ")
                .append(sender(message))
                .append('\n');
        text.append("Arrival-Date: ")
                .append(MailDate.rfc5322(message.arrival(), zone))
                .append('\n');
        for (FailedRecipient failed : report.recipients()) {
            text.append('\n');
            recipient(text, report, failed);
        }
    }

    private void recipient(StringBuilder text, Report report, FailedRecipient failed) {
        EnvelopeRecipient recipient = failed.recipient().recipient();
        DeliveryStatus status = failed.status();
        text.append("Final-Recipient: rfc822; ")
                .append(OneLine.of(
                        status.recipient().orElse(recipient.address()).external()))
                .append('\n');
        if (status.owner().isEmpty()) {
            text.append("Original-Recipient: ")
                    .append(OneLine.of(originalRecipient(recipient)))
                    .append('\n');
        }
        text.append("Action: ").append(action(report, failed).word()).append('\n');
        text.append("Status: ").append(status.code()).append('\n');
        status.remoteMta()
                .ifPresent(mta ->
                        text.append("Remote-MTA: dns; ").append(OneLine.of(mta)).append('\n'));
        String diagnostic = status.diagnostic()
                .map(d -> d.type() + "; " + d.text())
                .orElseGet(() -> "X-" + mailName + "; " + said(report, status));
        text.append(Folding.fold("Diagnostic-Code: " + OneLine.of(diagnostic))).append('\n');
        switch (report.kind()) {
            case FAILED, DELIVERED, TRACED -> {}
            case DELAYED ->
                text.append("Will-Retry-Until: ")
                        .append(MailDate.rfc5322(report.message().arrival().plus(report.lifetime()), zone))
                        .append('\n');
        }
    }

    private static FailedRecipient.Action action(Report report, FailedRecipient failed) {
        return failed.action().orElseGet(() -> switch (report.kind()) {
            case FAILED -> FailedRecipient.Action.FAILED;
            case DELAYED -> FailedRecipient.Action.DELAYED;
            case DELIVERED, TRACED -> FailedRecipient.Action.ofAttempt(failed.status());
        });
    }

    /** RFC 3464 §2.3.1; without an ORCPT the recipient as it was given. */
    private String originalRecipient(EnvelopeRecipient recipient) {
        return recipient.originalRecipient().orElseGet(() -> {
            String original = recipient.original();
            if (original.isEmpty()) {
                return "rfc822;" + recipient.address().internal();
            }
            return "rfc822;" + (original.indexOf('@') < 0 ? original + "@" + origin : original);
        });
    }

    /** The null sender's name is the mail system's. */
    private String sender(QueuedMessage message) {
        return switch (message.envelope().sender()) {
            case ReversePath.Null n -> "MAILER-DAEMON@" + host;
            case ReversePath.Sender s -> OneLine.of(s.address().external());
        };
    }

    private static String external(String internal) {
        int at = internal.lastIndexOf('@');
        String local = at < 0 ? internal : internal.substring(0, at);
        if (local.isEmpty() || local.length() > LocalPart.MAX_CHARS) {
            return internal;
        }
        return new LocalPart(local).external() + (at < 0 ? "" : internal.substring(at));
    }
}
