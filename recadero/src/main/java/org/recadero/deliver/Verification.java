package org.recadero.deliver;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * What would become of mail for one recipient.
 *
 * @param found of him, or of each that he stands for (then the report names that one); class 2: it would be delivered
 * @param then the transport that would get it, where that is another one
 */
public record Verification(List<DeliveryStatus> found, Optional<Outcome.HandedTo> then) {
    public Verification {
        found = List.copyOf(found);
        Objects.requireNonNull(then);
        if (found.isEmpty() && then.isEmpty()) {
            throw new IllegalArgumentException("a verification says something");
        }
    }

    public static Verification of(DeliveryStatus status) {
        return new Verification(List.of(status), Optional.empty());
    }

    /** The same for all of a batch: that nothing can be told now. */
    public static List<Verification> ofEach(List<Delivery> batch, String relay, String text) {
        Verification same = of(DeliveryStatus.of(relay, EnhancedStatusCode.SYSTEM_TROUBLE, text, Duration.ZERO));
        return batch.stream().map(d -> same).toList();
    }

    /** Of an attempt that cannot have delivered anything, or was none. */
    public static Verification of(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus status) -> of(status);
            case Outcome.Deferred(DeliveryStatus status) -> of(status);
            case Outcome.Waiting(DeliveryStatus status) -> of(status);
            case Outcome.Bounced(DeliveryStatus status) -> of(status);
            case Outcome.HandedTo handed -> new Verification(List.of(), Optional.of(handed));
            case Outcome.Expanded e -> throw new IllegalArgumentException("an expansion is a delivery");
            case Outcome.Several s -> throw new IllegalArgumentException("it was delivered in part");
        };
    }
}
