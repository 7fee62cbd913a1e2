package org.recadero.envelope;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One recipient of an envelope.
 *
 * @param address where the message goes, completed and rewritten
 * @param original the recipient as the client gave it, before any rewriting, possibly without a domain; becomes X-Original-To
 *     and {@code orig_to=}. At most {@link #MAX_ORIGINAL_CHARS} characters, no CR, LF, NUL
 * @param notifyOn RFC 3461 §4.1; empty: the default
 * @param originalRecipient RFC 3461 §4.2 ORCPT as {@code rfc822;address}, decoded
 */
public record EnvelopeRecipient(
        Address address, String original, Set<Notify> notifyOn, Optional<String> originalRecipient) {
    /** Bound for {@link #original}, in characters. */
    public static final int MAX_ORIGINAL_CHARS = 2_000;

    public EnvelopeRecipient {
        Objects.requireNonNull(address);
        notifyOn = Set.copyOf(notifyOn);
        Objects.requireNonNull(originalRecipient);
        if (original.length() > MAX_ORIGINAL_CHARS) {
            throw new IllegalArgumentException("original recipient over " + MAX_ORIGINAL_CHARS + " characters");
        }
        if (original.indexOf('\r') >= 0 || original.indexOf('\n') >= 0 || original.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("CR, LF or NUL in original recipient");
        }
        if (notifyOn.contains(Notify.NEVER) && notifyOn.size() > 1) {
            throw new IllegalArgumentException("NOTIFY=NEVER goes alone (RFC 3461 §4.1)");
        }
    }

    public static EnvelopeRecipient of(Address address) {
        return new EnvelopeRecipient(address, address.internal(), Set.of(), Optional.empty());
    }

    /** Whether the sender wants to hear of a failure: so unless NOTIFY says otherwise. */
    public boolean wantsFailure() {
        return notifyOn.isEmpty() || notifyOn.contains(Notify.FAILURE);
    }

    /** Whether the sender wants to hear of a delay (where the site warns at all): so unless NOTIFY says otherwise. */
    public boolean wantsDelay() {
        return notifyOn.isEmpty() || notifyOn.contains(Notify.DELAY);
    }

    /** Whether the sender wants to hear of the delivery: only where NOTIFY says so. */
    public boolean wantsSuccess() {
        return notifyOn.contains(Notify.SUCCESS);
    }
}
