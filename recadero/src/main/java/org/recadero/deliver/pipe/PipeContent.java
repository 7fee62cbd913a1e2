package org.recadero.deliver.pipe;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.ServiceFlag;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;
import org.recadero.message.MailDate;

/** A message as the command gets it. Postfix: pipe(8), flags, eol. */
final class PipeContent {
    private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};

    private final PipeService service;
    private final byte[] lineEnd;
    private final OutputStream out;

    PipeContent(PipeService service, OutputStream out) {
        this.service = service;
        this.lineEnd = service.lineEnd().getBytes(StandardCharsets.ISO_8859_1);
        this.out = out;
    }

    /** @param recipients of one message */
    void write(List<Delivery> recipients, Instant now, ZoneId zone) throws IOException {
        Delivery first = recipients.getFirst();
        ReversePath path = first.message().envelope().sender();
        String sender = path instanceof ReversePath.Null ? service.nullSender() : path.toString();
        if (service.has(ServiceFlag.FROM_LINE)) {
            line("From " + (sender.isEmpty() ? "MAILER-DAEMON" : sender) + "  " + MailDate.asctime(now, zone));
        }
        if (service.has(ServiceFlag.RETURN_PATH)) {
            line("Return-Path: <" + sender + ">");
        }
        EnvelopeRecipient recipient = first.recipient().recipient();
        if (service.has(ServiceFlag.ORIGINAL_TO)) {
            line("X-Original-To: " + recipient.original());
        }
        if (service.has(ServiceFlag.DELIVERED_TO)) {
            line("Delivered-To: " + recipient.address().external());
        }
        try (InputStream content = new BufferedInputStream(first.content().open(), 64 << 10)) {
            lines(content);
        }
        if (service.has(ServiceFlag.BLANK_LINE)) {
            out.write(lineEnd);
        }
    }

    /** Nothing in an address may begin a new line. */
    private void line(String text) throws IOException {
        out.write(OneLine.of(text).getBytes(StandardCharsets.UTF_8));
        out.write(lineEnd);
    }

    private void lines(InputStream content) throws IOException {
        boolean atStart = true;
        for (int c = content.read(); c >= 0; c = content.read()) {
            if (atStart && c == '.' && service.has(ServiceFlag.DOT)) {
                out.write('.');
            } else if (atStart && c == 'F' && service.has(ServiceFlag.QUOTE_FROM)) {
                content.mark(FROM.length);
                byte[] rest = content.readNBytes(FROM.length - 1);
                content.reset();
                if (isFrom(rest)) {
                    out.write('>');
                }
            }
            if (c == '\n') {
                out.write(lineEnd);
            } else {
                out.write(c);
            }
            atStart = c == '\n';
        }
        if (!atStart) {
            out.write(lineEnd);
        }
    }

    private static boolean isFrom(byte[] rest) {
        if (rest.length < FROM.length - 1) {
            return false;
        }
        for (int i = 0; i < rest.length; i++) {
            if (rest[i] != FROM[i + 1]) {
                return false;
            }
        }
        return true;
    }
}
