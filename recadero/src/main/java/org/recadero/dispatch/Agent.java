package org.recadero.dispatch;

import java.util.Objects;
import org.recadero.deliver.Deliverer;

/**
 * A delivery agent as dispatch sees it.
 *
 * @param program its name in the log: {@code local}
 * @param batchedBy what makes two recipients one destination
 * @param limits how much at a time
 */
public record Agent(String program, Deliverer deliverer, Destination batchedBy, Limits limits) {
    /**
     * How much at a time goes to one destination. Postfix: default_destination_concurrency_limit,
     * initial_destination_concurrency, default_destination_recipient_limit.
     *
     * @param concurrency batches under way at most, at least 1
     * @param initial batches under way at first, until the destination has taken some
     * @param recipients of one batch at most, at least 1
     */
    public record Limits(int concurrency, int initial, int recipients) {
        public Limits {
            if (concurrency < 1 || initial < 1 || recipients < 1) {
                throw new IllegalArgumentException("limits are at least 1");
            }
        }

        /** One batch at a time: one mailbox, one lock. */
        public static Limits oneAtATime() {
            return new Limits(1, 1, Lane.MOST_RECIPIENTS);
        }
    }

    public Agent(String program, Deliverer deliverer, Destination batchedBy) {
        this(program, deliverer, batchedBy, Limits.oneAtATime());
    }

    /** What goes into one batch. */
    public enum Destination {
        /** Recipients with the same local part: one mailbox, one lock, one flush. */
        LOCAL_PART,
        NEXT_HOP,
        /** What stands where a next hop would is the answer itself: nobody is asked, and so nobody is away. */
        ANSWER
    }

    public Agent {
        Objects.requireNonNull(program);
        Objects.requireNonNull(deliverer);
        Objects.requireNonNull(batchedBy);
        Objects.requireNonNull(limits);
    }
}
