package org.recadero.deliver.local;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;
import org.recadero.message.MailDate;

/** The lines that delivery puts above the content. Postfix: local(8), mail_copy(3). */
final class LetterHeader {
    private LetterHeader() {}

    /** {@code From root@example.net  Tue Nov 24 02:42:56 2026}: two blanks, local time. */
    static byte[] fromLine(ReversePath sender, Instant now, ZoneId zone) {
        String name = switch (sender) {
            case ReversePath.Null n -> "MAILER-DAEMON";
            case ReversePath.Sender s -> s.address().external();
        };
        return bytes("From " + OneLine.of(name) + "  " + MailDate.asctime(now, zone) + "\n");
    }

    /** Return-Path, X-Original-To ({@code enable_original_recipient}), Delivered-To ({@code prepend_delivered_header}). */
    static byte[] fields(ReversePath sender, EnvelopeRecipient recipient, boolean original, boolean delivered) {
        StringBuilder fields = new StringBuilder(160);
        fields.append("Return-Path: <").append(OneLine.of(sender.toString())).append(">\n");
        if (original && !recipient.original().isEmpty()) {
            fields.append("X-Original-To: ")
                    .append(OneLine.of(external(recipient.original())))
                    .append('\n');
        }
        if (delivered) {
            fields.append("Delivered-To: ")
                    .append(OneLine.of(recipient.address().external()))
                    .append('\n');
        }
        return bytes(fields.toString());
    }

    /** The recipient as it was given, possibly without a domain, quoted where it must be. */
    private static String external(String internal) {
        int at = internal.lastIndexOf('@');
        String local = at < 0 ? internal : internal.substring(0, at);
        String domain = at < 0 ? "" : internal.substring(at);
        if (local.isEmpty() || local.length() > LocalPart.MAX_CHARS || domain.length() > MailDomain.MAX_CHARS) {
            return internal;
        }
        return new LocalPart(local).external() + domain;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
