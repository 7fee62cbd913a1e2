package org.recadero.dispatch;

import java.time.Duration;
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
     * @param feedback how that adapts in between
     * @param pauses between deliveries
     */
    public record Limits(int concurrency, int initial, int recipients, Feedback feedback, Pauses pauses) {
        public Limits {
            if (concurrency < 1 || initial < 1 || recipients < 1) {
                throw new IllegalArgumentException("limits are at least 1");
            }
            Objects.requireNonNull(feedback);
            Objects.requireNonNull(pauses);
        }

        public Limits(int concurrency, int initial, int recipients) {
            this(concurrency, initial, recipients, Feedback.USUAL, Pauses.NONE);
        }

        /** One batch at a time: one mailbox, one lock. */
        public static Limits oneAtATime() {
            return new Limits(1, 1, Lane.MOST_RECIPIENTS);
        }

        /** With pauses. Postfix: qmgr(8), *_destination_rate_delay: one delivery at a time then. */
        public Limits with(Pauses other) {
            return other.destination().isZero()
                    ? new Limits(concurrency, initial, recipients, feedback, other)
                    : new Limits(1, 1, recipients, feedback, other);
        }
    }

    /**
     * Time between two deliveries; a delivery is one message to recipients of one destination.
     *
     * @param destination from the end of one to the begin of the next to the same destination. Postfix: postconf(5),
     *     default_destination_rate_delay
     * @param transport from the begin of one to the begin of the next by the same transport, whatever the destination. Postfix:
     *     postconf(5), default_transport_rate_delay
     */
    public record Pauses(Duration destination, Duration transport) {
        public static final Pauses NONE = new Pauses(Duration.ZERO, Duration.ZERO);

        public Pauses {
            if (destination.isNegative() || transport.isNegative()) {
                throw new IllegalArgumentException("a pause is not negative");
            }
        }

        /** Whether each delivery stands for itself. */
        public boolean some() {
            return !destination.isZero() || !transport.isZero();
        }
    }

    /**
     * How the number of batches that may be under way adapts. Postfix: SCHEDULER_README.
     *
     * @param positive for a delivery that found its destination
     * @param negative for one that did not
     * @param failedCohorts after so many times as many failures in a row as may be under way, what waits is not tried; 0: never
     */
    public record Feedback(Step positive, Step negative, int failedCohorts) {
        public static final Feedback USUAL = new Feedback(Step.WHOLE, Step.WHOLE, 1);

        public Feedback {
            Objects.requireNonNull(positive);
            Objects.requireNonNull(negative);
            if (failedCohorts < 0) {
                throw new IllegalArgumentException("at least 0");
            }
        }
    }

    public Agent(String program, Deliverer deliverer, Destination batchedBy) {
        this(program, deliverer, batchedBy, Limits.oneAtATime());
    }

    /** Whether what it takes leaves this machine, or may. */
    boolean leaves() {
        return batchedBy != Destination.LOCAL_PART && batchedBy != Destination.LOCAL_DOMAIN;
    }

    /** What goes into one batch. */
    public enum Destination {
        /** Recipients with the same local part: one mailbox, one lock, one flush. */
        LOCAL_PART,
        /** All mailboxes of a domain. Postfix: postconf(5), local_destination_recipient_limit, where it is not 1. */
        LOCAL_DOMAIN,
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
