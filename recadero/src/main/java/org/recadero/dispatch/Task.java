package org.recadero.dispatch;

import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.RecipientState;
import org.recadero.status.Outcome;

/** One recipient on his way to an agent. Immutable. */
final class Task {
    final ActiveMessage active;
    final RecipientState recipient;
    final String transport;
    final String nextHop;
    /** How often another transport has handed him on. */
    final int hops;
    /** What he is of the queue's recipient, of whom something else may wait; empty: all of him. */
    final Optional<SubmissionId> part;

    Task(ActiveMessage active, RecipientState recipient, String transport, String nextHop, int hops) {
        this(active, recipient, transport, nextHop, hops, Optional.empty());
    }

    private Task(
            ActiveMessage active,
            RecipientState recipient,
            String transport,
            String nextHop,
            int hops,
            Optional<SubmissionId> part) {
        this.active = Objects.requireNonNull(active);
        this.recipient = Objects.requireNonNull(recipient);
        this.transport = Objects.requireNonNull(transport);
        this.nextHop = Objects.requireNonNull(nextHop);
        this.hops = hops;
        this.part = part;
    }

    /** He, or a part of him, for another transport. */
    Task handedTo(Outcome.HandedTo to) {
        RecipientState whom = to.member().map(recipient::under).orElse(recipient);
        return new Task(
                active, whom, to.transport(), to.nextHop(), hops + 1, to.part().or(() -> part));
    }
}
