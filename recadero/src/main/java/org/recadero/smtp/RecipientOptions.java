package org.recadero.smtp;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Notify;

/**
 * RCPT's parameters.
 *
 * @param notifyOn RFC 3461 §4.1; empty: unstated
 * @param originalRecipient RFC 3461 §4.2 as {@code rfc822;address}, decoded
 */
public record RecipientOptions(Set<Notify> notifyOn, Optional<String> originalRecipient) {
    /** No parameters. */
    public static final RecipientOptions NONE = new RecipientOptions(Set.of(), Optional.empty());

    public RecipientOptions {
        notifyOn = Set.copyOf(notifyOn);
        Objects.requireNonNull(originalRecipient);
    }
}
