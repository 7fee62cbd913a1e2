package org.recadero.envelope;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * All that travels with a message and is not its content (RFC 5321 §2.3.1).
 *
 * @param sender where trouble is told
 * @param fullName the sender's full name as the client gave it ({@code sendmail -F}), for a missing From field
 * @param recipients at least one
 * @param body what the content claims to be
 * @param envelopeId RFC 3461 §4.4 ENVID, decoded
 * @param returnFull RFC 3461 §4.3 RET: whole message, headers only, or unstated
 * @param trace whether the sender asked for a report of what becomes of it
 * @param uid the user that submitted it, by the kernel's word; empty for mail of the system itself and from the network
 */
public record Envelope(
        ReversePath sender,
        Optional<String> fullName,
        List<EnvelopeRecipient> recipients,
        BodyType body,
        Optional<String> envelopeId,
        Optional<Return> returnFull,
        Optional<Trace> trace,
        Optional<Integer> uid) {
    /** RFC 3461 §4.3. */
    public enum Return {
        FULL,
        HEADERS
    }

    /** What a sender wants to be told of, whatever NOTIFY says. Postfix: sendmail(1). */
    public enum Trace {
        /** {@code -bv}: what would become of it; nothing is delivered. */
        VERIFY,
        /** {@code -v}: what came of the first attempt. */
        FIRST_ATTEMPT
    }

    public Envelope {
        Objects.requireNonNull(sender);
        Objects.requireNonNull(fullName);
        recipients = List.copyOf(recipients);
        Objects.requireNonNull(body);
        Objects.requireNonNull(envelopeId);
        Objects.requireNonNull(returnFull);
        Objects.requireNonNull(trace);
        Objects.requireNonNull(uid);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("an envelope needs a recipient");
        }
    }

    /** An envelope whose sender asked for no report. */
    public Envelope(
            ReversePath sender,
            Optional<String> fullName,
            List<EnvelopeRecipient> recipients,
            BodyType body,
            Optional<String> envelopeId,
            Optional<Return> returnFull,
            Optional<Integer> uid) {
        this(sender, fullName, recipients, body, envelopeId, returnFull, Optional.empty(), uid);
    }

    /** Whether nothing of it may ever be delivered: its sender only asks what would become of it. */
    public boolean isOnlyAQuestion() {
        return trace.equals(Optional.of(Trace.VERIFY));
    }

    /** An envelope with nothing but sender and recipients. */
    public static Envelope of(ReversePath sender, List<EnvelopeRecipient> recipients) {
        return new Envelope(
                sender,
                Optional.empty(),
                recipients,
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
