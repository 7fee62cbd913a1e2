package org.recadero.deliver.smtp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.Notify;
import org.recadero.smtp.Xtext;

/** A message's envelope as commands to a server that offers certain extensions (RFC 5321 §4.1.1.2, §4.1.1.3). */
final class EnvelopeCommands {
    private final Capabilities offers;

    EnvelopeCommands(Capabilities offers) {
        this.offers = Objects.requireNonNull(offers);
    }

    /** MAIL, with the extensions that the server offers. */
    String mail(Job job) throws IOException {
        Envelope envelope = job.message().envelope();
        StringBuilder line =
                new StringBuilder("MAIL FROM:<").append(job.sender()).append('>');
        if (offers.has("SIZE")) {
            line.append(" SIZE=").append(job.message().sizeBytes());
        }
        // RFC 6152 §3. DIFFERS: the octets decide, not what a header claims (Postfix: postconf(5),
        // detect_8bit_encoding_header)
        if (offers.has("8BITMIME") && job.isEightBit()) {
            line.append(" BODY=8BITMIME");
        }
        if (isInternational(job)) {
            line.append(" SMTPUTF8");
        }
        if (offers.has("DSN")) {
            envelope.envelopeId().ifPresent(id -> line.append(" ENVID=").append(Xtext.encode(id)));
            envelope.returnFull().ifPresent(r -> line.append(r == Envelope.Return.FULL ? " RET=FULL" : " RET=HDRS"));
        }
        return line.toString();
    }

    /** RCPT, with DSN where the server offers it. */
    String rcpt(Job job, Job.Slot slot) {
        EnvelopeRecipient recipient = slot.delivery.recipient().recipient();
        StringBuilder line = new StringBuilder("RCPT TO:<")
                .append(job.recipient(slot).external())
                .append('>');
        if (offers.has("DSN")) {
            recipient.originalRecipient().ifPresent(o -> line.append(" ORCPT=").append(orcpt(o)));
            if (!recipient.notifyOn().isEmpty()) {
                List<String> words = new ArrayList<>();
                for (Notify each : Notify.values()) {
                    if (recipient.notifyOn().contains(each)) {
                        words.add(each.name());
                    }
                }
                line.append(" NOTIFY=").append(String.join(",", words));
            }
        }
        return line.toString();
    }

    private static String orcpt(String original) {
        int semicolon = original.indexOf(';');
        return semicolon < 0
                ? "rfc822;" + Xtext.encode(original)
                : original.substring(0, semicolon + 1) + Xtext.encode(original.substring(semicolon + 1));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /** RFC 6531 §3.4: whether an address needs SMTPUTF8. */
    static boolean isInternational(Job job) {
        return !isAscii(job.sender().internal())
                || job.open().stream().anyMatch(s -> !isAscii(job.recipient(s).external()));
    }
}
