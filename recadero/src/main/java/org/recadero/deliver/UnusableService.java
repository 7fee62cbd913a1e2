package org.recadero.deliver;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/** A service whose line in master.cf cannot be used: its mail waits until it is mended. */
public record UnusableService(String name, String why) implements Deliverer {
    public UnusableService {
        Objects.requireNonNull(name);
        Objects.requireNonNull(why);
    }

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        DeliveryStatus status = DeliveryStatus.of(
                name,
                EnhancedStatusCode.of(4, 3, 5),
                "mail system configuration error: service " + name + ": " + why,
                Duration.ZERO);
        return batch.stream().<Outcome>map(d -> new Outcome.Deferred(status)).toList();
    }

    @Override
    public List<Verification> verify(List<Delivery> batch) {
        return deliver(batch).stream().map(Verification::of).toList();
    }
}
