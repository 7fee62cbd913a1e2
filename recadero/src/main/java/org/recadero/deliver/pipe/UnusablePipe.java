package org.recadero.deliver.pipe;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Verification;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/** A {@code pipe} service whose line cannot be used: its mail waits until it is mended. */
public record UnusablePipe(String name, String why) implements Deliverer {
    public UnusablePipe {
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
