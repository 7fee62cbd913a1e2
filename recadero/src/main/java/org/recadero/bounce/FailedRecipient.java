package org.recadero.bounce;

import java.util.Objects;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;

/** A recipient that a notice tells of (most have failed), and what the last attempt said. */
public record FailedRecipient(RecipientState recipient, DeliveryStatus status) {
    public FailedRecipient {
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(status);
    }
}
