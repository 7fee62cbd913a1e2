package org.recadero.status;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;

/**
 * What came of one attempt to deliver to one recipient. An agent reports it; dispatch alone logs it and updates the queue.
 *
 * <p>The constructors demand the class that fits: 2 for {@link Sent}, 4 for {@link Deferred} and {@link Waiting}, 5 for {@link Bounced}.
 */
public sealed interface Outcome {
    /** Delivered: the mail is where it belongs, on disk or accepted by the next host. */
    record Sent(DeliveryStatus status) implements Outcome {
        public Sent {
            status.requireClass(2);
        }
    }

    /** Not now: the recipient stays in the queue. */
    record Deferred(DeliveryStatus status) implements Outcome {
        public Deferred {
            status.requireClass(4);
        }
    }

    /**
     * Not now, since nobody could be asked at all: no network, no name, a relay that does not answer, an account that cannot be
     * used. It says nothing of the mail, and the time does not count against its lifetime.
     */
    record Waiting(DeliveryStatus status) implements Outcome {
        public Waiting {
            status.requireClass(4);
        }
    }

    /** Never: the sender is told. */
    record Bounced(DeliveryStatus status) implements Outcome {
        public Bounced {
            status.requireClass(5);
        }
    }

    /**
     * Another transport shall deliver it; dispatched again, with a bound on the number of hops.
     *
     * @param member whom it is for, where that is not the queue's recipient: an alias's only member
     * @param part names it among several places that the recipient stands for
     */
    record HandedTo(String transport, String nextHop, Optional<Address> member, Optional<SubmissionId> part)
            implements Outcome {
        public HandedTo {
            Objects.requireNonNull(transport);
            Objects.requireNonNull(nextHop);
            Objects.requireNonNull(member);
            Objects.requireNonNull(part);
        }

        public HandedTo(String transport, String nextHop, Optional<Address> member) {
            this(transport, nextHop, member, Optional.empty());
        }

        public HandedTo(String transport, String nextHop) {
            this(transport, nextHop, Optional.empty());
        }

        /** The same for a member, where none is known yet. */
        public HandedTo on(Address other) {
            return member.isPresent() ? this : new HandedTo(transport, nextHop, Optional.of(other), part);
        }

        /** The same as a part. */
        public HandedTo as(SubmissionId name) {
            return new HandedTo(transport, nextHop, member, Optional.of(name));
        }
    }

    /**
     * The recipient stands for others (an alias, a {@code .forward}): these enter by cleanup as new mail before the parent is
     * recorded as done.
     *
     * @param children at least one
     * @param sender of the new mail where it is another one ({@code owner-} aliases)
     * @param then what else becomes of the recipient: a part of it waits, or goes to another transport; at the next attempt the
     *     agent is told that {@link #part} is reached
     */
    record Expanded(List<EnvelopeRecipient> children, Optional<ReversePath> sender, Optional<Outcome> then)
            implements Outcome {
        public Expanded {
            children = List.copyOf(children);
            Objects.requireNonNull(sender);
            if (children.isEmpty()) {
                throw new IllegalArgumentException("an expansion needs a recipient");
            }
            if (then.isPresent()
                    && !(then.get() instanceof Deferred
                            || then.get() instanceof Waiting
                            || then.get() instanceof HandedTo)) {
                throw new IllegalArgumentException("an expansion is followed by what is left to do");
            }
        }

        /** What all that goes out as new mail is called among the recipient's parts. */
        public static SubmissionId part(SubmissionId message) {
            return message.derived("part:expanded");
        }

        public Expanded(List<EnvelopeRecipient> children) {
            this(children, Optional.empty(), Optional.empty());
        }
    }

    /**
     * The recipient stands for several places, each with a line of its own in the log. The sender is told of each that failed
     * when none of them waits any more. While one does, the recipient is tried again; the agent is then told which parts have it.
     *
     * @param places those that have the mail (class 2), never will (class 5), or wait while the last one goes on (class 4)
     * @param reached names of the parts that have the mail
     * @param last what became of the last one, or of all others
     */
    record Several(List<DeliveryStatus> places, Set<SubmissionId> reached, Outcome last) implements Outcome {
        public Several {
            places = List.copyOf(places);
            reached = Set.copyOf(reached);
            Objects.requireNonNull(last);
            if (places.isEmpty() || last instanceof Several) {
                throw new IllegalArgumentException("several places that are one");
            }
            if (places.stream().anyMatch(each -> each.code().statusClass() == 4)
                    && !(last instanceof HandedTo || last instanceof Expanded)) {
                throw new IllegalArgumentException("a place waits, and nothing goes on");
            }
        }

        public Several(List<DeliveryStatus> places, Outcome last) {
            this(places, Set.of(), last);
        }

        /** Whether all of it has the mail, so that nothing is left to do. */
        public boolean isSent() {
            return last instanceof Sent
                    && places.stream().allMatch(each -> each.code().statusClass() == 2);
        }
    }
}
