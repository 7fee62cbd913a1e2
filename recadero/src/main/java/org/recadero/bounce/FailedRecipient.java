package org.recadero.bounce;

import java.time.Duration;
import java.util.Objects;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;

/**
 * A recipient that a notice tells of (most have failed), and what the last attempt said.
 *
 * @param expanded whether the mail went on to whom an alias names: all that a sender who wants to hear of success is told (RFC 3461 §5.2.7)
 */
public record FailedRecipient(RecipientState recipient, DeliveryStatus status, boolean expanded) {
    public FailedRecipient {
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(status);
    }

    public FailedRecipient(RecipientState recipient, DeliveryStatus status) {
        this(recipient, status, false);
    }

    /** An alias whose members have the mail, or will. */
    public static FailedRecipient expanded(RecipientState recipient, String relay) {
        DeliveryStatus status = DeliveryStatus.of(relay, EnhancedStatusCode.OK, "alias expanded", Duration.ZERO);
        return new FailedRecipient(recipient, status, true);
    }
}
