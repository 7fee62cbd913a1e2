package org.recadero.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;

/**
 * A message as postcat(1) prints it: envelope, header, body, or all of it. The content goes through octet by octet, never whole
 * in memory. Postfix: postcat(1); {@code DIFFERS}: the records are our log's, so those that only Postfix's queue files have are
 * not there.
 */
final class MessageDump {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    private final QueuedMessage message;
    private final Set<MessagePart> parts;
    private final OutputStream out;
    private final ZoneId zone;

    /** @param parts empty: all of them, with marks between */
    MessageDump(QueuedMessage message, Set<MessagePart> parts, OutputStream out, ZoneId zone) {
        this.message = message;
        this.parts = parts;
        this.out = out;
        this.zone = zone;
    }

    private boolean wants(MessagePart part) {
        return parts.isEmpty() || parts.contains(part);
    }

    void print(InputStream content) throws IOException {
        // Postfix marks the places where it prints records too
        boolean marks = wants(MessagePart.ENVELOPE);
        String file = QueueListing.queueName(message.state()) + "/" + message.id();
        if (marks) {
            line("*** ENVELOPE RECORDS " + file + " ***");
            envelope();
            line("*** MESSAGE CONTENTS " + file + " ***");
        }
        if (wants(MessagePart.HEADER) || wants(MessagePart.BODY)) {
            copy(content);
        }
        if (marks) {
            line("*** HEADER EXTRACTED " + file + " ***");
            recipients();
            line("*** MESSAGE FILE END " + file + " ***");
        }
    }

    private void envelope() throws IOException {
        long open = message.recipients().stream().filter(r -> !r.done()).count();
        line(String.format(
                Locale.ROOT,
                "message_size: %15d %15d %15d %15d %15d %15d",
                message.sizeBytes(),
                0,
                open,
                0,
                message.sizeBytes(),
                0));
        line("message_arrival_time: " + TIME.format(message.arrival().atZone(zone)));
        line("create_time: " + TIME.format(message.arrival().atZone(zone)));
        if (message.envelope().uid().isPresent()) {
            line("named_attribute: rewrite_context=local");
        }
        if (message.envelope().fullName().isPresent()) {
            line("sender_fullname: " + message.envelope().fullName().get());
        }
        line("sender: "
                + switch (message.envelope().sender()) {
                    case ReversePath.Null none -> "";
                    case ReversePath.Sender sender -> sender.address().external();
                });
    }

    private void recipients() throws IOException {
        for (RecipientState state : message.recipients()) {
            String original = state.recipient().original();
            // as cleanup(8) of Postfix completes it where the sender gave none
            line("named_attribute: dsn_orig_rcpt="
                    + state.recipient()
                            .originalRecipient()
                            .orElse("rfc822;"
                                    + (original.indexOf('@') < 0
                                            ? state.recipient().address().external()
                                            : original)));
            line("original_recipient: " + original);
            line((state.done() ? "done_recipient: " : "recipient: ")
                    + state.recipient().address().external());
        }
    }

    /** Header is what stands before the first empty line; that line is the body's. */
    private void copy(InputStream content) throws IOException {
        byte[] buffer = new byte[16 << 10];
        boolean inHeader = true;
        boolean lineStart = true;
        int length;
        while ((length = content.read(buffer)) >= 0) {
            int from = 0;
            for (int i = 0; inHeader && i < length; i++) {
                if (buffer[i] == '\n' && lineStart) {
                    part(MessagePart.HEADER, buffer, from, i - from);
                    from = i;
                    inHeader = false;
                }
                lineStart = buffer[i] == '\n';
            }
            part(inHeader ? MessagePart.HEADER : MessagePart.BODY, buffer, from, length - from);
        }
    }

    private void part(MessagePart part, byte[] buffer, int from, int length) throws IOException {
        if (wants(part) && length > 0) {
            out.write(buffer, from, length);
        }
    }

    private void line(String text) throws IOException {
        out.write((OneLine.of(text) + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
