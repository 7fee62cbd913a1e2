package org.recadero.dispatch;

import java.util.Objects;
import org.recadero.queue.RecipientState;

/** One recipient on his way to an agent. Immutable. */
final class Task {
    final ActiveMessage active;
    final RecipientState recipient;
    final String transport;
    final String nextHop;
    /** How often another transport has handed him on. */
    final int hops;

    Task(ActiveMessage active, RecipientState recipient, String transport, String nextHop, int hops) {
        this.active = Objects.requireNonNull(active);
        this.recipient = Objects.requireNonNull(recipient);
        this.transport = Objects.requireNonNull(transport);
        this.nextHop = Objects.requireNonNull(nextHop);
        this.hops = hops;
    }
}
