package org.recadero.bounce;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;

/**
 * A recipient that a notice tells of (most have failed), and what the last attempt said.
 *
 * @param action what the report's Action field says where that does not follow from the report's kind
 */
public record FailedRecipient(RecipientState recipient, DeliveryStatus status, Optional<Action> action) {
    /** RFC 3464 §2.3.3; the last two are Postfix's, for what was asked and not delivered. */
    public enum Action {
        FAILED,
        DELAYED,
        DELIVERED,
        RELAYED,
        /** The mail went on to whom an alias names: all that a sender who wants to hear of success is told (RFC 3461 §5.2.7). */
        EXPANDED,
        DELIVERABLE,
        UNDELIVERABLE;

        /** What was found out without a delivery. */
        public static Action ifAsked(DeliveryStatus status) {
            return status.code().statusClass() == 2 ? DELIVERABLE : UNDELIVERABLE;
        }

        /** What came of an attempt. A server that the mail was handed to is not the end of its way. */
        public static Action ofAttempt(DeliveryStatus status) {
            return switch (status.code().statusClass()) {
                case 2 ->
                    status.remoteMta().isEmpty() || status.handover() == DeliveryStatus.Handover.FINAL
                            ? DELIVERED
                            : RELAYED;
                case 4 -> DELAYED;
                default -> FAILED;
            };
        }

        /** As the report and the log say it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public FailedRecipient {
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(status);
        Objects.requireNonNull(action);
    }

    public FailedRecipient(RecipientState recipient, DeliveryStatus status) {
        this(recipient, status, Optional.empty());
    }

    /** An alias whose members have the mail, or will. */
    public static FailedRecipient expanded(RecipientState recipient, String relay) {
        DeliveryStatus status = DeliveryStatus.of(relay, EnhancedStatusCode.OK, "alias expanded", Duration.ZERO);
        return new FailedRecipient(recipient, status, Optional.of(Action.EXPANDED));
    }

    /** A list, whose members have the mail, or will, from its owner: for its sender that is the end (RFC 3461 §5.2.7.3). */
    public static FailedRecipient listed(RecipientState recipient, String relay) {
        EnvelopeRecipient list = recipient.recipient();
        RecipientState named = new RecipientState(
                recipient.ordinal(),
                new EnvelopeRecipient(
                        list.address(), list.address().internal(), list.notifyOn(), list.originalRecipient()),
                recipient.done(),
                recipient.reason(),
                recipient.begun(),
                recipient.place(),
                recipient.reached());
        DeliveryStatus status = DeliveryStatus.of(relay, EnhancedStatusCode.OK, "alias expanded", Duration.ZERO);
        return new FailedRecipient(named, status, Optional.of(Action.DELIVERED));
    }
}
