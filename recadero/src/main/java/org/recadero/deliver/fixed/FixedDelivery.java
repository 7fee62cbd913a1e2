package org.recadero.deliver.fixed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Verification;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/** Answers every delivery alike: {@code error:TEXT} bounces, {@code retry:TEXT} defers, {@code discard:TEXT} drops. */
public final class FixedDelivery implements Deliverer {
    /** Postfix's three services. */
    public enum Kind {
        ERROR,
        RETRY,
        DISCARD
    }

    private final Kind kind;

    public FixedDelivery(Kind kind) {
        this.kind = Objects.requireNonNull(kind);
    }

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        List<Outcome> outcomes = new ArrayList<>(batch.size());
        for (Delivery delivery : batch) {
            outcomes.add(answer(delivery.nextHop()));
        }
        return outcomes;
    }

    @Override
    public List<Verification> verify(List<Delivery> batch) {
        return deliver(batch).stream().map(Verification::of).toList();
    }

    private Outcome answer(String nextHop) {
        return switch (kind) {
            // Postfix: error(8): a DSN code at the start of the text is taken from it, in this agent's class
            case ERROR -> new Outcome.Bounced(report(nextHop, EnhancedStatusCode.of(5, 0, 0)));
            case RETRY -> new Outcome.Deferred(report(nextHop, EnhancedStatusCode.of(4, 0, 0)));
            case DISCARD -> new Outcome.Sent(report(nextHop, EnhancedStatusCode.OK));
        };
    }

    private static DeliveryStatus report(String text, EnhancedStatusCode otherwise) {
        int blank = text.indexOf(' ');
        Optional<EnhancedStatusCode> stated =
                blank < 0 ? Optional.empty() : EnhancedStatusCode.parse(text.substring(0, blank));
        if (stated.isPresent()) {
            return DeliveryStatus.of(
                    "none",
                    stated.get().inClass(otherwise.statusClass()),
                    text.substring(blank + 1).trim(),
                    Duration.ZERO);
        }
        return DeliveryStatus.of("none", otherwise, text, Duration.ZERO);
    }
}
