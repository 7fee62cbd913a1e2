package org.recadero.daemon;

import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.deliver.local.LocalDelivery;
import org.recadero.dispatch.Agent;

/**
 * How much goes to mailboxes at a time. With one recipient a delivery, which is the default, the limit of deliveries at the same time
 * is that of each mailbox; with more it is that of the whole domain. Postfix: postconf(5), local_destination_concurrency_limit,
 * local_destination_recipient_limit.
 *
 * <p>DIFFERS: one at a time by default, and at most {@value LocalDelivery#MOST_AT_A_TIME} for a mailbox (SAFETY 6). A batch holds the
 * one recipient of many messages: what waits for a mailbox costs one lock and one flush.
 *
 * @param concurrency batches under way
 * @param recipients of one batch
 */
record LocalLimits(Agent.Destination batchedBy, int concurrency, int recipients) {
    /** No limit of its own: those of the dispatcher count. */
    private static final int UNLIMITED = 1_000;

    LocalLimits {
        Objects.requireNonNull(batchedBy);
    }

    static LocalLimits of(Snapshot configuration) {
        int concurrency = orUnlimited(configuration.get(Parameters.LOCAL_DESTINATION_CONCURRENCY_LIMIT));
        int recipients = orUnlimited(configuration.get(Parameters.LOCAL_DESTINATION_RECIPIENT_LIMIT));
        return recipients == 1
                ? new LocalLimits(
                        Agent.Destination.LOCAL_PART,
                        Math.min(concurrency, LocalDelivery.MOST_AT_A_TIME),
                        Agent.Limits.oneAtATime().recipients())
                : new LocalLimits(Agent.Destination.LOCAL_DOMAIN, concurrency, recipients);
    }

    /** What is asked for and not done. */
    static Optional<String> doubt(Snapshot configuration) {
        LocalLimits limits = of(configuration);
        int asked = configuration.get(Parameters.LOCAL_DESTINATION_CONCURRENCY_LIMIT);
        if (limits.batchedBy() != Agent.Destination.LOCAL_PART || orUnlimited(asked) == limits.concurrency()) {
            return Optional.empty();
        }
        String where = configuration
                .source(Parameters.LOCAL_DESTINATION_CONCURRENCY_LIMIT)
                .map(source -> source + ": ")
                .orElse("");
        return Optional.of(where + "local_destination_concurrency_limit = " + asked + ": at most "
                + limits.concurrency() + " deliveries to a user at the same time");
    }

    private static int orUnlimited(int limit) {
        return limit == 0 ? UNLIMITED : limit;
    }
}
